import type { GuestLevel } from "./messages.ts";

/** Where functions log to. */
export type Logger = Readonly<
  Record<GuestLevel, (message: string, fields?: Readonly<Record<string, unknown>>) => void>
>;
