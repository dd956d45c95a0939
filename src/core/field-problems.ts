import type { z } from "zod";
import type { FieldErrorCode, FieldProblem } from "../protocol/index.ts";

/** Told of each fault of a definition, with the path of what is at fault. */
export type Report = (path: string, code: FieldErrorCode, message: string) => void;

const CODES: Readonly<Record<string, FieldErrorCode>> = {
  invalid_type: "type",
  too_small: "min",
  too_big: "max",
  invalid_format: "pattern",
  invalid_value: "enum",
  invalid_union: "enum",
};

/** The fields that a schema found at fault; `whole` names the value itself. */
export function fieldProblems(issues: readonly z.core.$ZodIssue[], whole: string): readonly FieldProblem[] {
  return issues.flatMap((issue): readonly FieldProblem[] => {
    const at = issue.path.map(String);
    if (issue.code !== "unrecognized_keys")
      return [{ field: at.join(".") || whole, code: CODES[issue.code] ?? "type", message: issue.message }];
    return issue.keys.map((key) => ({
      field: [...at, key].join("."),
      code: "unknown_field",
      message: "is not known here",
    }));
  });
}
