import type { MigrationPlan, SchemaStatus } from "../../core/collections/index.ts";

/** Steps for people, each with its SQL if that is wanted. */
export function stepLines({ steps }: Pick<MigrationPlan, "steps">, sql: boolean): string {
  return steps
    .map((step, index) => {
      const statements = sql ? step.sql.map((text) => `       ${text};\n`).join("") : "";
      return `  ${String(index + 1).padStart(2)}. ${step.words}\n${statements}`;
    })
    .join("");
}

/** What keeps a plan from being applied, and what would undo that. Empty if nothing does. */
export function refusalLines({ plan, drift, safe }: SchemaStatus, allowDataLoss: boolean): string {
  const conflicts = safe ? [] : drift.filter((text) => text.includes("both in its file"));
  const losses = allowDataLoss ? [] : plan.losses;
  const parts = [
    ...conflicts.map((text) => `${text}: --force takes the files, "bak migrate pull" takes the database`),
    ...plan.obstacles.map((text) => `it cannot be done: ${text}`),
    ...losses.map((text) => `it would lose ${text}: --allow-data-loss does it`),
  ];
  return parts.map((text) => `  ! ${text}\n`).join("");
}

/** What works, and could be better. Empty if there is nothing of the kind. */
export function warningLines({ warnings }: Pick<MigrationPlan, "warnings">): string {
  return warnings.length === 0 ? "" : `Warnings:\n${warnings.map(({ words }) => `  - ${words}\n`).join("")}`;
}
