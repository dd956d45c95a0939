import { type ByMailDeps, createByMail } from "./by-mail.ts";
import { createEmailChange, type EmailChange, type EmailChangeDeps } from "./email-change.ts";
import { createInvitations, type Invitations, type InvitationsDeps } from "./invitations.ts";
import { createOtp, type Otp, type OtpDeps } from "./otp.ts";
import { createReset, type Reset } from "./reset.ts";
import { createVerification, type Verification } from "./verification.ts";

/** Everything about accounts that goes by mail. */
export interface MailFlows {
  /** Whether mails can be sent; without them the flows answer `unavailable`. */
  readonly enabled: boolean;
  readonly reset: Reset;
  readonly verification: Verification;
  readonly otp: Otp;
  readonly emailChange: EmailChange;
  readonly invitations: Invitations;
}

/** What the flows of an app are made of. */
export type MailFlowsDeps = ByMailDeps & OtpDeps & EmailChangeDeps & InvitationsDeps;

/** Makes the flows of an app. */
export function createMailFlows(deps: MailFlowsDeps): MailFlows {
  const { codes, lookup, outbox } = deps;
  const mail = createByMail(deps);
  return {
    enabled: outbox.enabled,
    reset: createReset(mail, codes),
    verification: createVerification(mail, codes, lookup, outbox),
    otp: createOtp(mail, deps),
    emailChange: createEmailChange(mail, deps),
    invitations: createInvitations(deps),
  };
}
