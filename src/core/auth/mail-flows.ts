import type { Outbox } from "../mail/index.ts";
import { type ByMailDeps, createByMail } from "./by-mail.ts";
import { createReset, type Reset } from "./reset.ts";
import { createVerification, type Verification } from "./verification.ts";

/** Everything about accounts that goes by mail. */
export interface MailFlows extends Reset {
  /** Whether mails can be sent; without them the flows answer `unavailable`. */
  readonly enabled: Outbox["enabled"];
  readonly verification: Verification;
}

/** Makes the flows of an app. */
export function createMailFlows(deps: ByMailDeps): MailFlows {
  const { codes, lookup, outbox } = deps;
  const mail = createByMail(deps);
  return {
    enabled: outbox.enabled,
    ...createReset(mail, codes),
    verification: createVerification(mail, codes, lookup, outbox),
  };
}
