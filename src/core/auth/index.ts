export { type Accounts, createAccounts, requireUser, type SignedIn } from "./accounts.ts";
export { createGuard, type Guard } from "./guard.ts";
export { createPasswords, type PasswordHasher, type Passwords } from "./passwords.ts";
export { loadSecret } from "./secret.ts";
export { createSessions, endSessionsOf, type Session, type Sessions } from "./sessions.ts";
export { createTokens, type Tokens } from "./tokens.ts";
