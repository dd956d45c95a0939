import { deriveId } from "../tools/index.ts";
import type { Follower } from "./app-events.ts";
import type { BakendEvent, EventDetail } from "./events/index.ts";
import type { Functions } from "./functions/index.ts";
import type { Continuations, JobCall } from "./jobs/index.ts";

/** Stands before the names of functions where they are among others. */
const NAME = "function";

/** What goes on later is put in the queue with this. */
interface Rest {
  readonly event: BakendEvent;
  readonly detail: EventDetail;
}

/**
 * Functions as followers of events. Where events are kept they have steps; a function that pauses is done as a delivery, so
 * that nothing waits for it, and goes on from the queue. Its work has the same id each time that it is begun anew.
 */
export function followingFunctions(functions: Functions, continuations: Continuations): Follower {
  return {
    name: NAME,
    listens: functions.listens,
    targets: functions.targets,
    async deliver(target, event, detail, kept) {
      if (!kept) return void (await functions.deliver(target, event, detail));
      let derived: Promise<string> | undefined;
      const id = (): Promise<string> => (derived ??= deriveId(event.id, target));
      const until = await functions.deliver(target, event, detail, {
        step: async (ask) => continuations.step(await id(), ask),
      });
      if (until === null) return;
      const rest: Rest = { event, detail };
      await continuations.takeOver({ id: await id(), name: `${NAME} ${target}`, payload: rest }, until);
    },
  };
}

/** Goes on with a function that has paused. */
export function continueFunction(
  functions: Functions,
  { name, payload, step, log, signal }: JobCall,
): ReturnType<Functions["deliver"]> {
  const { event, detail } = payload as Rest;
  return functions.deliver(name.slice(NAME.length + 1), event, detail, { step, log, signal });
}

/** The event that what was given up was about, and the target, as deliveries name them. */
export function givenUpOf({ name, payload }: Pick<JobCall, "name" | "payload">): {
  readonly target: string;
  readonly event: BakendEvent;
} {
  return { target: name, event: (payload as Rest).event };
}
