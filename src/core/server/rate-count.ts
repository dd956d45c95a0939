import { createLru, network, type Rate, takeOne } from "../../tools/index.ts";
import { BakendError } from "../errors.ts";

/** The headers that tell of a limit. */
export type RateHeaders = Readonly<Record<string, string>>;

/** Counts a try under a key, and tells how many are left. @throws BakendError `rate_limited` */
export type Count = (key: string) => RateHeaders;

/** What is told where nothing is counted. */
export const NOT_LIMITED: RateHeaders = Object.freeze({});

/** Keys that are remembered; a forgotten one starts with a full bucket. */
const REMEMBERED = 20_000;

/** Like `createCount`, for clients' addresses. What comes from no address is not counted. */
export function countAddresses(
  name: string,
  rate: Rate,
  now: () => number,
): (address: string | undefined) => RateHeaders {
  const count = createCount(name, rate, now);
  return (address) => (address === undefined ? NOT_LIMITED : count(network(address)));
}

/**
 * Makes a bucket for each key: so many at once, and one more each time that its part of the window has passed. Headers are
 * those of draft-ietf-httpapi-ratelimit-headers-10: the quota `q` in a window of `w` seconds, of which `r` remain; in `t`
 * seconds all are there again.
 */
export function createCount(name: string, rate: Rate, now: () => number): Count {
  const { count: size, milliseconds } = rate;
  const refill = milliseconds / size;
  const policy = `"${name}";q=${size};w=${Math.ceil(milliseconds / 1000)}`;
  // the time at which the bucket will be full again
  const fullAt = createLru<string, number>(REMEMBERED);
  const headers = (remaining: number, full: number): RateHeaders => ({
    "ratelimit-policy": policy,
    ratelimit: `"${name}";r=${remaining};t=${Math.ceil(full / 1000)}`,
  });
  return (key) => {
    const time = now();
    const before = fullAt.get(key) ?? time;
    const taken = takeOne(rate, before, time);
    if (taken.wait > 0) {
      const seconds = Math.ceil(taken.wait / 1000);
      throw new BakendError("rate_limited", `Too many tries; try again in ${seconds} s.`, {
        headers: { ...headers(0, Math.max(before - time, 0)), "retry-after": String(seconds) },
      });
    }
    fullAt.set(key, taken.fullAt);
    const next = taken.fullAt - time;
    return headers(Math.floor((milliseconds - next) / refill + 0.001), next);
  };
}
