/** One mail, ready to be sent. The sender is known to the mailer. */
export interface Mail {
  /** One address. */
  readonly to: string;
  /** One line, which holds nothing secret: it is logged. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Sends mails: a platform's, given to `createApp` as `mailer`. */
export interface Mailer {
  /** Resolves once somebody else has taken over the mail. A rejection leads to another try. */
  send(mail: Mail): Promise<void>;
}
