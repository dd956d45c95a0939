import type { Logger } from "./entry.ts";
import { redactText } from "./redact.ts";

/** One answered request. */
export interface RequestRecord {
  /** The request's id, as in `x-request-id`. */
  readonly id: string;
  readonly method: string;
  /** Path and query; of the query only the names are logged. */
  readonly path: string;
  readonly status: number;
  /** Milliseconds from the first to the last step, to two decimals. */
  readonly ms: number;
}

/** What a line about an answered request says. */
export const REQUEST = "request";

/** Logs requests: `error` from status 500, else `info`. Costs next to nothing if that level is off. */
export function requestLogger(logger: Logger): (request: RequestRecord) => void {
  const info = logger.enabled("info");
  return (request) => {
    const failed = request.status >= 500;
    if (!failed && !info) return;
    const { id, method, status, ms } = request;
    const fields = { id, method, path: redactText(withoutValues(request.path)), status, ms };
    if (failed) logger.error(REQUEST, fields);
    else logger.clean(REQUEST, fields);
  };
}

const MAX_PATH = 500;

/** `/api/posts?filter=secret&limit=3` -> `/api/posts?filter&limit`. */
function withoutValues(path: string): string {
  const mark = path.indexOf("?");
  const names = mark === -1 ? "" : path.slice(mark, MAX_PATH * 4).replace(/=[^&]*/g, "");
  const text = (mark === -1 ? path : path.slice(0, mark)) + names;
  return text.length > MAX_PATH ? `${text.slice(0, MAX_PATH)}...` : text;
}
