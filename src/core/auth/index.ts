export type { Accounts, SignedIn } from "./accounts.ts";
export { type Auth, openAuth } from "./auth.ts";
export type { Guard } from "./guard.ts";
export type { PasswordHasher } from "./passwords.ts";
export { principalOfAccount } from "./principals.ts";
export type { Session } from "./sessions.ts";
export { USERS } from "./users.ts";
