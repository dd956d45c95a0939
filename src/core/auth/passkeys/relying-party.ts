import { BakendError } from "../../errors.ts";
import type { Origins } from "../origins.ts";

/** Where passkeys are good: the domain that they are made for, and the pages that may ask for them. */
export interface RelyingParty {
  /** A domain: passkeys of another one are never offered. */
  readonly id: string;
  /** @throws BakendError `forbidden` for a page of another origin */
  check(origin: string): void;
}

/** The host of `url`, and the origins that sign people in. While developing, every port of localhost is one of them. */
export function createRelyingParty(url: string, origins: Origins): RelyingParty {
  const { hostname } = new URL(url);
  return {
    id: hostname,
    check(origin) {
      const page = URL.parse(origin);
      const local = hostname === "localhost" && page?.protocol === "http:" && page.hostname === "localhost";
      if (!page || !(local || origins.has(page)))
        throw new BakendError(
          "forbidden",
          "Passkeys are not used on this page: the settings url and auth.origins name where.",
        );
    },
  };
}
