import { BakendError } from "../errors.ts";
import type { ByFunction, FunctionAccess, FunctionAccounts } from "./access.ts";
import type { MethodAsk } from "./messages.ts";
import { readId, readQuery, readText } from "./read-ask.ts";

/** Answers what one call asks of accounts. */
export type AuthDoor = (ask: MethodAsk) => Promise<unknown>;

/** The accounts that are meant where none are named. */
const USERS = "users";

const INVITATION = { role: "text", collection: "text" } as const;

type Method = (deps: AuthDoorDeps, args: readonly unknown[]) => Promise<unknown>;

interface AuthDoorDeps {
  readonly access: Pick<FunctionAccess, "account">;
  readonly accounts: FunctionAccounts;
  readonly by: ByFunction;
}

/** What may be asked. What comes from a child has any shape, so each argument is read first. */
const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["user", ({ access }, [id, collection]) => access.account(collectionOf(collection), readId(id))],
  ["verify", ({ accounts }, [token]) => accounts.verify(readText(token, "token"))],
  ["signIn", ({ accounts, by }, [id, collection]) => accounts.signIn(by, collectionOf(collection), readId(id))],
  ["signOut", ({ accounts, by }, [id, collection]) => accounts.signOut(by, collectionOf(collection), readId(id))],
  [
    "invite",
    ({ accounts, by }, [email, options]) => {
      const { role, collection } = readQuery(options, INVITATION);
      return accounts.invite(by, collectionOf(collection), readText(email, "email"), role);
    },
  ],
  [
    "sendPasswordReset",
    async ({ accounts }, [email, collection]) =>
      accounts.sendPasswordReset(collectionOf(collection), readText(email, "email")),
  ],
  [
    "sendVerification",
    async ({ accounts }, [email, collection]) =>
      accounts.sendVerification(collectionOf(collection), readText(email, "email")),
  ],
]);

/** Makes the accounts of one call. The door throws BakendError; `bad_request` for what cannot be asked. */
export function createAuthDoor(deps: AuthDoorDeps): AuthDoor {
  return async ({ method, args }) => {
    const run = METHODS.get(method);
    if (!run) throw new BakendError("bad_request", `There is no auth.${method.slice(0, 64).toWellFormed()}().`);
    return run(deps, args);
  };
}

function collectionOf(value: unknown): string {
  return value === undefined || value === null ? USERS : readText(value, "collection");
}
