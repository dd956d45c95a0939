export { explainAccess } from "./explain.ts";
export type { ExplainedGrant, ExplainedLeaf, ExplainedRule, Explanation, Question, Who } from "./question.ts";
