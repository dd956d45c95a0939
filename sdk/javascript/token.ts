/** Milliseconds that a token is good for in all, by what it says itself (RFC 7519): the clocks of two machines may differ. */
export function lifetimeOf(token: string): number {
  try {
    const payload = atob((token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"));
    const { iat, exp } = JSON.parse(payload) as { readonly iat?: number; readonly exp?: number };
    return typeof iat === "number" && typeof exp === "number" ? (exp - iat) * 1000 : 0;
  } catch {
    return 0;
  }
}
