export type { Accounts, SignedIn } from "./accounts.ts";
export { type Auth, openAuth } from "./auth.ts";
export type { Guard } from "./guard.ts";
export type { KeyInfo, Keys } from "./keys.ts";
export type { PasswordHasher } from "./passwords.ts";
export type { Session } from "./sessions.ts";
export { openSetup, type Setup } from "./setup.ts";
export { USERS } from "./users.ts";
