import type { ErrorCode, FieldProblem, Problem } from "../../src/protocol/index.ts";

/** An answer that is not a success: what RFC 9457 says of it, or that there was none (`status` 0, `code` "none"). */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: ErrorCode | "none";
  /** The fields at fault, by their paths in what was sent. */
  readonly fields: readonly FieldProblem[];
  /** All that the answer said. */
  readonly problem: Partial<Problem>;
  /** Milliseconds after which to ask again, where the server said so. */
  readonly retryAfter: number | null;

  constructor(status: number, problem: Partial<Problem>, retryAfter: number | null = null, cause?: unknown) {
    super(problem.detail ?? problem.title ?? "The server does not answer.", { cause });
    this.status = status;
    this.problem = problem;
    this.code = problem.code ?? "none";
    this.fields = problem.errors ?? [];
    this.retryAfter = retryAfter;
  }
}
