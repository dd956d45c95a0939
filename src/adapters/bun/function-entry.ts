import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { CHANNEL } from "../process/channel.ts";
import { runGuest } from "../process/guest-io.ts";

// a process of functions: all that is loaded here, each start of one pays for
const [, , , project = "", reason] = process.argv;
// Bun reads .env and bunfig.toml where it starts: not in a project's folder
process.chdir(project);
tellTypeOfTexts();
runGuest({
  sandbox:
    reason === undefined
      ? "no files but the project's, no network, no processes (Landlock, seccomp, limits)"
      : `none: ${reason}`,
  confined: reason === undefined,
  // a socket of `node:net` would cost a start as much as all else that a process of functions does until it is ready
  async read(take) {
    const reader = Bun.file(CHANNEL).stream().getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) take(next.value);
  },
  provide(module, files) {
    Bun.plugin({
      name: "bakend",
      setup(build) {
        build.module("bakend", () => ({ exports: { ...module }, loader: "object" }));
        // packages are left to the runtime: what it makes of their kinds of modules, no plugin does
        const paths = [...files.keys()].map((path) => path.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
        build.onLoad({ filter: new RegExp(`^(?:${paths.join("|")})$`) }, ({ path, loader }) => {
          const text = files.get(path) ?? "";
          if (path.endsWith(".json")) return dataModule(JSON.parse(text));
          // what the runtime took for CommonJS here, it would never run
          return { contents: `${text}\nexport {};`, loader };
        });
        // it looks for files on the disk
        if (![...files.keys()].every((path) => existsSync(path)))
          build.onResolve({ filter: /^\.{0,2}\// }, ({ path, importer }) => {
            const found = resolve(dirname(importer), path);
            return files.has(found) ? { path: found } : undefined;
          });
      },
    });
  },
});

/** What imports data finds it as a whole, and its parts by their names. */
function dataModule(data: unknown): { exports: Record<string, unknown>; loader: "object" } {
  return { exports: { ...(Array.isArray(data) ? {} : Object(data)), default: data }, loader: "object" };
}

/** Of a response that is made of a text, Bun tells the type only where it serves it (Fetch standard, section 6.4: it is a header). */
function tellTypeOfTexts(): void {
  const construct = (target: typeof Response, [body, ...rest]: readonly unknown[], self: () => void): Response => {
    const made: Response = Reflect.construct(target, [body, ...rest], self);
    if (typeof body === "string" && !made.headers.has("content-type"))
      made.headers.set("content-type", "text/plain;charset=UTF-8");
    return made;
  };
  globalThis.Response = new Proxy(Response, { construct });
}
