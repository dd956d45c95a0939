import { actorOf, doneBy, type EventDetail } from "../events/index.ts";
import type { RequestContext } from "./request.ts";

/** Who does what a request asks for, and from where. */
export function doneIn({ principal, scope }: Pick<RequestContext, "principal" | "scope">): EventDetail {
  return doneBy(actorOf(principal), scope.address);
}
