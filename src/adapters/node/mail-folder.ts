import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "../../core/logging/index.ts";
import type { Mailer } from "../../core/mail/index.ts";

/** Where mails are written to instead of being sent. */
export interface MailFolderOptions {
  readonly folder: string;
  readonly logger: Logger;
}

/** A mailer for development: each mail becomes a file to read, and the log tells its subject and where it is. */
export function mailFolder({ folder, logger }: MailFolderOptions): Mailer {
  let count = 0;
  return {
    async send({ to, subject, text }) {
      count += 1;
      const time = new Date().toISOString().replace(/[:.]/g, "-");
      const path = join(folder, `${time}-${process.pid}-${count}.txt`);
      await mkdir(folder, { recursive: true });
      // what is in it signs somebody in: only the owner reads it
      await writeFile(path, `To: ${to}\nSubject: ${subject}\n\n${text}`, { mode: 0o600, flag: "wx" });
      logger.info("a mail was written to a file", { subject, file: path });
    },
  };
}
