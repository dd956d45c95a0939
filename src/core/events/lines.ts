import type { BakendEvent } from "./event.ts";
import { createQueues, keyOf } from "./queues.ts";

/** Lets deliveries that are kept nowhere wait for each other. */
export interface Lines {
  /** Does a task for a target after those for it about the same record, and beside few others. Settles as the task does. */
  use(target: string, event: BakendEvent, task: () => Promise<void>): Promise<void>;
}

/** Tasks of one target at the same time. */
const AT_ONCE = 4;

/** One task, and whoever waits for it. */
interface Waiting extends Pick<PromiseWithResolvers<void>, "resolve" | "reject"> {
  readonly target: string;
  readonly key: string;
  task(): Promise<void>;
}

/** Makes the lines of all targets. */
export function createLines(): Lines {
  const queues = createQueues<Waiting>({
    ...{ each: AT_ONCE, together: 0 },
    goesOn: () => true,
    run: ({ task, resolve, reject }) => task().then(resolve, reject),
    ended: () => undefined,
  });
  return {
    use(target, event, task) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      queues.add({ target, key: keyOf(event), task, resolve, reject });
      return promise;
    },
  };
}
