import { isEmailAddress, passwordFault } from "../collections/index.ts";
import { BakendError, invalidField } from "../errors.ts";
import type { Principal } from "../principal.ts";
import type { User } from "./principals.ts";

/** @throws BakendError `unauthenticated` unless somebody is signed in, `forbidden` with an API key: it is not a person */
export function requireUser(principal: Principal): User {
  if (principal.kind === "key" || (principal.kind === "user" && principal.key))
    throw new BakendError("forbidden", "An API key cannot do this; sign in.");
  return requireAccount(principal);
}

/** @throws BakendError `unauthenticated` unless the request is some user's, be it through an API key */
export function requireAccount(principal: Principal): User {
  if (principal.kind === "user") return principal;
  throw new BakendError("unauthenticated", "Sign in first.", { headers: { "www-authenticate": "Bearer" } });
}

/** @throws BakendError `validation_failed` for anything but a text that is not empty */
export function requireText(value: unknown, name: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw invalidField(name, "required", "is required");
}

/** An address in lower case. @throws BakendError `validation_failed` */
export function requireAddress(value: unknown): string {
  const address = requireText(value, "email").toLowerCase();
  if (isEmailAddress(address)) return address;
  throw invalidField("email", "pattern", "must be an e-mail address");
}

/** A password that may be set. @throws BakendError `validation_failed` */
export function requirePassword(value: unknown): string {
  const password = requireText(value, "password");
  const fault = passwordFault(password);
  if (fault) throw invalidField("password", fault.code, fault.message);
  return password;
}
