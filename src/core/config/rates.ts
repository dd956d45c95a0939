import { parseRate, type Rate } from "../../tools/index.ts";

/** How often something may be asked for, as the setting `limits.rates` says it. */
export interface RateSetting {
  /** `auth`, `account`, or a path such as `/api/posts/:id`. */
  readonly target: string;
  /** The method that it is about; null for all. */
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | null;
  /** Null for no limit. */
  readonly rate: Rate | null;
}

const FORM = /^(?:(auth|account)|(?:(GET|POST|PUT|PATCH|DELETE) )?(\/[\w:./-]*\*?)) (\S+)$/;

/** Reads `auth 60/1m`, `POST /api/posts 10/1m` or `account off`; null if it is none of the kind. */
export function parseRateSetting(text: string): RateSetting | null {
  const [, group, method, path, given = ""] = FORM.exec(text) ?? [];
  const target = group ?? path;
  const rate = given === "off" ? null : parseRate(given);
  if (target === undefined || rate === undefined) return null;
  return { target, method: (method as RateSetting["method"] | undefined) ?? null, rate };
}
