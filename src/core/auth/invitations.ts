import type { RecordAccess } from "../collections/index.ts";
import { BakendError, invalidField } from "../errors.ts";
import type { Outbox } from "../mail/index.ts";
import type { Principal } from "../principal.ts";
import { requireCredentials } from "./accounts.ts";
import { requireMail } from "./by-mail.ts";
import { type Codes, LIFETIMES, spent, strangerOf, voidCode } from "./codes.ts";
import { taken } from "./email-change.ts";
import type { Lookup } from "./lookup.ts";
import { requireAddress, requirePassword, requireText } from "./require.ts";
import type { SignedIn, SignIn } from "./sign-in.ts";
import { createAndTell, type News, type Telling, type Visit } from "./telling.ts";

/** An invitation as the one who sent it sees it. */
export interface Invitation {
  readonly email: string;
  readonly role: string;
  readonly collection: string;
  readonly expiresAt: string;
}

/** Accounts for those whom an admin invites, whether registration is open or closed. */
export interface Invitations {
  /** For admins; who asks must be checked before. @throws BakendError `validation_failed`; `conflict` if there is such an account */
  invite(
    principal: Principal,
    wanted: { readonly collection: string; readonly email: unknown; readonly role?: unknown },
    visit: Visit,
  ): Promise<Invitation>;
  /** Those that are still open, the newest first. For admins; who asks must be checked before. */
  list(): Promise<readonly Invitation[]>;
  /** Makes the link void. For admins; who asks must be checked before. @throws BakendError `not_found` */
  revoke(principal: Principal, collection: string, email: string, visit: Visit): Promise<void>;
  /** Makes the account, its address proven, and signs in. @throws BakendError `invalid_credentials`, `validation_failed` */
  accept(data: Readonly<Record<string, unknown>>, visit: Visit): Promise<SignedIn>;
}

/** What invitations need. */
export interface InvitationsDeps {
  readonly telling: Telling;
  readonly lookup: Lookup;
  readonly codes: Codes;
  readonly outbox: Outbox;
  readonly signIn: SignIn;
  /** Records as the system. */
  readonly system: RecordAccess;
  /** Milliseconds since 1970. */
  now(): number;
}

const ROLE = /^[a-z][A-Za-z0-9_-]{0,62}$/;

/** Makes the flow. */
export function createInvitations(deps: InvitationsDeps): Invitations {
  const { telling, lookup, codes, outbox, signIn, system, now } = deps;
  return {
    async invite(principal, { collection, email, role = "user" }, visit) {
      requireMail(outbox);
      const accounts = lookup.collection(collection);
      const address = requireAddress(email);
      if (typeof role !== "string" || !ROLE.test(role))
        throw invalidField("role", "pattern", "must be the name of a role");
      if (await lookup.byEmail(accounts, address)) throw taken();
      const expiresAt = new Date(now() + LIFETIMES.invite.ms).toISOString();
      const invited = { email: address, role };
      const news = telling.by(principal, "invited", { ...userOf(principal), collection }, visit);
      const token = await codes.issue("invite", { collection, user: strangerOf(address) }, invited, news);
      const values = { token, lifetime: LIFETIMES.invite.words };
      outbox.post(async () => ({ name: "invitation", to: address, values }));
      return { ...invited, collection, expiresAt };
    },
    async list() {
      const open = await codes.list("invite");
      return open.map(({ collection, expiresAt, data: { email, role } }) => ({
        ...{ email: String(email), role: String(role), collection, expiresAt },
      }));
    },
    async revoke(principal, collection, email, visit) {
      const news = telling.by(principal, "invitation_revoked", { ...userOf(principal), collection }, visit);
      if (!(await codes.revoke("invite", { collection, user: strangerOf(email) }, news)))
        throw new BakendError(
          "not_found",
          `Nobody of this address is invited to ${collection.slice(0, 64).toWellFormed()}.`,
        );
    },
    async accept({ token, password, collection: named, ...profile }, visit) {
      const given = requirePassword(password);
      const proof = await codes.find(
        "invite",
        requireText(token, "token"),
        named === undefined ? named : String(named),
      );
      if (!proof) throw voidCode();
      const { collection } = proof;
      const { email, role } = proof.data;
      if (profile.email !== undefined && profile.email !== email)
        throw invalidField("email", "immutable", "is the one that was invited");
      requireCredentials(lookup.collection(collection), { ...profile, email, password: given });
      const data = { ...profile, email, role, password: given, verified: true };
      const newsOf = (user: string): News => telling.own("register", { user, collection }, visit);
      const user = await spent(createAndTell(system.records(collection), data, newsOf, codes.use(proof)));
      return signIn.open({ collection, user }, visit);
    },
  };
}

/** Who did it, as far as it is a person. */
function userOf(principal: Principal): { readonly user?: string } {
  return principal.kind === "user" ? { user: principal.id } : {};
}
