import type { Draft } from "./draft.ts";

/** Something wrong with a definition; `field` is its path (`name`, `fields.0.name`, `permissions.update`). */
export interface DefinitionProblem {
  readonly field: string;
  readonly message: string;
  /** True for what is only not filled in yet: not said before somebody wants to go on. */
  readonly missing?: boolean;
}

const NAME = /^[a-z][A-Za-z0-9_]{0,62}$/;
const NAME_RULE = "must be a lower-case letter, then up to 62 letters, digits or underscores";

/** What is wrong with a name of a collection or field; null for nothing. */
export function nameFault(name: string): string | null {
  return NAME.test(name) ? null : NAME_RULE;
}

/** What can be told without asking the server. */
export function draftProblems(draft: Draft, taken: readonly string[]): readonly DefinitionProblem[] {
  const found: DefinitionProblem[] = [...nameProblems("name", draft.name)];
  const folded = draft.name.toLowerCase();
  if (folded !== draft.was?.toLowerCase() && taken.some((name) => name.toLowerCase() === folded))
    found.push({ field: "name", message: `there is a collection ${draft.name} already` });
  if (draft.kind === "view" && draft.query.trim() === "")
    found.push({ field: "query", message: "a view needs a query", missing: true });
  const seen = new Set<string>();
  draft.fields.forEach(({ definition }, index) => {
    const at = `fields.${index}`;
    found.push(...nameProblems(`${at}.name`, definition.name));
    const name = definition.name.toLowerCase();
    if (name !== "" && seen.has(name))
      found.push({ field: `${at}.name`, message: `there is a field ${definition.name} already` });
    seen.add(name);
    if (definition.type === "relation" && !definition.collection)
      found.push({ field: `${at}.collection`, message: "choose where it points to", missing: true });
    if (definition.type === "select" && !(Array.isArray(definition.options) && definition.options.length > 0))
      found.push({ field: `${at}.options`, message: "give at least one option", missing: true });
  });
  return found;
}

function nameProblems(field: string, name: string): readonly DefinitionProblem[] {
  if (name === "") return [{ field, message: "give it a name", missing: true }];
  const message = nameFault(name);
  return message === null ? [] : [{ field, message }];
}

/** The messages about a path, and about what is below it. */
export function messagesAt(problems: readonly DefinitionProblem[], path: string): readonly string[] {
  const about = problems.filter(({ field }) => field === path || field.startsWith(`${path}.`));
  return [...new Set(about.map(({ message }) => message))];
}

/** Problems that no part of the form stands for. */
export function elsewhere(problems: readonly DefinitionProblem[]): readonly DefinitionProblem[] {
  return problems.filter(({ field }) => !/^(name|query|(fields|indexes|permissions)\..+)$/.test(field));
}
