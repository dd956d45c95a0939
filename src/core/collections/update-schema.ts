import type { Schema, SchemaStatus } from "./schema.ts";

/** Where it is told what happens to definitions. */
export interface SchemaLog {
  info(message: string, fields: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
}

/** How often the schema is looked at anew because another process is bringing the same database up to date. */
const MAX_TURNS = 5;

/** Applies what is safe; whatever is not waits for a person, and the app goes on with what the database has. */
export async function updateSchema(
  schema: Schema,
  declared: readonly unknown[],
  mode: "auto" | "manual",
  log: SchemaLog,
): Promise<SchemaStatus> {
  for (let turn = 1; ; turn += 1) {
    const status = await schema.status(declared);
    const told = (): void => {
      for (const { words } of status.plan.warnings) log.warn("a rule reads a whole table", { rule: words });
    };
    const words = status.plan.steps.map((step) => step.words);
    if (status.settled || !status.safe || mode === "manual") {
      for (const text of status.drift) log.warn("definitions differ", { drift: text });
      told();
      if (words.length === 0) return status;
      const why = [...status.plan.losses.map((text) => `would lose ${text}`), ...status.plan.obstacles];
      log.warn("definitions are not applied: see bak migrate plan", { steps: words, why });
      return status;
    }
    try {
      await schema.apply(declared);
      if (words.length > 0) log.info("definitions applied", { steps: words });
      told();
      return { ...(await schema.status(declared)), plan: status.plan };
    } catch (error) {
      // a second process may have been faster: then there is something new to compare with
      if (turn === MAX_TURNS || !(await schema.refresh())) throw error;
    }
  }
}
