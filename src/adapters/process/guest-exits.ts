import type { GuestCall } from "../../core/functions/index.ts";

/** What ends a process, of what `process` has. */
const EXITS = ["exit", "abort", "reallyExit"] as const;

/**
 * Makes a failure of the call alone, or of the file that is loaded, of whatever code does to end this process, which others
 * share. It holds against mistakes: code that means it finds other ways. Returns the way out that is left.
 */
export function redirectExits(current: () => GuestCall | undefined): () => never {
  const { kill, pid } = process;
  const exit: (code: number) => never = Reflect.get(process, "reallyExit").bind(process);
  const refuse = (what: string): never => {
    const call = current();
    const error = new Error(`The ${call ? "function" : "file"} called ${what}.`);
    // it may catch what is thrown
    call?.fail(error);
    throw error;
  };
  const replace = (name: string, value: unknown): void =>
    void Object.defineProperty(process, name, { value, configurable: true, writable: true });
  for (const name of EXITS) replace(name, () => refuse(`process.${name}`));
  replace("kill", (target: number, signal?: string | number) =>
    target === pid && signal !== 0 ? refuse("process.kill on its own process") : kill.call(process, target, signal),
  );
  return () => exit(0);
}
