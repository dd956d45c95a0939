import { get, post, remove } from "../api/request.ts";
import type { Actor, Delivery, LoggedEvent } from "./types.ts";

type LogPage<T> = { readonly items: readonly T[]; readonly next: number | null };
type Place = string | number | undefined;

/** Which events are wanted; an empty text stands for all. */
export interface EventsWanted {
  /** A type or a family: `auth.login`, `auth.*`. */
  readonly type: string;
  /** The id of a record or an account. */
  readonly about: string;
  /** The id of an account or an API key. */
  readonly by: string;
}

/** What happened, the newest first. */
export const readEvents = ({ type, about, by }: EventsWanted, before: Place): Promise<LogPage<LoggedEvent>> =>
  get("/api/admin/events", { type: type.trim(), about: about.trim(), by: by.trim(), before });

/** What could not be delivered, the newest first. */
export const readDeliveries = (state: Delivery["state"], before: Place): Promise<LogPage<Delivery>> =>
  get("/api/admin/deliveries", { state, before });

/** Has a delivery that was given up be tried again. */
export const replay = (id: number): Promise<void> => post(`/api/admin/deliveries/${id}/replay`);

/** Forgets a delivery that was given up. */
export const forget = (id: number): Promise<void> => remove(`/api/admin/deliveries/${id}`);

/** Families that are there in every project; each collection has one of its own name. */
export const FAMILIES = ["auth.*", "job.*", "storage.*", "system.*"] as const;

/** What an event is about, in a word: the title, name or address of a record where it has one, otherwise an id. */
export function subjectOf(payload: unknown): string {
  if (typeof payload !== "object" || payload === null) return "";
  const { title, name, email, job, collection, role, id, user } = payload as Readonly<Record<string, unknown>>;
  const texts = [title, name, email, job, user === undefined ? collection : undefined, role, id, user];
  return String(texts.find((text) => typeof text === "string" && text !== "") ?? "");
}

/** Who did something, where it was neither an account nor a key: "the server". */
export function actorInWords(actor: Actor | null | undefined): string {
  if (actor === undefined) return "";
  if (actor === null || actor.kind === "system") return "the server";
  return actor.kind === "guest" ? "a guest" : actor.kind;
}
