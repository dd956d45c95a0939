import { BakendError, invalidField } from "../errors.ts";
import type { FunctionMail, FunctionMails } from "./access.ts";
import type { MethodAsk } from "./messages.ts";
import { readQuery } from "./read-ask.ts";

const MAIL = { to: "text", subject: "text", text: "text", html: "text" } as const;

/** Characters of a subject, and of text and HTML together. */
const MAX_SUBJECT = 255;
const MAX_CONTENT = 256 * 1024;

/** A line break would begin another header; no other control character has a meaning there. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/** Answers what calls ask of mails. */
export type MailDoor = (ask: MethodAsk) => Promise<unknown>;

/** Makes the way to mails. The door throws BakendError. */
export function createMailDoor(mails: FunctionMails): MailDoor {
  return async ({ method, args }) => {
    if (method !== "send")
      throw new BakendError("bad_request", `There is no mail.${method.slice(0, 64).toWellFormed()}().`);
    mails.send(readMail(args[0]));
  };
}

/** @throws BakendError `bad_request`, `validation_failed` */
function readMail(value: unknown): FunctionMail {
  const { to, subject, text, html } = readQuery(value, MAIL);
  if (to === undefined) throw invalidField("to", "required", "is required");
  if (!subject) throw invalidField("subject", "required", "is required");
  if (!text) throw invalidField("text", "required", "is required");
  if (subject.length > MAX_SUBJECT) throw invalidField("subject", "max", `has at most ${MAX_SUBJECT} characters`);
  if (CONTROL.test(subject)) throw invalidField("subject", "pattern", "must be one line");
  if (text.length + (html?.length ?? 0) > MAX_CONTENT)
    throw invalidField("text", "max", `and html have at most ${MAX_CONTENT} characters together`);
  const words = { to, subject: subject.toWellFormed(), text: text.toWellFormed() };
  return html === undefined ? words : { ...words, html: html.toWellFormed() };
}
