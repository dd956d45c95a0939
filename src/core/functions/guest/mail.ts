import type { CallAsks } from "./asks.ts";

/** The way to mails as a function sees it. */
export interface GuestMail {
  send(mail: object): Promise<unknown>;
}

/** Makes the mails of a call. */
export function createMail({ ask }: Pick<CallAsks, "ask">): GuestMail {
  return { send: (mail) => ask({ op: "mail", method: "send", args: [mail] }) };
}
