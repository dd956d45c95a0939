export type { Bindings } from "./bindings.ts";
export { type CompileOptions, compile, compileOperand, compileValues, type SqlFragment } from "./compile.ts";
export {
  ALWAYS,
  type Comparison,
  type Condition,
  type FunctionName,
  type Hop,
  isConstant,
  isMany,
  type Leaf,
  type Literal,
  NEVER,
  type Operand,
  type Operator,
  type PathOperand,
  typeOf,
} from "./condition.ts";
export { countComparisons } from "./count-comparisons.ts";
export { dependsOnNow } from "./depends.ts";
export { type LeafParts, leavesOf } from "./explain.ts";
export type { Expression, LiteralNode, OperandNode, PathNode, SortNode } from "./expression.ts";
export { farFields } from "./far-fields.ts";
export { linksOf } from "./links-of.ts";
export { isLocal, matches } from "./matches.ts";
export { ownFields } from "./own-fields.ts";
export { LIMITS, parseExpression, parseOperand, parseSort } from "./parser.ts";
export { reachOf } from "./reach.ts";
export type { RowData, RowSource } from "./reader.ts";
export type { ResolveOptions, Viewer } from "./resolution.ts";
export { resolve, resolveOperand, resolveValues } from "./resolve.ts";
export type { RuleSchema, SchemaCollection, SchemaField, ValueType } from "./schema.ts";
export { settle, settleOperand } from "./settle.ts";
export { and, isAlways, isNever, or } from "./simplify.ts";
export { userPathsIn } from "./user-paths.ts";
export { type WantedIndex, wantedIndexes } from "./wanted-index.ts";
