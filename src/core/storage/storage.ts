import { isUuid } from "../../tools/index.ts";
import {
  type FileDoor,
  type FileOwner,
  fileUrl,
  insertFile,
  noSuchFile,
  type StoredFile,
  type Visibility,
} from "../collections/index.ts";
import type { Database, Statement } from "../database/index.ts";
import { BakendError, invalidField } from "../errors.ts";
import { type EventBus, type EventLog, whoIs } from "../events/index.ts";
import { type Principal, systemPrincipal } from "../principal.ts";
import { createBelonging } from "./belonging.ts";
import type { BlobStore, ByteRange, StoredBlob } from "./blob-store.ts";
import { cleanFilename } from "./file-name.ts";
import { createFileRows, type FileQuery, type FileUsage } from "./file-rows.ts";
import { lookAt } from "./incoming.ts";
import { mediaTypeOf } from "./media-type.ts";
import { createSigner, type SignedUrl } from "./signer.ts";
import { sweep } from "./sweep.ts";

/** A file on its way in. */
export interface IncomingFile {
  /** As it was sent. */
  readonly filename: string;
  readonly mimeType: string | undefined;
  readonly body: ReadableStream<Uint8Array>;
}

/** What else is said of a file. */
export interface FileDetails {
  /** `protected` unless said. */
  readonly visibility?: Visibility;
  /** Whose it is; the caller's unless said. */
  readonly owner?: FileOwner | null;
}

/** The parts of a signed address. */
export interface Signature {
  readonly expires: string;
  readonly signature: string;
}

/** Files: what is known of them in the database, their bytes in a blob store. Methods throw `BakendError`. */
export interface Storage {
  /** Bytes of a file, at most. */
  readonly limit: number;
  /** @throws BakendError `unauthenticated`, `forbidden` for whoever may not upload */
  admit(principal: Principal): void;
  /**
   * Takes a file in, as it comes. Its bytes are safe before anything tells of it, and nothing is left of one that fails. `rest`
   * is asked once the bytes are there: what follows them in a form.
   * @throws BakendError `payload_too_large` as soon as it has too many bytes, and what `admit` throws
   */
  upload(principal: Principal, file: IncomingFile, rest?: () => Promise<FileDetails>): Promise<StoredFile>;
  /** What is known of a file. @throws BakendError `not_found` for what is not there or may not be read */
  find(principal: Principal, id: string): Promise<StoredFile>;
  /** The same for whoever has a signed address; null for one that is not good, or no longer. */
  findSigned(id: string, signature: Signature): Promise<StoredFile | null>;
  /** The bytes of a file that was found. @throws BakendError `not_found` */
  open(file: StoredFile, range?: ByteRange): Promise<StoredBlob>;
  /** An address that opens a file to whoever has it. @throws BakendError `not_found` for what the caller may not read, `validation_failed` */
  sign(principal: Principal, id: string, seconds?: number): Promise<SignedUrl>;
  /** @throws BakendError `not_found`, `unauthenticated`, `forbidden`, `conflict` if a record must have it */
  remove(principal: Principal, id: string): Promise<void>;
  /** All files, for admins; the newest first. */
  list(query: FileQuery): Promise<readonly StoredFile[]>;
  /** How much there is, of one account or of all. */
  usage(owner?: string): Promise<FileUsage>;
  /** Deletes bytes that nothing tells of, until it is over. Resolves to the number of files that they were; null if it is not ours to say. */
  sweep(isOver?: () => boolean): Promise<number | null>;
}

/** What storage is made of. */
export interface StorageDeps {
  readonly db: Database;
  readonly events: EventBus;
  /** Keeps events with what they tell of; null where they are only emitted. */
  readonly log: EventLog | null;
  readonly blobs: BlobStore;
  readonly files: FileDoor;
  /** Who may upload, beside those whom a role grants it. */
  readonly uploads: "public" | "authenticated" | "admin";
  readonly limit: number;
  /** A keyed digest. */
  digest(text: string): string;
  /** Told what went wrong behind somebody's back. */
  onError(message: string, id: string, error: unknown): void;
  newId(): string;
  /** Milliseconds since 1970. */
  now(): number;
  timestamp(): string;
}

const SYSTEM = systemPrincipal("storage");

/** Seconds for which a signed address is good. */
const SIGNED = { default: 3600, max: 7 * 24 * 3600 };

