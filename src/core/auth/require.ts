import { isEmailAddress, passwordFault } from "../collections/index.ts";
import { BakendError } from "../errors.ts";
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
  const message = "is required";
  throw new BakendError("validation_failed", `${name} ${message}.`, {
    errors: [{ field: name, code: "required", message }],
  });
}

/** An address in lower case. @throws BakendError `validation_failed` */
export function requireAddress(value: unknown): string {
  const address = requireText(value, "email").toLowerCase();
  if (isEmailAddress(address)) return address;
  const message = "must be an e-mail address";
  throw new BakendError("validation_failed", `email ${message}.`, {
    errors: [{ field: "email", code: "pattern", message }],
  });
}

/** A password that may be set. @throws BakendError `validation_failed` */
export function requirePassword(value: unknown): string {
  const password = requireText(value, "password");
  const fault = passwordFault(password);
  if (!fault) return password;
  throw new BakendError("validation_failed", `password ${fault.message}.`, {
    errors: [{ field: "password", ...fault }],
  });
}
