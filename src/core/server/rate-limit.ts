import { createLru } from "../../tools/index.ts";
import { BakendError } from "../errors.ts";

/** Limits how often something may be tried. */
export interface RateLimit {
  /** Counts a try from an address; IPv6 addresses of one /64 are one. @throws BakendError `rate_limited` */
  byAddress(address: string | undefined): void;
  /** Counts a try against one account. @throws BakendError `rate_limited` */
  byAccount(account: string): void;
}

/** Tries that may come at once, and how long one takes to come back. */
interface Bucket {
  readonly size: number;
  readonly refillMs: number;
}

/** A person types; a shared office has many. */
const ADDRESS: Bucket = { size: 60, refillMs: 1000 };
/** Slow enough that a leaked list of passwords is no way in. */
const ACCOUNT: Bucket = { size: 10, refillMs: 30_000 };
/** Keys that are remembered; a forgotten one starts with a full bucket. */
const REMEMBERED = 20_000;
/** Longer than any address of an account; what is not one must not fill the memory. */
const MAX_KEY = 400;

/** Makes a limit whose counts live in this process. `now` is in milliseconds. */
export function createRateLimit(now: () => number): RateLimit {
  const addresses = createBuckets(ADDRESS, now);
  const accounts = createBuckets(ACCOUNT, now);
  return {
    byAddress(address) {
      if (address !== undefined) addresses(network(address));
    },
    byAccount: (account) => accounts(account.slice(0, MAX_KEY)),
  };
}

function createBuckets({ size, refillMs }: Bucket, now: () => number): (key: string) => void {
  // the time at which the bucket will be full again
  const fullAt = createLru<string, number>(REMEMBERED);
  return (key) => {
    const time = now();
    const full = Math.max(fullAt.get(key) ?? time, time);
    const next = full + refillMs;
    if (next - time > size * refillMs) {
      const seconds = Math.ceil((next - time - size * refillMs) / 1000);
      throw new BakendError("rate_limited", `Too many tries; try again in ${seconds} s.`, {
        headers: { "retry-after": String(seconds), ratelimit: `limit=${size}, remaining=0, reset=${seconds}` },
      });
    }
    fullAt.set(key, next);
  };
}

/** The network that an address belongs to as far as one person is concerned: all of IPv4, the /64 of IPv6. */
export function network(address: string): string {
  if (!address.includes(":")) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1]) return mapped[1];
  const [head = "", tail] = address.toLowerCase().split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups =
    tail === undefined
      ? left
      : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0"), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}
