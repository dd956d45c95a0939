import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const FROM_SOURCE = [join(ROOT, "node_modules/.bin/bun"), join(ROOT, "src/cli/main.ts")];

/** A server in a process of its own. */
export interface ServerProcess {
  readonly url: string;
  /** Lines of its log so far that tell of an error. */
  errors(): readonly string[];
  /** Sends a signal; resolves to the exit code, or to the signal's name if that ended it. */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<number | string>;
}

/** Starts `bak start`, from source or as the executable `bak`. Rejects if it ends before it is ready. */
export async function startServer(config: string, bak?: string): Promise<ServerProcess> {
  const [program = "", ...first] = bak === undefined ? FROM_SOURCE : [bak];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("BAKEND_")));
  const child = spawn(program, [...first, "start", "--config", config, "--port", "0", "--json"], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    log += text;
  });
  const ended = once(child, "close").then(([code, signal]) => code ?? signal);
  const url = await readyUrl(child, ended, () => log);
  return {
    url,
    errors: () => log.split("\n").filter((line) => /"level":"(?:error|warn)"|\berror:|panic/i.test(line)),
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

async function readyUrl(child: ChildProcess, ended: Promise<unknown>, log: () => string): Promise<string> {
  let output = "";
  const ready = new Promise<string>((resolve) => {
    child.stdout?.setEncoding("utf8").on("data", (text) => {
      output += text;
      const [, line] = /^(\{.*"event":"ready".*\})$/m.exec(output) ?? [];
      if (line !== undefined) resolve(JSON.parse(line).url);
    });
  });
  const over = ended.then((code) => {
    throw new Error(`the server ended with ${code} before it was ready\n${log().slice(-2000)}`);
  });
  over.catch(() => {});
  return Promise.race([ready, over]);
}
