import { describeError } from "./app-defaults.ts";
import type { AppOptions } from "./app-interface.ts";
import type { Auth } from "./auth/index.ts";
import type { Collections } from "./collections/index.ts";
import type { Config } from "./config/index.ts";
import { BakendError } from "./errors.ts";
import type { Every } from "./events/index.ts";
import type { Logger } from "./logging/index.ts";
import { adminStorageRoutes, type Route, storageRoutes } from "./server/index.ts";
import { type BlobStore, createStorage, createVariants, type Storage, type StorageDeps } from "./storage/index.ts";

/** What the storage of an app is made of, beside what it shares with the rest. */
export interface AppStorageDeps extends Pick<StorageDeps, "db" | "events" | "log" | "newId" | "now" | "timestamp"> {
  readonly blobs: AppOptions["blobs"];
  readonly images: AppOptions["images"];
  readonly collections: Pick<Collections, "files">;
  readonly auth: Pick<Auth, "digest">;
  readonly config: Pick<Config, "uploads" | "limits">;
  readonly logger: Logger;
  every: Every;
}

/** The storage of an app, and what keeps it clean. */
export interface AppStorage {
  readonly storage: Storage;
  readonly routes: readonly Route[];
  /** Resolves when no sweep is under way. */
  idle(): Promise<void>;
  /** Sweeps no more, and resolves when none is under way. */
  stop(): Promise<void>;
}

/** Milliseconds between two sweeps. */
const SWEEP_EVERY = 24 * 60 * 60_000;

/** Opens the storage of an app. It is swept now, and then daily. */
export function openAppStorage(deps: AppStorageDeps): AppStorage {
  const { blobs = NO_BLOBS, images, config, logger, every, collections, auth } = deps;
  const { uploads, limits } = config;
  const storage = createStorage({
    ...deps,
    ...{ blobs, uploads, limit: limits.upload, files: collections.files, digest: auth.digest },
    onError: (message, id, error) => logger.error(message, { file: id, error: describeError(error) }),
  });
  let over = false;
  let sweeping: Promise<void> = Promise.resolve();
  const sweep = (): void => {
    sweeping = sweeping.then(async () => {
      try {
        const swept = await storage.sweep(() => over);
        if (swept === null) logger.warn("storage belongs to another database: nothing is swept");
        else if (swept > 0) logger.info("bytes that no file tells of were deleted", { files: swept });
      } catch (error) {
        logger.warn("storage could not be swept", { error: describeError(error) });
      }
    });
  };
  if (deps.blobs) sweep();
  const stop = deps.blobs ? every(SWEEP_EVERY, sweep) : () => undefined;
  return {
    storage,
    routes: [...storageRoutes(storage, createVariants(images, storage.open), limits), ...adminStorageRoutes(storage)],
    idle: () => sweeping,
    stop() {
      over = true;
      stop();
      return sweeping;
    },
  };
}

/** Takes nothing, and has nothing. */
const NO_BLOBS: BlobStore = {
  put: () => Promise.reject(noBlobs()),
  get: () => Promise.reject(noBlobs()),
  delete: () => Promise.resolve(),
  async *list() {},
};

function noBlobs(): BakendError {
  return new BakendError("unavailable", "Files need a place: give createApp one as `blobs`.");
}
