import { Worker } from "node:worker_threads";

/** A running thread, as the one who started it sees it. Messages arrive in order. */
export interface Thread {
  post(message: string): void;
  onMessage(listener: (message: string) => void): void;
  /** Called once when the thread is gone, with the error that ended it if there was one. */
  onEnd(listener: (error: Error | undefined) => void): void;
  /** Whether the thread keeps the process alive. */
  hold(alive: boolean): void;
  /** Ends it at once, whatever it is doing. Resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts a thread that runs the module at `url`. */
export function startThread(url: URL): Thread {
  const worker = new Worker(url);
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => void worker.on("message", listener),
    onEnd: (listener) => {
      let failure: Error | undefined;
      worker.on("error", (error: Error) => {
        failure = error;
      });
      worker.on("exit", () => listener(failure));
    },
    hold: (alive) => (alive ? worker.ref() : worker.unref()),
    kill: async () => void (await worker.terminate()),
  };
}
