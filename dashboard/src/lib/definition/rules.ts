import type { Draft, Kind } from "./draft.ts";
import { newField } from "./draft.ts";

/** The actions that a rule can be about, and what each rule says, in a line. */
export const ACTIONS = {
  read: { label: "Read", about: "Who may list and view records. A list leaves out what the rule does not hold for." },
  list: { label: "List", about: "Which records a list shows." },
  view: { label: "View", about: "Which records may be looked at one by one." },
  create: { label: "Create", about: "Who may make a record; an expression is about the record as it would be." },
  update: { label: "Update", about: "Holds on the record as it is, and as it would be. @old is the one before." },
  delete: { label: "Delete", about: "Which records may be deleted." },
  join: { label: "Join", about: "Who may be in the record's realtime room." },
  send: { label: "Send", about: "Who may say something to the others in that room." },
} as const;

export type RuleAction = keyof typeof ACTIONS;

/** The rules that are shown: a view is only read; `read` stands for `list` and `view` unless they are apart. */
export function shownActions(kind: Kind, apart: boolean): readonly RuleAction[] {
  const reading: readonly RuleAction[] = apart ? ["list", "view"] : ["read"];
  return kind === "view" ? reading : [...reading, "create", "update", "delete", "join", "send"];
}

/** Whether list and view have rules of their own. */
export function isApart(permissions: Readonly<Record<string, string>>): boolean {
  return permissions.list !== undefined || permissions.view !== undefined;
}

/** Lets list and view have rules of their own, as `read` was; or brings them together, as the one for lists is. */
export function setApart(permissions: Readonly<Record<string, string>>, apart: boolean): Record<string, string> {
  const { read, list, view, ...rest } = permissions;
  const both = read ?? "";
  return apart ? { list: list ?? both, view: view ?? both, ...rest } : { read: list ?? both, ...rest };
}

const isReading = (action: RuleAction): boolean => action === "list" || action === "view";

/** The rule in force for an action, empty for none: `read` stands for list and view where they have none of their own. */
export function ruleOf(permissions: Readonly<Record<string, string>>, action: RuleAction): string {
  return permissions[action] ?? (isReading(action) ? permissions.read : undefined) ?? "";
}

/** The rules with another one for an action. One for list or view alone takes `read` apart, so that it says no more. */
export function withRule(
  permissions: Readonly<Record<string, string>>,
  action: RuleAction,
  rule: string,
): Record<string, string> {
  return { ...(isReading(action) ? setApart(permissions, true) : permissions), [action]: rule };
}

/** The paths under which the server speaks of a rule: of `read` it speaks as of what it stands for. */
export function pathsOfRule(action: RuleAction): readonly string[] {
  const actions = action === "read" ? ["read", "list", "view"] : [action];
  return actions.map((one) => `permissions.${one}`);
}

/** Rules to begin with. */
export interface Preset {
  readonly title: string;
  readonly about: string;
  readonly permissions: Readonly<Record<string, string>>;
}

const PRESETS: readonly Preset[] = [
  { title: "Admins only", about: "No rules: nobody else sees or changes anything.", permissions: {} },
  {
    title: "Everyone reads, owners change",
    about: "Everyone may read, signed-in users create, and each changes what is theirs.",
    permissions: { read: "public", create: "authenticated", update: "owner", delete: "owner" },
  },
  {
    title: "Private to each owner",
    about: "Signed-in users create, and each sees and changes only what is theirs.",
    permissions: { read: "owner", create: "authenticated", update: "owner", delete: "owner" },
  },
  {
    title: "Shared by signed-in users",
    about: "Whoever is signed in reads, creates, changes and deletes.",
    permissions: { read: "authenticated", create: "authenticated", update: "authenticated", delete: "authenticated" },
  },
  {
    title: "Everyone reads, admins write",
    about: "Open to everyone; only admins change anything.",
    permissions: { read: "public" },
  },
];

const OWN_ACCOUNT = "id = @user.id";

const ACCOUNT_PRESETS: readonly Preset[] = [
  { title: "Admins only", about: "Nobody else sees or changes accounts.", permissions: {} },
  {
    title: "Each their own account",
    about: "Whoever is signed in sees and changes their own account.",
    permissions: { read: OWN_ACCOUNT, update: OWN_ACCOUNT, delete: OWN_ACCOUNT },
  },
];

const VIEW_PRESETS: readonly Preset[] = [
  { title: "Admins only", about: "Nobody else reads it.", permissions: {} },
  { title: "Everyone reads", about: "Open to everyone.", permissions: { read: "public" } },
  { title: "Signed-in users read", about: "Whoever is signed in reads.", permissions: { read: "authenticated" } },
];

/** The presets that make sense for a kind of collection. */
export function presetsFor(kind: Kind): readonly Preset[] {
  return { base: PRESETS, auth: ACCOUNT_PRESETS, view: VIEW_PRESETS }[kind];
}

const OWNER_NAMES = ["owner", "author", "user"];

/** The relations that can say whose a record is. */
export function ownerFields(draft: Draft): readonly string[] {
  return draft.fields
    .filter(({ definition }) => definition.type === "relation" && definition.many !== true && definition.name !== "")
    .map(({ definition }) => definition.name);
}

/** The relation that `owner` means, or null where none does. */
export function ownerOf(draft: Draft): string | null {
  const fields = ownerFields(draft);
  return draft.owner || (OWNER_NAMES.find((name) => fields.includes(name)) ?? null);
}

/** Takes over a preset. One that speaks of owners needs a relation to accounts: it is added where there is none. */
export function applyPreset(draft: Draft, { permissions }: Preset, accounts = "users"): void {
  draft.permissions = { ...permissions };
  if (!Object.values(permissions).includes("owner") || ownerOf(draft) !== null) return;
  const free = !draft.fields.some(({ definition }) => definition.name === "owner");
  const name = free ? "owner" : "ownedBy";
  const field = newField();
  field.definition = { name, type: "relation", collection: accounts, default: "@user.id", immutable: true };
  draft.fields.push(field);
  if (!free) draft.owner = name;
}
