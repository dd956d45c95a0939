import { literal } from "../../../../sdk/javascript/index.ts";
import { get, patch, post, remove, request } from "../api/request.ts";
import type { Account, AccountWhole, ApiKey, Invitation } from "./types.ts";

const pathOf = (id: string): string => `/api/admin/users/${encodeURIComponent(id)}`;

/** Which accounts are wanted; an empty text stands for all. */
export interface AccountsWanted {
  /** A part of the address. */
  readonly email: string;
  readonly role: string;
  readonly collection: string;
}

/** One page of the accounts of all collections, with how many there are. */
export const readAccounts = ({ email, role, collection }: AccountsWanted, cursor: string | number | undefined) =>
  get<{ readonly items: readonly Account[]; readonly next: string | null; readonly total: number }>(
    "/api/admin/users",
    {
      filter: [email && `email ~ ${literal(email)}`, role && `role = ${literal(role)}`].filter(Boolean).join(" && "),
      collection,
      cursor,
      count: true,
    },
  );

/** One account with its sessions. */
export const readAccount = (id: string): Promise<AccountWhole> => get(pathOf(id));

/** Changes what is named; `endSessions` signs the account out everywhere. */
export const changeAccount = (
  id: string,
  changes: { readonly role?: string; readonly verified?: boolean; readonly endSessions?: true },
): Promise<Account> => patch(pathOf(id), changes);

/** Deletes an account. */
export const removeAccount = (id: string): Promise<void> => remove(pathOf(id));

/** The roles that an account may be given, `user` and `admin` among them. */
export async function readRoles(): Promise<readonly string[]> {
  const { items } = await get<{ items: readonly { readonly name: string }[] }>("/api/admin/roles");
  return ["user", ...items.map(({ name }) => name).filter((name) => name !== "user"), "admin"];
}

/** Invitations that are still open. */
export const readInvitations = async (): Promise<readonly Invitation[]> =>
  (await get<{ items: readonly Invitation[] }>("/api/auth/invitations")).items;

/** Sends somebody the link by which they make their account. */
export const invite = (wanted: Pick<Invitation, "email" | "role" | "collection">): Promise<Invitation> =>
  post("/api/auth/invitations", wanted);

/** Makes the link of an invitation void. */
export const revokeInvitation = ({ email, collection }: Invitation): Promise<void> =>
  request("DELETE", `/api/auth/invitations/${encodeURIComponent(email)}`, { query: { collection } });

/** One's own API keys, and those of nobody. */
export const readKeys = async (): Promise<readonly ApiKey[]> =>
  (await get<{ items: readonly ApiKey[] }>("/api/auth/keys")).items;

/** Makes an API key, and tells it this once. */
export const makeKey = (wanted: {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAt?: string;
  readonly role?: string;
}): Promise<ApiKey & { readonly key: string }> => post("/api/auth/keys", wanted);

/** Revokes an API key. */
export const revokeKey = (id: string): Promise<void> => remove(`/api/auth/keys/${encodeURIComponent(id)}`);
