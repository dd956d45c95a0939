import type { Node } from "./node.ts";

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
