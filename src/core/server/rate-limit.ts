import type { Rate } from "../../tools/index.ts";
import { parseRateSetting } from "../config/index.ts";
import { limited } from "./limited.ts";
import { countAddresses, createCount, NOT_LIMITED, type RateHeaders } from "./rate-count.ts";
import type { Route } from "./route.ts";

/** Limits how often something may be tried. */
export interface RateLimit {
  /** Counts a try of an account route from an address, and tells what is left. @throws BakendError `rate_limited` */
  byAddress(address: string | undefined): RateHeaders;
  /** Counts a try against one account: what is left is told to nobody, since others may have tried. @throws BakendError `rate_limited` */
  byAccount(account: string): void;
  /** The same routes under the limits that are set for paths. */
  over(routes: readonly Route[]): readonly Route[];
}

/** A person types, and a shared office has many. */
const AUTH: Rate = { count: 60, milliseconds: 60_000 };
/** Slow enough that a leaked list of passwords is no way in. */
const ACCOUNT: Rate = { count: 10, milliseconds: 300_000 };
/** Longer than any address of an account; what is not one must not fill the memory. */
const MAX_KEY = 400;

/** Makes the limits that the setting `limits.rates` says; their counts live in this process. `now` is in milliseconds. */
export function createRateLimit(now: () => number, settings: readonly string[] = []): RateLimit {
  const rates = settings.flatMap((text) => parseRateSetting(text) ?? []);
  const rateOf = (target: string, usual: Rate): Rate | null => {
    const set = rates.findLast((one) => one.target === target);
    return set ? set.rate : usual;
  };
  const [auth, account] = [rateOf("auth", AUTH), rateOf("account", ACCOUNT)];
  const addresses = auth && countAddresses("auth", auth, now);
  const accounts = account && createCount("account", account, now);
  return {
    byAddress: (address) => addresses?.(address) ?? NOT_LIMITED,
    byAccount: (name) => void accounts?.(name.slice(0, MAX_KEY)),
    over: (routes) => limited(routes, rates, now),
  };
}
