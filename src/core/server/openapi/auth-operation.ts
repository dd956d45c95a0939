import type { ErrorCode } from "../../../protocol/index.ts";
import type { Node } from "./node.ts";

/** One account operation: `path method`, what it is called, what is sent and what comes back. */
export interface Operation {
  readonly id: string;
  readonly summary: string;
  /** Fields of the body; a name that ends in `?` may be left out. */
  readonly body?: Readonly<Record<string, Node>>;
  /** Whether more fields may be sent: those of the collection of accounts. */
  readonly profile?: boolean;
  /** Parameters of the query, with what they mean. */
  readonly query?: Readonly<Record<string, string>>;
  /** Status and schema of the answer; null for none. */
  readonly answer: readonly [status: number, schema: Node | null];
  /** Whether it is about whoever is signed in. */
  readonly own?: boolean;
  readonly codes?: readonly ErrorCode[];
}

/** Operations by path and method: `mfa/verify post`. */
export type Operations = Readonly<Record<string, Operation>>;

/** Any text. */
export const TEXT: Node = { type: "string" };
/** Which accounts. */
export const COLLECTION: Node = { type: "string", default: "users", description: "The collection of accounts." };
/** Of the second factor. */
export const CODE: Node = { type: "string", description: "Six digits, or a recovery code." };
/** An answer without a body. */
export const NOTHING = [204, null] as const;

/** What signing in answers with. */
export const SIGNED_IN: Node = {
  type: "object",
  properties: {
    token: {
      ...TEXT,
      description: "Good for 15 minutes: `authorization: Bearer`. A cookie, with `x-session: cookie`.",
    },
    refreshToken: { ...TEXT, description: "Good once, for the next pair. A cookie, with `x-session: cookie`." },
    expiresAt: { ...TEXT, format: "date-time" },
    user: { type: "object" },
  },
  required: ["expiresAt", "user"],
};
/** A list of items. */
export const list = (item: Node): Node => ({
  type: "object",
  properties: { items: { type: "array", items: item } },
  required: ["items"],
});
