import * as nodeModule from "node:module";
import { Socket } from "node:net";
import timers from "node:timers";
import { fileURLToPath } from "node:url";
import { CHANNEL } from "../process/channel.ts";
import { runGuest } from "../process/guest-io.ts";

const ADDRESS = "bakend:module";
const PLACE = "__bakend";

runGuest({
  sandbox: "Node's permission model, for files, processes and threads; the network is open",
  confined: false,
  read: (take) =>
    new Promise((resolve) => {
      const input = new Socket({ fd: CHANNEL, readable: true, writable: false });
      input.on("data", take);
      input.on("end", resolve);
    }),
  provide(module, files) {
    Object.defineProperty(globalThis, PLACE, { value: module });
    const names = Object.keys(module);
    const source = `export const { ${names.join(", ")} } = globalThis.${PLACE};`;
    nodeModule.registerHooks({
      resolve(specifier, context, next) {
        if (specifier === "bakend") return { url: ADDRESS, format: "module", shortCircuit: true };
        try {
          return next(specifier, context);
        } catch (error) {
          // a file that is not there any more
          const url = /^(?:\.{0,2}\/|file:)/.test(specifier) ? new URL(specifier, context.parentURL).href : "";
          if (url === "" || !files.has(fileURLToPath(url))) throw error;
          return { url, importAttributes: context.importAttributes, shortCircuit: true };
        }
      },
      load(url, context, next) {
        if (url === ADDRESS) return { format: "module", source, shortCircuit: true };
        const text = url.startsWith("file:") ? files.get(fileURLToPath(url)) : undefined;
        return text === undefined ? next(url, context) : { format: formatOf(url), source: text, shortCircuit: true };
      },
    });
  },
});

// what is loaded already does not follow what is global
const { setTimeout, setImmediate } = globalThis;
Object.assign(timers, { setTimeout, setImmediate });
nodeModule.syncBuiltinESMExports();

/** Files of functions are modules, whatever stands in package.json; `.cjs` and `.cts` say otherwise. */
function formatOf(url: string): string {
  if (url.endsWith(".json")) return "json";
  const [, kind = "", language = ""] = /\.([cm]?)([jt])s$/.exec(url) ?? [];
  return `${kind === "c" ? "commonjs" : "module"}${language === "t" ? "-typescript" : ""}`;
}
