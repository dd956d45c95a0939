import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** A statement of a module; not `import(...)` or `import.meta`, which stand anywhere. */
const MODULE = /^\s*(?:import|export)\b(?!\s*[.(])/m;
const COMMON = /\b(?:require|module|exports|__dirname|__filename)\b/;

/**
 * Those of the files, by their paths, that a process does not read from the disk: all but JSON that still is what it was, and
 * CommonJS. To run that is the runtime's; what has changed there is another version, and throws instead.
 */
export function providedFiles(files: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const rest = new Map(files);
  for (const [path, text] of files) {
    const data = path.endsWith(".json");
    if (!data && !isCommonJs(path, text)) continue;
    if (isAsRead(path, text)) rest.delete(path);
    else if (!data)
      rest.set(path, `throw new Error(${JSON.stringify(`${basename(path)} has changed since it was read.`)});`);
  }
  return rest;
}

/** By the ending, else by the text. Where that speaks for both it is a module, in which what only CommonJS has is a fault that shows. */
function isCommonJs(path: string, text: string): boolean {
  if (/\.[cm][jt]s$/.test(path)) return /\.c[jt]s$/.test(path);
  return COMMON.test(text) && !MODULE.test(text);
}

function isAsRead(path: string, text: string): boolean {
  try {
    return readFileSync(path, "utf8") === text;
  } catch {
    return false;
  }
}
