import { compilePattern } from "../events/index.ts";

/** What calls a function, as a file of functions declares it. */
export type TriggerSpec = (
  | { readonly kind: "event"; readonly pattern: string }
  | { readonly kind: "hook"; readonly action: HookAction; readonly collection: string }
  | { readonly kind: "http"; readonly method: HttpMethod; readonly path: string }
  | { readonly kind: "job"; readonly name: string; readonly options: JobOptions }
) & {
  /** The file that it is in, from the functions folder. */
  readonly file: string;
};

/** What a file of `jobs/` exports beside its job: `schedule`, `retries` ... */
export type JobOptions = Readonly<Record<string, string | number>>;

/** What may be exported beside a job. */
export const JOB_OPTIONS = ["schedule", "timezone", "retries", "timeout", "overlap", "catchUp", "on"] as const;

/** The writes that a hook can stand before. */
export type HookAction = "create" | "update" | "delete";

/** The methods that an HTTP function can answer; HEAD follows GET. */
export type HttpMethod = (typeof HTTP_METHODS)[number];

/** All of them. */
export const HTTP_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

const COLLECTION = /^[a-z][A-Za-z0-9_]{0,62}$/;
const PATH = /^\/$|^(\/(:[A-Za-z_]\w{0,62}|[\w.~-]{1,100}))+$/;
const DECLARED = /^before ([a-z]\w*)\.(create|update|delete)$/;
const DECLARED_HTTP = /^(GET|POST|PUT|PATCH|DELETE) (\/\S*)$/;

/** Why a trigger cannot be; null if it can. */
export function triggerFault(spec: TriggerSpec): string | null {
  switch (spec.kind) {
    case "event":
      try {
        compilePattern(spec.pattern);
        return null;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    case "hook":
      return COLLECTION.test(spec.collection) ? null : `"${spec.collection}" is not the name of a collection.`;
    case "http":
      if (!HTTP_METHODS.some((method) => method === spec.method))
        return `"${spec.method}" is not a method: ${HTTP_METHODS.join(", ")} are.`;
      if (spec.path.length > 500 || !PATH.test(spec.path))
        return `"${spec.path}" is not a path: write "/", "/hello" or "/hello/:name".`;
      return null;
    case "job":
      // what a schedule is, jobs know
      return null;
    default:
      return "this is not a trigger.";
  }
}

/** The trigger that a text means: `posts.created`, `before posts.create` or `GET /hello/:name`. */
export function parseTrigger(text: string, file: string): TriggerSpec {
  const hook = DECLARED.exec(text);
  if (hook) return { kind: "hook", collection: String(hook[1]), action: hook[2] as HookAction, file };
  const http = DECLARED_HTTP.exec(text);
  if (http) return { kind: "http", method: http[1] as HttpMethod, path: String(http[2]), file };
  return { kind: "event", pattern: text, file };
}

/** The same text again. */
export function triggerText(spec: TriggerSpec): string {
  switch (spec.kind) {
    case "event":
      return spec.pattern;
    case "hook":
      return `before ${spec.collection}.${spec.action}`;
    case "http":
      return `${spec.method} ${spec.path}`;
    case "job":
      return `job ${spec.name}`;
  }
}

/** The name of the functions of a file: its path without the ending. */
export function functionName(file: string): string {
  return file.replace(/\.[cm]?[jt]s$/, "");
}
