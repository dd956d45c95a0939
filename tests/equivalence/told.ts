import type { Heard } from "../support/app.ts";
import type { Message } from "../support/realtime.ts";
import type { Drawn, Project } from "./random-project.ts";
import { type Agree, canonical } from "./verdicts.ts";
import type { Row } from "./world.ts";

/** What requests show somebody of all collections, by collection and id. */
export type Shown = ReadonlyMap<string, Row>;
/** What somebody narrows collections by, in requests and in subscriptions. */
export type Filters = ReadonlyMap<string, string>;

/** What somebody was told of one deletion, and could know. */
export interface Telling {
  readonly project: Project;
  readonly filters: Filters;
  /** All that came over the subscriptions, each of which is called as its collection. */
  readonly messages: readonly Message[];
  readonly heard: readonly Heard[];
  readonly before: Shown;
  readonly after: Shown;
  /** Whether the deletion may have changed what somebody may do: subscriptions may have ended then. */
  readonly mayEnd: boolean;
}

/** What must be told: what went of that which was shown before, as it was, and what is there and is shown no longer. */
function owedOf({ heard, before, after }: Telling): readonly string[] {
  const owed = heard.flatMap(({ event }) => {
    const [name = "", action] = event.type.split(".");
    const key = `${name}/${(event.payload as Row).id}`;
    const was = before.get(key);
    if (was && action === "deleted") return [`${name} deleted ${canonical(was)}`];
    return was && action === "updated" && !after.has(key) ? [`${name} leave ${key}`] : [];
  });
  return [...new Set(owed)].sort();
}

/** The same of what was told. */
function toldOf({ messages }: Telling): readonly string[] {
  const leaves = messages.flatMap((one) =>
    one.type === "leave" ? one.ids.map((id: string) => `${id} leave ${one.collection}/${one.record.id}`) : [],
  );
  const deletions = messages.flatMap((one) =>
    one.type === "event" && one.event.type.endsWith(".deleted")
      ? one.ids.map((id: string) => `${id} deleted ${canonical(one.event.payload)}`)
      : [],
  );
  // of a record that one deletion changes several times it may be said several times
  return [...new Set(leaves), ...deletions].sort();
}

/** Whether the rule for a collection asks for something; a filter leads only to what other rules let be seen, so they count, too. */
function asksFor(what: string, { project, filters }: Telling, { name, read }: Drawn): boolean {
  const rules = filters.has(name) ? project.collections.map((one) => one.read) : [read];
  return rules.some((rule) => rule.includes(what));
}

/** Compares what was told with what is owed, collection by collection; returns how much was told. */
export function compare(telling: Telling, door: string, agree: Agree): number {
  const { project, filters, messages, mayEnd } = telling;
  const [told, owed] = [toldOf(telling), owedOf(telling)];
  const has = (type: Message["type"], id: string): boolean =>
    messages.some((one) => one.type === type && one.id === id);
  for (const one of project.collections) {
    const { name, read } = one;
    const about = { read, filter: filters.get(name) };
    const isOpened = has("subscribed", name);
    const isOver = has("error", name) || has("reset", name);
    if (!mayEnd) agree(`${door} ${name} ended`, isOpened && isOver, false, about);
    const ofThis = (line: string): boolean => line.startsWith(`${name} `);
    // no event holds hidden fields
    const mayMiss = (mayEnd && isOver) || asksFor("secret", telling, one);
    const due = owed.filter((line) => ofThis(line) && (told.includes(line) || !mayMiss));
    agree(`${door} ${name}`, told.filter(ofThis), due, about);
  }
  return told.length;
}
