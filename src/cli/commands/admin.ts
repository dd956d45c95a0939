import type { App } from "../../core/app.ts";
import { systemPrincipal } from "../../core/principal.ts";
import { suggest } from "../../tools/index.ts";
import { CliError, type Command, type CommandOption, EXIT, type Io, UsageError } from "../command.ts";
import { openProjectApp } from "../open-app.ts";
import { configOption, readProject } from "../project.ts";
import { openBytes, STANDARD } from "../transfer/index.ts";

const PAGE = 500;
const common: Readonly<Record<string, CommandOption>> = {
  config: configOption,
  collection: { type: "string", value: "NAME", summary: "the accounts' collection (default: users)" },
  json: { type: "boolean", summary: "prints JSON" },
};

const createCommand: Command = {
  name: "admin create",
  summary: "makes an account with the role admin",
  usage: "EMAIL --password-stdin [--config FILE]",
  details: `The password is the standard input, without the line's end: it never stands in a command line.
An account that exists becomes admin with --promote, and gets the password if there is one; that ends its sessions.`,
  positionals: { min: 1, max: 1 },
  options: {
    ...common,
    "password-stdin": { type: "boolean", summary: "reads the password from the standard input" },
    promote: { type: "boolean", summary: "makes an account that exists an admin" },
  },
  async run({ positionals: [email = ""], options, io }) {
    const promote = options.promote === true;
    if (options["password-stdin"] !== true && !promote) throw new UsageError("a new account needs --password-stdin");
    const password = options["password-stdin"] === true ? { password: await readPassword() } : {};
    return withApp(options, io, async (app, name) => {
      const accounts = app.as(systemPrincipal("bak admin")).records(name);
      const { items } = await accounts.list({ filter: `email = ${literal(email.toLowerCase())}`, fields: ["id"] });
      const [known] = items;
      if (known && !promote) throw new CliError(`${email} has an account already; --promote makes it an admin`);
      if (!known && !("password" in password)) throw new CliError(`${email} has no account in ${name}`);
      const record = known
        ? await accounts.update(String(known.id), { role: "admin", ...password })
        : await accounts.create({ email, role: "admin", verified: true, ...password });
      const done = { id: record.id, email: record.email, created: known === undefined };
      io.out(options.json === true ? `${JSON.stringify(done)}\n` : `${done.email} is an admin\n`);
      return EXIT.ok;
    });
  },
};

const listCommand: Command = {
  name: "admin list",
  summary: "lists the accounts with the role admin",
  usage: "[--config FILE]",
  positionals: { min: 0, max: 0 },
  options: common,
  run: ({ options, io }) =>
    withApp(options, io, async (app, name) => {
      const accounts = app.as(systemPrincipal("bak admin")).records(name);
      const admins: unknown[] = [];
      const query = { filter: "role = 'admin'", sort: "email", limit: PAGE, fields: ["id", "email", "createdAt"] };
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = await accounts.list({ ...query, ...(cursor === undefined ? {} : { cursor }) });
        for (const { id, email, createdAt } of page.items) {
          admins.push({ id, email, createdAt });
          if (options.json !== true) io.out(`${email}  ${id}  ${createdAt}\n`);
        }
        cursor = page.next;
      }
      if (options.json === true) io.out(`${JSON.stringify(admins)}\n`);
      else if (admins.length === 0) io.err('there is no admin; "bak admin create EMAIL --password-stdin" makes one\n');
      return EXIT.ok;
    }),
};

/** Opens the project's app for work on one collection of accounts. Throws `UsageError` if it is none. */
async function withApp(
  options: Readonly<Record<string, string | boolean | undefined>>,
  io: Io,
  work: (app: App, collection: string) => Promise<number>,
): Promise<number> {
  const app = await openProjectApp(await readProject(options.config, io), io);
  try {
    const name = typeof options.collection === "string" ? options.collection : "users";
    const { collections } = app.collections.schema.catalog();
    const accounts = collections.filter((one) => one.kind === "auth").map((one) => one.name);
    if (!accounts.includes(name)) {
      const meant = suggest(name, accounts);
      const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
      throw new UsageError(`there are no accounts called "${name}"${hint}`);
    }
    return await work(app, name);
  } finally {
    await app.close();
  }
}

/** The standard input, without the end of its line. Throws `UsageError` for more than one line. */
async function readPassword(): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  try {
    for await (const bytes of openBytes(STANDARD)) text += decoder.decode(bytes, { stream: true });
    text += decoder.decode();
  } catch {
    throw new UsageError("the password on the standard input is not valid UTF-8");
  }
  const password = text.replace(/\r?\n$/, "");
  if (/[\r\n]/.test(password))
    throw new UsageError("the standard input has more than one line; send the password alone");
  if (password === "") throw new UsageError("there is no password on the standard input");
  return password;
}

/** A text as an expression writes it. */
function literal(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** `bak admin create` and `bak admin list`. */
export const adminCommands: readonly Command[] = [createCommand, listCommand];
