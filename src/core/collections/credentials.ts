import type { FieldProblem } from "../../protocol/index.ts";
import type { Statement } from "../database/index.ts";
import { BakendError } from "../errors.ts";
import { bypassesRules } from "../principal.ts";
import type { Caller } from "./access.ts";
import { KEPT_BY_ADMINS } from "./auth-fields.ts";

/** Hashes a password for storage; slow by design, off the calling thread where the platform can. */
export type HashPassword = (password: string) => Promise<string>;

/** The statement that ends all sessions of the accounts whose ids `users` gives: a query, or a value. */
export type EndSessions = (collection: string, users: Statement) => Statement;

/** The statements that forget what else belongs to the accounts whose ids `users` gives, once they are deleted. */
export type ForgetAccounts = (collection: string, users: Statement) => readonly Statement[];

/** NIST SP 800-63B, section 3.1.1.2: at least 8 characters, at least 64 allowed, any characters. */
const MIN_PASSWORD = 8;
const MAX_PASSWORD = 256;

/**
 * Makes of what a caller sends for an account what may be stored: the address in lower case, the password hashed. Roles
 * and verification are changed by admins alone, the hash by nobody.
 * @throws BakendError `validation_failed`
 */
export async function prepareAccount(data: unknown, caller: Caller, hash: HashPassword, path = ""): Promise<unknown> {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return data;
  const { password, ...rest } = data as Record<string, unknown>;
  const problems: FieldProblem[] = [];
  if ("passwordHash" in rest) {
    problems.push({ field: `${path}passwordHash`, code: "unknown_field", message: "cannot be set; send a password" });
  }
  for (const name of KEPT_BY_ADMINS) {
    if (rest[name] === undefined || bypassesRules(caller.principal)) continue;
    problems.push({ field: `${path}${name}`, code: "immutable", message: "is changed by admins only" });
  }
  const fault = password === undefined ? null : passwordFault(password);
  if (fault) problems.push({ field: `${path}password`, ...fault });
  if (problems.length > 0) {
    const [first] = problems;
    throw new BakendError("validation_failed", `${first?.field} ${first?.message}.`, { errors: problems });
  }
  return {
    ...rest,
    ...(typeof rest.email === "string" ? { email: rest.email.toLowerCase() } : {}),
    ...(typeof password === "string" ? { passwordHash: await hash(password) } : {}),
  };
}

/** Why a password will not do; null if it will. */
export function passwordFault(password: unknown): Pick<FieldProblem, "code" | "message"> | null {
  if (typeof password !== "string") return { code: "type", message: "must be a text" };
  const length = [...password].length;
  if (length < MIN_PASSWORD) return { code: "min", message: `must have at least ${MIN_PASSWORD} characters` };
  if (length > MAX_PASSWORD) return { code: "max", message: `must have at most ${MAX_PASSWORD} characters` };
  return null;
}
