import type { Principal } from "../principal.ts";
import type { Actor, EventDetail } from "./event.ts";

/** Who somebody is, for those who read what happened: ids and nothing else. */
export function actorOf(principal: Principal): Actor {
  const depth = "depth" in principal && principal.depth !== undefined ? { depth: principal.depth } : {};
  switch (principal.kind) {
    case "user":
      return { kind: "user", id: principal.id, ...(principal.key ? { key: principal.key.id } : {}), ...depth };
    case "key":
      return { kind: "key", key: principal.key.id };
    default:
      return { kind: principal.kind, ...depth };
  }
}

/** Who did something, and from which address, if that is known. */
export function doneBy(
  actor: Actor,
  address: string | undefined,
): Required<Pick<EventDetail, "actor">> & Pick<EventDetail, "from"> {
  return address === undefined ? { actor } : { actor, from: address };
}

/** Who does something, as it is kept with what they did; of admins also from where. */
export function whoIs(principal: Principal): ReturnType<typeof doneBy> {
  return doneBy(actorOf(principal), "address" in principal ? principal.address : undefined);
}
