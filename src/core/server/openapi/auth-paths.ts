import type { Collection } from "../../collections/index.ts";
import { ACCOUNT_OPERATIONS } from "./account-operations.ts";
import { SIGNED_IN } from "./auth-schemas.ts";
import { type Node, parameter } from "./node.ts";
import { OAUTH_OPERATIONS } from "./oauth-operations.ts";
import { type Operation, pathsOf } from "./operation.ts";
import { PASSKEY_OPERATIONS } from "./passkey-operations.ts";

const OPERATIONS = { ...ACCOUNT_OPERATIONS, ...PASSKEY_OPERATIONS, ...OAUTH_OPERATIONS };

const X_SESSION = parameter(
  "header",
  "x-session",
  { type: "string", enum: ["cookie", "token"], default: "token" },
  { description: "`cookie`: the tokens come in HttpOnly cookies, and not in the body." },
);

/** `/api/auth/*`; nothing where there are no accounts. */
export function authPaths(collections: readonly Collection[]): Record<string, Node> {
  if (!collections.some(({ kind }) => kind === "auth")) return {};
  const entries = Object.entries<Operation>(OPERATIONS).map(([place, one]) => {
    const signsIn = one.body !== undefined && one.answer[1] === SIGNED_IN;
    return [place, signsIn ? { ...one, parameters: [X_SESSION] } : one] as const;
  });
  return pathsOf("auth", Object.fromEntries(entries));
}

/** The tag of the account operations. */
export const AUTH_TAG = { name: "auth", description: "Accounts, sessions and keys." } as const;
