/** The mails that are sent. */
export type MailName = "verify" | "reset" | "email-change" | "email-changed" | "email-taken" | "otp" | "invitation";

/** The values that a mail's template may name, each as `{{name}}`. */
export const PLACEHOLDERS: Readonly<Record<MailName, readonly string[]>> = {
  verify: ["url", "email", "token", "lifetime"],
  reset: ["url", "email", "token", "lifetime"],
  "email-change": ["url", "email", "token", "lifetime"],
  "email-changed": ["url", "email", "newEmail"],
  "email-taken": ["url", "email"],
  otp: ["url", "email", "code", "lifetime"],
  invitation: ["url", "email", "token", "lifetime"],
};

/**
 * The mails as they are without files of a project: a subject, an empty line, paragraphs. Links hold their token after
 * `#`, which browsers send to no server: it gets into no access log and no `Referer`.
 */
export const BUILT_IN: Readonly<Record<MailName, string>> = {
  verify: `Subject: Confirm your address

Please confirm that this is your address:

{{url}}/verify-email#token={{token}}

The link is good for {{lifetime}}. If you have not made an account, ignore this mail.`,
  reset: `Subject: Choose a new password

A new password was asked for. Choose it here:

{{url}}/reset-password#token={{token}}

The link is good once, for {{lifetime}}. If you have not asked for it, ignore this mail: your password stays as it is.`,
  "email-change": `Subject: Confirm your new address

Please confirm that your account is to have this address from now on:

{{url}}/confirm-email#token={{token}}

The link is good for {{lifetime}}. If you have not asked for it, ignore this mail.`,
  "email-changed": `Subject: Your address was changed

Your account has another address now: {{newEmail}}. This one, {{email}}, is no longer good for signing in.

If this was not you, tell those who run this service at once.`,
  "email-taken": `Subject: You have an account already

Somebody who is signed in to another account, perhaps you, wants to give it this address. It has an account already, so nothing was changed.

If this was not you, ignore this mail.`,
  otp: `Subject: Your code to sign in

{{code}}

The code is good once, for {{lifetime}}. Tell it to nobody. If you have not asked for it, ignore this mail.`,
  invitation: `Subject: You are invited

Make your account here:

{{url}}/accept-invitation#token={{token}}

The link is good for {{lifetime}}.`,
};
