import { BakendError } from "../errors.ts";
import type { Outbox } from "../mail/index.ts";
import type { Principal } from "../principal.ts";
import { type ByMail, requireMail } from "./by-mail.ts";
import { type Codes, LIFETIMES } from "./codes.ts";
import type { Lookup } from "./lookup.ts";
import type { Passwords } from "./passwords.ts";
import { requireAddress, requireText, requireUser } from "./require.ts";
import type { Visit } from "./telling.ts";

/** Another address for an account. */
export interface EmailChange {
  /**
   * Sends a link to the new address. If that has an account, its owner is told so, and nobody else.
   * @throws BakendError `invalid_credentials` unless the password is right
   */
  request(principal: Principal, email: unknown, password: unknown): Promise<void>;
  /** Changes the address, and tells the old one. @throws BakendError `invalid_credentials`, `conflict` */
  confirm(token: unknown, collection: unknown, visit: Visit): Promise<void>;
}

/** What the flow needs. */
export interface EmailChangeDeps {
  readonly lookup: Lookup;
  readonly codes: Codes;
  readonly outbox: Outbox;
  readonly passwords: Passwords;
}

/** Makes the flow. */
export function createEmailChange(mail: ByMail, { lookup, codes, outbox, passwords }: EmailChangeDeps): EmailChange {
  return {
    async request(principal, email, password) {
      const { collection, id } = requireUser(principal);
      requireMail(outbox);
      const address = requireAddress(email);
      const given = requireText(password, "password");
      const accounts = lookup.collection(collection);
      const account = await lookup.byId(accounts, id);
      if (!(await passwords.verify(given, account?.passwordHash ?? null)) || !account)
        throw new BakendError("invalid_credentials", "The password is wrong.");
      outbox.post(async () => {
        const holder = await lookup.byEmail(accounts, address);
        if (holder?.user === account.user) return null;
        if (holder) return { name: "email-taken", to: address, values: {} };
        const token = await codes.issue("email", account, { email: address });
        return { name: "email-change", to: address, values: { token, lifetime: LIFETIMES.email.words } };
      });
    },
    async confirm(token, collection, visit) {
      const proven = await mail.prove("email", token, collection);
      const { account, proof } = proven;
      const email = String(proof.data.email);
      const news = [mail.telling.own("email_changed", account, visit)];
      await mail.change(proven, { email, verified: true }, news).catch((error: unknown) => {
        throw error instanceof BakendError && error.code === "conflict" ? taken() : error;
      });
      outbox.post(async () => ({ name: "email-changed", to: account.email, values: { newEmail: email } }));
    },
  };
}

/** The answer to an address that has an account. */
export function taken(): BakendError {
  const message = "has an account";
  return new BakendError("conflict", `This address ${message}.`, {
    errors: [{ field: "email", code: "unique", message }],
  });
}
