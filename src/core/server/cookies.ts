/** What a cookie is made of. */
export interface Cookie {
  readonly name: string;
  readonly value: string;
  /** Seconds; 0 takes the cookie back. */
  readonly maxAge: number;
}

/** Writes cookies that scripts cannot read and other sites cannot send along, but by a link. */
export interface Cookies {
  /** The text of a header `set-cookie`. */
  set(cookie: Cookie): string;
  /** The value of a cookie of this name; undefined if there is none. */
  get(request: Request, name: string): string | undefined;
}

/** Over https a name begins with `__Host-`: no other host, and nobody without TLS, can have set it (RFC 6265bis, 4.1.3). */
export function createCookies(secure: boolean): Cookies {
  const full = (name: string): string => (secure ? `__Host-${name}` : name);
  return {
    set: ({ name, value, maxAge }) =>
      `${full(name)}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`,
    get(request, name) {
      const wanted = `${full(name)}=`;
      const pairs = (request.headers.get("cookie") ?? "").split(";");
      return pairs
        .map((pair) => pair.trim())
        .find((pair) => pair.startsWith(wanted))
        ?.slice(wanted.length);
    },
  };
}
