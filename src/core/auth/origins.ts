/** Origins of pages and apps that sign people in. */
export interface Origins {
  /** Whether an address is at one of them. */
  has(address: URL): boolean;
}

/** The origin of `url`, and those of `others`. */
export function createOrigins(url: string, others: readonly string[]): Origins {
  const known = new Set([url, ...others].map((one) => originOf(new URL(one))));
  return { has: (address) => known.has(originOf(address)) };
}

/** An application's own scheme has no origin for the platform. */
function originOf({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}
