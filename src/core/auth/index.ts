export type { Accounts } from "./accounts.ts";
export { type Auth, openAuth } from "./auth.ts";
export type { Guard } from "./guard.ts";
export type { KeyInfo, Keys } from "./keys.ts";
export type { MailFlows } from "./mail-flows.ts";
export type { PasswordHasher } from "./passwords.ts";
export type { Session } from "./sessions.ts";
export type { SignedIn } from "./sign-in.ts";
export { USERS } from "./users.ts";
