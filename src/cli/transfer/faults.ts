import { BakendError } from "../../core/errors.ts";
import type { ErrorCode } from "../../protocol/index.ts";
import { CliError } from "../command.ts";

/** A record that cannot be imported. */
export interface FaultyRecord {
  readonly line: number;
  readonly reason: string;
  /** As the file has it. */
  readonly record: unknown;
}

/** The import ended at a faulty record. */
export class ImportStopped extends CliError {
  readonly fault: FaultyRecord;

  constructor(fault: FaultyRecord, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** Errors that one record is to blame for. All others (a full disk, a bug) end the import whatever was asked for. */
const BLAMES: ReadonlySet<ErrorCode> = new Set(["validation_failed", "conflict", "not_found", "bad_request"]);

/** What is wrong with a record, and which of those written together it is. */
export interface RecordFault {
  /** Undefined if the error does not say. */
  readonly index: number | undefined;
  readonly reason: string;
}

/** Reads an error of writing several records; undefined if no record is to blame. */
export function recordFault(error: unknown): RecordFault | undefined {
  if (!(error instanceof BakendError) || !BLAMES.has(error.code)) return undefined;
  const problems = error.errors ?? [];
  const place = /^(?:operations\.)?(\d+)(?:\.|$|:)/.exec(problems[0]?.field ?? error.message);
  const index = place?.[1] === undefined ? undefined : Number(place[1]);
  if (problems.length === 0) return { index, reason: plain(error.message) };
  const reasons = problems.map(({ field, message }) => `${plain(field)} ${message}`.trim());
  return { index, reason: reasons.join("; ") };
}

/** Without the place among the records that were written together. */
function plain(text: string): string {
  return text.replace(/^(operations\.)?\d+(\.data)?(\.|: |$)/, "");
}
