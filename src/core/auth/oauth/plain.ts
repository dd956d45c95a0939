import { type Claims, text } from "./claims.ts";

/** Asks an address of the provider in somebody's name. */
export type Ask = (url: string) => Promise<unknown>;

/** A provider of OAuth 2 without OpenID Connect. */
export interface Plain {
  endpoints(issuer: string): { readonly authorization: string; readonly token: string };
  claims(ask: Ask, issuer: string): Promise<Claims>;
}

/** GitHub, and GitHub Enterprise Server under an issuer of its own. */
export const GITHUB: Plain = {
  endpoints: (issuer) => ({
    authorization: `${issuer}/login/oauth/authorize`,
    token: `${issuer}/login/oauth/access_token`,
  }),
  async claims(ask, issuer) {
    const api = issuer === "https://github.com" ? "https://api.github.com" : `${issuer}/api/v3`;
    const user = fields(await ask(`${api}/user`));
    // the address of the profile is what they show, not what they have proven
    const emails = await ask(`${api}/user/emails`);
    const primary = (Array.isArray(emails) ? emails : []).map(fields).find((one) => one.primary === true);
    return {
      subject: idOf(user),
      email: text(primary?.email),
      verified: primary?.verified === true,
      name: text(user.name) ?? text(user.login),
    };
  },
};

/** Discord. */
export const DISCORD: Plain = {
  endpoints: (issuer) => ({ authorization: `${issuer}/oauth2/authorize`, token: `${issuer}/api/oauth2/token` }),
  async claims(ask, issuer) {
    const user = fields(await ask(`${issuer}/api/users/@me`));
    return {
      subject: idOf(user),
      email: text(user.email),
      verified: user.verified === true,
      name: text(user.global_name) ?? text(user.username),
    };
  },
};

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function idOf({ id }: Readonly<Record<string, unknown>>): string {
  if ((typeof id === "number" && Number.isSafeInteger(id)) || text(id)) return String(id);
  throw new TypeError("the provider did not say who it is");
}
