export type { MailName } from "./builtin.ts";
export type { Mail, Mailer } from "./mail.ts";
export { createOutbox, type MailTimers, type Outbox } from "./outbox.ts";
export { createRender, type Letter, type MailFiles, type TemplateLetter, templateFaults } from "./templates.ts";
