import { BakendError } from "../../errors.ts";

/** Addresses that a login may lead to. */
export interface Redirects {
  /** An address as it is to be sent, relative ones below the application's. @throws BakendError `bad_request` for one that is not allowed */
  check(redirect: string): string;
}

/** Allows the origin of `url`, and those of `others`. */
export function createRedirects(url: string, others: readonly string[]): Redirects {
  const allowed = new Set([url, ...others].map((one) => originOf(new URL(one))));
  return {
    check(redirect) {
      const target = URL.parse(redirect, url);
      if (target?.username !== "" || target.password !== "" || !allowed.has(originOf(target)))
        throw new BakendError(
          "bad_request",
          "A login does not lead to this redirect; the setting auth.redirects names where it may.",
        );
      // a fragment is where the answer is put
      target.hash = "";
      return target.href;
    },
  };
}

/** An application's own scheme has no origin for the platform. */
function originOf({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}
