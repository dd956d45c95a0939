import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** A statement of a module; not `import(...)` or `import.meta`, which stand anywhere. */
const MODULE = /^\s*(?:import|export)\b(?!\s*[.(])/m;
const COMMON = /\b(?:require|module|exports|__dirname|__filename)\b/;

/**
 * The files, by their paths, without those that are CommonJS: to run these is the runtime's, which only reads them from the
 * disk. What has changed there is another version, and throws instead.
 */
export function withoutCommonJs(files: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const rest = new Map(files);
  for (const [path, text] of files) {
    if (!isCommonJs(path, text)) continue;
    if (isAsRead(path, text)) rest.delete(path);
    else rest.set(path, `throw new Error(${JSON.stringify(`${basename(path)} has changed since it was read.`)});`);
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