/** Makes the storage of an app. */
export function createStorage(deps: StorageDeps): Storage {
  const { db, blobs, files, uploads, limit, newId, now, timestamp } = deps;
  const signer = createSigner(deps.digest, now);
  const rows = createFileRows(db);
  const belonging = createBelonging(db, blobs, newId);
  const underWay = new Set<string>();

  const admit: Storage["admit"] = (principal) => {
    if (uploads === "public" || files.mayWithAll(principal, "upload")) return;
    if (principal.kind === "anonymous") throw new BakendError("unauthenticated", "Sign in to upload files.");
    if (uploads === "admin" || !files.isInScope(principal, "upload"))
      throw new BakendError("forbidden", "You may not upload files.");
  };

  const find: Storage["find"] = async (principal, id) => {
    const file = isUuid(id) ? await files.find(principal, id) : null;
    if (!file) throw noSuchFile(id);
    return file;
  };

  /** What keeps the event of a change with the change, and the way to tell of it once both are committed. */
  const eventOf = (principal: Principal, what: "uploaded" | "deleted", file: StoredFile) => {
    const { id, mimeType, size, visibility, ownerId } = file;
    const event = deps.events.prepare(`storage.${what}`, { id, mimeType, size, visibility, ownerId }, "storage");
    const detail = whoIs(principal);
    const statements: readonly Statement[] = deps.log ? [deps.log.insert(event, detail)] : [];
    return { statements, publish: () => deps.events.publish(event, detail) };
  };

  const discard = (id: string): Promise<void> =>
    blobs.delete(id).catch((error: unknown) => deps.onError("the bytes of a file could not be deleted", id, error));

  /** Keeps the bytes of a file; nothing is left of them if that, or what is asked after it, fails. */
  const takeIn = async (id: string, file: IncomingFile, rest?: () => Promise<FileDetails>) => {
    const { mimeType: said = "application/octet-stream", body } = file;
    try {
      await belonging.claim();
      const incoming = lookAt(body, limit);
      await blobs.put(id, incoming.body, { mimeType: said });
      const { size, checksum, head } = incoming.passed();
      return { mimeType: mediaTypeOf(said, head), size, checksum, ...(await rest?.()) };
    } catch (error) {
      await discard(id);
      throw error;
    }
  };

  return {
    limit,
    admit,
    async upload(principal, file, rest) {
      admit(principal);
      const id = newId();
      underWay.add(id);
      try {
        // 1. the bytes, and what else is said of them
        const { visibility = "protected", owner = ownerOf(principal), ...facts } = await takeIn(id, file, rest);
        // 2. the row that tells of them; where nobody can say whether it was written, a sweep finds out
        const known = { id, filename: cleanFilename(file.filename), ...facts, visibility };
        const stored = { ...known, ownerId: owner?.id ?? null, createdAt: timestamp(), url: fileUrl(id) };
        const told = eventOf(principal, "uploaded", stored);
        await db.write([insertFile(stored, owner), ...told.statements]);
        told.publish();
        return stored;
      } finally {
        underWay.delete(id);
      }
    },
    find,
    async findSigned(id, { expires, signature }) {
      if (!isUuid(id) || !signer.opens(id, expires, signature)) return null;
      return files.find(SYSTEM, id);
    },
    async open({ id }, range) {
      const blob = await blobs.get(id, range);
      if (blob) return blob;
      deps.onError("the bytes of a file are missing", id, null);
      throw noSuchFile(id);
    },
    async sign(principal, id, seconds = SIGNED.default) {
      await find(principal, id);
      if (seconds < 1) throw invalidField("expiresIn", "min", "must be at least 1");
      if (seconds > SIGNED.max) throw invalidField("expiresIn", "max", `must be at most ${SIGNED.max}`);
      return signer.sign(id, seconds);
    },
    async remove(principal, id) {
      if (!isUuid(id)) throw noSuchFile(id);
      let told = NOTHING_TOLD;
      await files.remove(principal, id, (file) => {
        const { statements, publish } = eventOf(principal, "deleted", file);
        told = publish;
        return statements;
      });
      told();
      // the row is gone, so nothing leads to the bytes; what is left of them goes with the next sweep
      await discard(id);
    },
    list: rows.list,
    usage: rows.usage,
    sweep: (isOver = () => false) =>
      sweep({ blobs, rows, belonging, isUnderWay: (id) => underWay.has(id), now }, isOver),
  };
}

const NOTHING_TOLD = (): void => undefined;

function ownerOf(principal: Principal): FileOwner | null {
  return principal.kind === "user" ? { id: principal.id, collection: principal.collection } : null;
}
