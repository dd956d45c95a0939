import { ApiError } from "../../../../sdk/javascript/index.ts";
import { request } from "../api/request.ts";
import type { CollectionDefinition } from "../api/types.ts";
import { catalog } from "../state/catalog.svelte.ts";
import { messageOf } from "../state/notices.svelte.ts";
import type { ChangePlan, RuleWarning } from "./answers.ts";
import { definitionOf, draftOf, fileText, newDraft } from "./draft.ts";
import { type DefinitionProblem, draftProblems } from "./problems.ts";
import { readDefinition } from "./read-definition.ts";

/** A definition while it is edited, by a form or as JSON, and what the server thinks of it. */
export class Editing {
  /** What is in the database; null for a new collection. */
  stored = $state.raw<CollectionDefinition | null>(null);
  draft = $state(newDraft());
  tab = $state<"form" | "json">("form");
  /** The definition as JSON, in that tab. */
  text = $state("");
  /** What keeps the text from being a definition. */
  textFault = $state("");
  warnings = $state.raw<readonly RuleWarning[]>([]);
  /** What the server said that is about no single place. */
  said = $state("");
  /** Whether somebody wanted to go on, so that what is missing is told too. */
  tried = $state(false);
  #answered = $state.raw<readonly DefinitionProblem[]>([]);
  #asked = 0;
  /** The definition that the server has last judged in full: what it said of that one is not asked again. */
  #judged = "";
  /** What the draft was at first, to tell whether anything was changed. */
  #first = $state("");

  constructor(stored: CollectionDefinition | null) {
    this.load(stored);
  }

  /** Begins anew from what is in the database. */
  load(stored: CollectionDefinition | null): void {
    this.stored = stored;
    this.draft = stored === null ? newDraft() : draftOf(stored, stored);
    this.#first = fileText(definitionOf(this.draft));
    this.text = this.#first;
    this.textFault = "";
    this.#answered = [];
    this.#judged = "";
    this.said = "";
    this.tried = false;
  }

  /** The definition as it is now; null while the text is none. */
  readonly definition = $derived.by((): CollectionDefinition | null => {
    if (this.tab === "form") return definitionOf(this.draft);
    try {
      return readDefinition(this.text);
    } catch {
      return null;
    }
  });

  readonly changed = $derived(this.tab === "json" && this.definition === null ? true : this.#isChanged());

  #isChanged(): boolean {
    return this.definition !== null && fileText(this.definition) !== this.#first;
  }

  readonly #own = $derived(
    this.tab === "form"
      ? draftProblems(
          this.draft,
          catalog.collections.map(({ name }) => name),
        )
      : [],
  );

  /** Whether something is wrong that needs no server to tell. */
  readonly incomplete = $derived(this.#own.length > 0 || this.definition === null);

  /** What is wrong; what is only missing is told once somebody wanted to go on. */
  readonly problems = $derived([...this.#own.filter(({ missing }) => this.tried || !missing), ...this.#answered]);

  /** Goes to the other tab, with what was changed here. A text that is no definition has to be mended first. */
  show(tab: "form" | "json"): void {
    if (tab === this.tab) return;
    if (tab === "json") {
      this.text = fileText(definitionOf(this.draft));
      this.tab = tab;
      return;
    }
    try {
      this.draft = draftOf(readDefinition(this.text), this.stored);
      this.textFault = "";
      this.tab = tab;
    } catch (error) {
      this.textFault = messageOf(error);
    }
  }

  /** Takes over a text, and says what keeps it from being a definition. */
  write(text: string): void {
    this.text = text;
    try {
      readDefinition(text);
      this.textFault = "";
    } catch (error) {
      this.textFault = messageOf(error);
    }
  }

  /** Asks the server what it thinks of the definition, and keeps the answer where it belongs. Never throws. */
  async check(): Promise<void> {
    if (this.definition !== null && fileText(this.definition) === this.#judged) return;
    const ask = ++this.#asked;
    if (this.incomplete) {
      this.#answered = [];
      return;
    }
    const [problems, said, plan] = await this.#send({ dryRun: true }).then(
      (found) => [[], "", found] as const,
      (error: unknown) => [error instanceof ApiError ? error.fields : [], messageOf(error), null] as const,
    );
    if (ask !== this.#asked) return;
    this.#answered = problems;
    this.said = problems.length > 0 ? "" : said;
    this.warnings = plan?.warnings ?? [];
  }

  /**
   * What would be done; null where something has to be mended first, which is then told at its place. Changes nothing.
   */
  async plan(): Promise<ChangePlan | null> {
    this.tried = true;
    if (this.incomplete) return null;
    return this.#keepingProblems(() => this.#send({ dryRun: true }));
  }

  /** Does it; null where the server refused, which is then told. */
  async apply(allowDataLoss: boolean): Promise<ChangePlan | null> {
    this.tried = true;
    if (this.incomplete) return null;
    const done = await this.#keepingProblems(() => this.#send({ allowDataLoss }));
    if (done?.collection) this.load(done.collection);
    return done;
  }

  async #keepingProblems(send: () => Promise<ChangePlan>): Promise<ChangePlan | null> {
    this.#asked += 1;
    this.#judged = this.definition === null ? "" : fileText(this.definition);
    try {
      const plan = await send();
      this.#answered = [];
      this.said = "";
      this.warnings = plan.warnings;
      return plan;
    } catch (error) {
      this.#answered = error instanceof ApiError ? error.fields : [];
      this.said = this.#answered.length > 0 ? "" : messageOf(error);
      return null;
    }
  }

  #send(flags: { dryRun?: boolean; allowDataLoss?: boolean }): Promise<ChangePlan> {
    const body = this.definition;
    const query = { dryRun: flags.dryRun || undefined, allowDataLoss: flags.allowDataLoss || undefined };
    if (this.stored === null) return request("POST", "/api/admin/collections", { body, query });
    return request("PUT", `/api/admin/collections/${encodeURIComponent(body?.name ?? "")}`, { body, query });
  }
}
