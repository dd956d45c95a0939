import type { Operand } from "./condition.ts";
import { FUNCTIONS } from "./functions.ts";
import { pathSource, type Source } from "./path-source.ts";
import type { Writer } from "./writer.ts";

/** The values of an operand, in SQL, for the row that `row` (a quoted alias) names. The operand must be settled. */
export function sourceOf(writer: Writer, row: string, operand: Operand): Source {
  switch (operand.kind) {
    case "path":
      return pathSource(writer, row, operand);
    case "call":
      return FUNCTIONS[operand.name].source({ writer, row, of: (inner) => sourceOf(writer, row, inner) }, operand.args);
    case "literal": {
      const { value, type } = operand;
      if (typeof value === "object" && value !== null) break;
      return { every: false, term: { type, value: () => writer.bind(value) } };
    }
  }
  throw new Error(`a ${operand.kind} operand cannot be compiled here; is the condition settled?`);
}
