import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

/** A mail as it came in. */
export interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string;
  readonly content: string;
}

/** A mail server of its own on this machine, which takes mails from `bakend` with `a long password`. */
export async function mailServer({ port = 0, startTls = false } = {}) {
  const received: Received[] = [];
  let tries = 0;
  const server = new SMTPServer({
    disabledCommands: startTls ? [] : ["STARTTLS"],
    allowInsecureAuth: true,
    logger: false,
    onAuth({ username, password }, _session, done) {
      tries += 1;
      if (username === "bakend" && password === "a long password") done(null, { user: username });
      else done(new Error("wrong"));
    },
    onData(stream, { envelope, user }, done) {
      let content = "";
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        content += text;
      });
      stream.on("end", () => {
        const { mailFrom, rcptTo } = envelope;
        const from = mailFrom ? mailFrom.address : "";
        received.push({ from, to: rcptTo.map(({ address }) => address), user: String(user), content });
        done();
      });
    },
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", () => resolve()));
  const { port: taken } = server.server.address() as AddressInfo;
  return {
    received,
    tries: () => tries,
    port: taken,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
