import { clearTimer } from "./app-defaults.ts";
import { jobFault } from "./app-jobs.ts";
import type { AppStorage } from "./app-storage.ts";
import type { AccountsByCode } from "./auth/index.ts";
import { type Collections, isEmailAddress, readAccount } from "./collections/index.ts";
import type { Database } from "./database/index.ts";
import { BakendError, invalidField } from "./errors.ts";
import type {
  ByFunction,
  FunctionAccess,
  FunctionAccounts,
  FunctionFiles,
  FunctionMails,
  FunctionsDeps,
} from "./functions/index.ts";
import type { Outbox } from "./mail/index.ts";
import { type Principal, systemPrincipal } from "./principal.ts";

/** What there is once functions run. */
interface Opened {
  readonly db: Database;
  readonly collections: Collections;
  readonly byCode: AccountsByCode;
  readonly storage: AppStorage;
}

/** What functions get of records: the doors that everybody passes, and who a user is. */
function functionAccess(opened: () => Opened): FunctionAccess {
  const user: FunctionAccess["user"] = async (name, id) => {
    const { db, collections } = opened();
    const catalog = collections.schema.catalog();
    const collection = catalog.get(name);
    const known = collection?.kind === "auth" ? await readAccount(db, catalog, collection, id) : null;
    if (!known) return null;
    const { key: _, ...account } = known;
    return { kind: "user", id, collection: name, session: "", ...account };
  };
  return {
    as: (principal) => opened().collections.as(principal),
    user,
    async account(name, id) {
      const found = await user(name, id);
      return found && { ...opened().collections.own(found), collection: name };
    },
  };
}

/** What functions may do with accounts; their depth travels with the events, so that a chain of them ends. */
function functionAccounts(opened: () => Opened): FunctionAccounts {
  const code = ({ name, depth }: { readonly name: string; readonly depth: number }) => ({
    name: `function ${name}`,
    principal: { ...systemPrincipal(`function ${name}`), depth },
  });
  return {
    verify: (token) => opened().byCode.verify(token),
    signIn: (by, collection, id) => opened().byCode.signIn(code(by), collection, id),
    signOut: (by, collection, id) => opened().byCode.signOut(code(by), collection, id),
    invite: (by, collection, email, role) => opened().byCode.invite(code(by), collection, email, role),
    sendPasswordReset: (collection, email) => opened().byCode.sendPasswordReset(collection, email),
    sendVerification: (collection, email) => opened().byCode.sendVerification(collection, email),
  };
}

/** Mails of functions, through the outbox. */
function functionMails(outbox: Outbox): FunctionMails {
  return {
    send(mail) {
      if (!outbox.enabled) throw new BakendError("unavailable", "No mails can be sent: no mailer is set.");
      if (!isEmailAddress(mail.to)) throw invalidField("to", "pattern", "must be one e-mail address");
      const size = mail.subject.length + mail.text.length + (mail.html?.length ?? 0);
      if (!outbox.post(async () => ({ name: "own", ...mail }), size))
        throw new BakendError("unavailable", "Too many mails wait to be sent; try again later.");
    },
  };
}

/** Files, as the system; addresses begin with `url`. */
function functionFiles(opened: () => Opened, access: FunctionAccess, url: string): FunctionFiles {
  const storage = () => opened().storage.storage;
  const as = ({ name, depth }: ByFunction): Principal => ({ ...systemPrincipal(`function ${name}`), depth });
  const find = (id: string) => storage().find(systemPrincipal("functions"), id);
  return {
    async put(by, { owner, visibility = "protected", body, ...file }) {
      if (owner && !(await access.user(owner.collection, owner.id)))
        throw invalidField("ownerId", "reference", "is the id of no account");
      const stream = new Blob([body]).stream();
      return storage().upload(as(by), { ...file, body: stream }, async () => ({ owner, visibility }));
    },
    get: (id) =>
      find(id).catch((error: unknown) => {
        if (error instanceof BakendError && error.code === "not_found") return null;
        throw error;
      }),
    async read(id, limit) {
      const file = await find(id);
      if (file.size > limit)
        throw new BakendError(
          "payload_too_large",
          `The file has ${file.size} bytes; at most ${limit} are read at once.`,
        );
      const { body } = await storage().open(file);
      return new Uint8Array(await new Response(body).arrayBuffer());
    },
    delete: (by, id) => storage().remove(as(by), id),
    async url(id, seconds) {
      const file = await find(id);
      const isOpen = file.visibility === "public" && seconds === undefined;
      const signed = isOpen ? file : await storage().sign(systemPrincipal("functions"), id, seconds);
      return `${url.replace(/\/$/, "")}${signed.url}`;
    },
  };
}

/** What functions need of the rest of the app. */
export function functionDeps({
  stopwatch,
  outbox,
  url,
  opened,
}: {
  stopwatch(): number;
  readonly outbox: Outbox;
  /** Where the API is. */
  readonly url: string;
  /** What there is once functions run. */
  opened(): Opened;
}): Pick<FunctionsDeps, "timers" | "access" | "accounts" | "mails" | "files" | "jobFault"> {
  const access = functionAccess(opened);
  return {
    timers: { now: stopwatch, set: (callback, ms) => setTimeout(callback, ms), clear: clearTimer },
    access,
    accounts: functionAccounts(opened),
    mails: functionMails(outbox),
    files: functionFiles(opened, access, url),
    jobFault,
  };
}
