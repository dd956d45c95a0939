import { bypassesRules } from "../../principal.ts";
import type { Caller } from "../access.ts";
import { isExpression } from "../rule-text.ts";
import type { Door } from "./door.ts";
import type { ExplainedGrant, ExplainedLeaf } from "./question.ts";
import type { RuleParts } from "./rule-parts.ts";

/** Why the door answered as it did, in words. `rows` are the row before the write and the one after it, or one of them. */
export function reasonOf(caller: Caller, rule: string | null, rows: readonly RuleParts[], door: Door): string {
  if (bypassesRules(caller.principal)) return door.code === null ? "admins pass every rule" : door.detail;
  if (door.code === null) return reasonToAllow(caller, rule, rows);
  if (!["unauthenticated", "forbidden", "not_found"].includes(door.code)) return door.detail;
  const denied = rows.find((one) => !isOpen(one));
  // the row is open: what was refused is a field, or something else that the door tells
  if (!denied) return door.detail;
  const failed = denied.shown.grants.map((grant) => `; ${nameOf(caller, grant)}, which ${verb(grant)}`);
  return `${ownReason(rule, denied, door)}${failed.join("")}`;
}

function isOpen({ own, shown }: RuleParts): boolean {
  return own === true || shown.grants.some(({ result }) => result === true);
}

/** Why the rule itself does not open the row. */
function ownReason(rule: string | null, { own, shown }: RuleParts, door: Door): string {
  if (rule === null) return "no rule is given: admins only, and whom a role grants it";
  if (rule === "admin") return "admins only, and whom a role grants it";
  if (!isExpression(rule)) return `${rule} is not granted to the caller here`;
  const unknown = shown.leaves.find(({ result }) => result === "unknown");
  if (unknown) return unknownReason(unknown);
  return own === false ? "the rule does not hold" : door.detail;
}

function unknownReason({ expression, missing = [] }: ExplainedLeaf): string {
  const why = missing.length === 0 ? "its @user value cannot be compared" : `${missing.join(" and ")} is empty`;
  return `${expression} is unknown: ${why}`;
}

function reasonToAllow(caller: Caller, rule: string | null, rows: readonly RuleParts[]): string {
  if (rule === "public") return "open to everybody";
  const reasons = new Set(rows.map((one) => openedBy(caller, rule, one)));
  const [first = "", second] = reasons;
  return second === undefined ? first : `before the change, ${first}; after it, ${second}`;
}

function openedBy(caller: Caller, rule: string | null, { own, shown }: RuleParts): string {
  if (own === true) return "the rule holds";
  const opening = shown.grants.find(({ result }) => result === true);
  const isRule = rule !== null && isExpression(rule);
  if (opening) return `${isRule && own !== null ? "the rule does not hold, but " : ""}${nameOf(caller, opening)}`;
  // without a row it is known only that some may be open
  const possible = shown.grants.filter(({ result }) => result === null).map((grant) => nameOf(caller, grant));
  return [...(own === null ? ["rows for which the rule holds"] : []), ...possible].join(", and ");
}

/** `the role editor grants posts.update where status = 'draft'`. */
function nameOf({ principal }: Caller, { role, permission, condition }: ExplainedGrant): string {
  const own = "role" in principal ? principal.role : "";
  const included = own === role ? "" : `, which ${own} includes,`;
  return `the role ${role}${included} grants ${permission}${condition === null ? "" : ` where ${condition}`}`;
}

function verb({ result, leaves }: ExplainedGrant): string {
  const unknown = leaves.find((leaf) => leaf.result === "unknown");
  if (result === "unknown" && unknown) return `is unknown (${unknownReason(unknown)})`;
  return result === null ? "could not be judged" : "does not hold";
}
