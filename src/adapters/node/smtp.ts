import { createTransport } from "nodemailer";
import type { Mailer } from "../../core/mail/index.ts";

/** A mail server, and who the mails are from. */
export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (port 465); otherwise the connection is upgraded where the server can (port 587). */
  readonly secure: boolean;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** `Example <hello@example.com>`. */
  readonly from: string;
}

/** Milliseconds until a server that does not answer is given up. */
const CONNECT_WITHIN = 10_000;
const SILENT_FOR = 30_000;

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i;

/** Sends mails over SMTP. Credentials leave this machine only encrypted; a server that cannot is refused. */
export function smtp({ host, port, secure, user, password, from }: SmtpOptions): Mailer {
  const withPassword = user !== undefined && password !== undefined;
  const transport = createTransport({
    host,
    port,
    secure,
    requireTLS: withPassword && !LOOPBACK.test(host),
    ...(withPassword ? { auth: { user, pass: password } } : {}),
    connectionTimeout: CONNECT_WITHIN,
    greetingTimeout: CONNECT_WITHIN,
    socketTimeout: SILENT_FOR,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ to, subject, text, html }) {
      await transport.sendMail({ from, to: { name: "", address: to }, subject, text, html });
    },
  };
}
