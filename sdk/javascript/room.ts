import type { PresentClient, RoomClient } from "../../src/protocol/index.ts";
import type { ApiError } from "./api-error.ts";
import type { Channels, RoomNews } from "./channels.ts";

/** Somebody who is present. `state` is their own word; `user` is the server's. */
export type Present<S> = Omit<PresentClient, "state"> & { readonly state: S };

/** Who is in a room. */
export interface RoomListener<S> {
  /** Everybody who is present, oneself included, whenever that has changed. */
  present?(everybody: readonly Present<S>[]): void;
  /** Somebody else said something. */
  message?(event: string, payload: unknown, from: RoomClient): void;
  /**
   * The room does not take what was said into it, or is closed to whoever is signed in: then nobody is present any more, and it
   * is joined anew for who signs in or out.
   */
  refused?(error: ApiError): void;
}

/** A room that was joined. Nothing of it is kept: who was away has missed what was said. */
export interface Room<S> {
  readonly present: readonly Present<S>[];
  /** What others see of oneself; null to be present no longer, and only listen. */
  setState(state: S | null): void;
  /** Tells everybody else; lost while there is no connection. */
  send(event: string, payload?: unknown): void;
  leave(): void;
}

/** Joins the room of a record. Without a state one only listens. */
export function openRoom<S extends object>(
  channels: Channels,
  collection: string,
  id: string,
  listener: RoomListener<S>,
  state?: S,
): Room<S> {
  const everybody = new Map<string, Present<S>>();
  const tell = (): void => listener.present?.([...everybody.values()]);

  const put = (client: PresentClient): void => {
    everybody.set(client.clientId, client as Present<S>);
  };
  const hear = (news: RoomNews): void => {
    switch (news.type) {
      case "broadcast":
        listener.message?.(news.event, news.payload, news.from);
        return;
      case "presence":
        everybody.clear();
        for (const client of news.present) put(client);
        break;
      case "left":
        everybody.delete(news.client.clientId);
        break;
      default:
        put(news.client);
    }
    tell();
  };

  const following = channels.follow(
    `${collection}/${id}/room`,
    { room: hear, refused: (error) => listener.refused?.(error) },
    { state: state ?? null },
  );
  return {
    get present() {
      return [...everybody.values()];
    },
    setState: (next) => following.say({ action: "presence", state: next }),
    send: (event, payload = null) => following.say({ action: "broadcast", event, payload }),
    leave: following.stop,
  };
}
