import { BakendClient } from "../../../../sdk/javascript/index.ts";

/** The panel's client: as whoever the session's cookie says. */
export const client = new BakendClient(location.origin, { session: "cookie" });
