import type { DatabaseFault, Outcome, Result, SqlValue, Statement } from "../../core/database/index.ts";
import type { SessionOptions } from "./open-session.ts";

/**
 * What crosses to the thread and back, as JSON text: strings cross about twice as fast as structured clones.
 * Requests are answered in the order in which they were sent; an answer is a JSON array of `WireOutcome`.
 */
export type WireRequest =
  | { readonly call: "open"; readonly path: string; readonly options: SessionOptions }
  | { readonly call: "run" | "batch" | "group" | "alter"; readonly batches: WireBatches; readonly texts: WireTexts }
  | { readonly call: "close" };

/** A statement whose text is given by its number. */
export type WireStatement = readonly [text: number, params: readonly SqlValue[], expect?: number];

/** A batch is an array of statements; `run`, `batch` and `alter` send one. */
export type WireBatches = readonly (readonly WireStatement[])[];

/** Texts not sent before. The first of them has the number `from`; those at and after it are forgotten. */
export interface WireTexts {
  readonly from: number;
  readonly added: readonly string[];
}

/** Turns statements into their wire form, remembering which texts the other side knows. */
export interface WireEncoder {
  encode(batches: readonly (readonly Statement[])[]): { readonly batches: WireBatches; readonly texts: WireTexts };
  /** Starts anew, after a message that was encoded but not sent. */
  forget(): void;
}

/** The other side of a `WireEncoder`. Every message must be decoded, in order. */
export interface WireDecoder {
  decode(batches: WireBatches, texts: WireTexts): readonly (readonly Statement[])[];
}

/** Texts remembered before both sides start anew: callers' filters make new ones without end. */
const TEXTS_REMEMBERED = 2000;

/** Makes the sending side. */
export function createWireEncoder(): WireEncoder {
  const numbers = new Map<string, number>();
  return {
    forget: () => numbers.clear(),
    encode(batches) {
      if (numbers.size >= TEXTS_REMEMBERED) numbers.clear();
      const from = numbers.size;
      const added: string[] = [];
      const numberOf = (sql: string): number => {
        const known = numbers.get(sql);
        if (known !== undefined) return known;
        const number = numbers.size;
        numbers.set(sql, number);
        added.push(sql);
        return number;
      };
      const wire = batches.map((statements) =>
        statements.map(({ sql, params, expect }): WireStatement => {
          return expect === undefined ? [numberOf(sql), params] : [numberOf(sql), params, expect];
        }),
      );
      return { batches: wire, texts: { from, added } };
    },
  };
}

/** Makes the receiving side. */
export function createWireDecoder(): WireDecoder {
  const known: string[] = [];
  return {
    decode(batches, texts) {
      known.length = texts.from;
      known.push(...texts.added);
      return batches.map((statements) =>
        statements.map(([text, params, expect]): Statement => {
          const sql = known[text] ?? "";
          return expect === undefined ? { sql, params } : { sql, params, expect };
        }),
      );
    },
  };
}

/** The results of a batch, or its fault. A result without rows, as nearly all are, is its number of changes. */
type WireOutcome = readonly (number | Result)[] | DatabaseFault;

/** Writes an answer. */
export function formatAnswer(outcomes: readonly Outcome[]): string {
  const wire = outcomes.map(({ results, fault }): WireOutcome => {
    if (results === undefined) return fault;
    return results.map((result) => (result.rows.length === 0 ? result.changes : result));
  });
  return JSON.stringify(wire);
}

/** Reads an answer. */
export function parseAnswer(message: string): readonly Outcome[] {
  const wire: readonly WireOutcome[] = JSON.parse(message);
  return wire.map((outcome) => ("map" in outcome ? { results: outcome.map(resultOf) } : { fault: outcome }));
}

function resultOf(result: number | Result): Result {
  if (typeof result !== "number") return result;
  return WITHOUT_ROWS[result] ?? { rows: NO_ROWS, changes: result };
}

const NO_ROWS: Result["rows"] = Object.freeze([]);
/** By the number of changes. */
const WITHOUT_ROWS: readonly Result[] = [0, 1].map((changes) => Object.freeze({ rows: NO_ROWS, changes }));
