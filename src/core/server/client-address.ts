import { type IpRange, parseIpRange } from "../../tools/index.ts";
import type { Scope } from "./request.ts";

/** Where a request came from, once the proxies that are trusted have been asked. */
export type ClientAddress = (request: Request, scope: Scope) => Scope;

/**
 * Makes the way to a client's address behind trusted proxies: of `x-forwarded-for` the last address that is not one of
 * theirs. What anybody else writes into that header counts for nothing.
 */
export function createClientAddress(proxies: readonly string[]): ClientAddress {
  const ranges = proxies.map(parseIpRange).filter((range): range is IpRange => range !== null);
  if (ranges.length === 0) return (_request, scope) => scope;
  const isTrusted = (address: string): boolean => ranges.some((range) => range(address));

  return (request, scope) => ({
    get address() {
      let address = scope.address;
      const named = (request.headers.get("x-forwarded-for") ?? "").split(",").map((one) => one.trim());
      while (address !== undefined && isTrusted(address)) {
        const next = named.pop();
        if (next === undefined || next === "") break;
        address = next;
      }
      return address;
    },
  });
}
