import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";

/** A provider of OpenID Connect as others run it. */
export interface RealProvider {
  readonly issuer: string;
  /** Goes through the pages of the provider, as a person would, and returns where the browser is sent back to. */
  signIn(location: string, email: string): Promise<string>;
  close(): Promise<void>;
}

/** The only client that it knows. */
export const CLIENT = { clientId: "bakend", clientSecret: "a secret: with signs & %20" };

/** Starts the provider on this machine. Whoever names an address has it, proven unless it begins with `unproven`. */
export async function realProvider(redirectUris: readonly string[]): Promise<RealProvider> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        redirect_uris: redirectUris,
        grant_types: ["authorization_code"],
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    pkce: { required: () => true },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, email: id, email_verified: !id.startsWith("unproven"), name: "Ann of the provider" }),
    }),
    cookies: { keys: ["only for tests"] },
  });
  server.on("request", provider.callback());

  return {
    issuer,
    async signIn(location, email) {
      const jar = new Map<string, string>();
      const forms = [`prompt=login&login=${encodeURIComponent(email)}&password=x`, "prompt=consent"];
      let url = location;
      let body: string | undefined;
      for (let step = 0; step < 12; step += 1) {
        const response = await fetch(url, {
          ...(body === undefined ? {} : { method: "POST", body }),
          redirect: "manual",
          headers: {
            cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
            ...(body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
          },
        });
        for (const cookie of response.headers.getSetCookie()) {
          const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
          jar.set(name, value);
        }
        body = undefined;
        const text = await response.text();
        const next = response.headers.get("location");
        if (next === null) {
          // a page with a form, whose address is the one that it is sent to
          assert.equal(response.status, 200, text);
          body = forms.shift();
          assert.ok(body !== undefined, text);
          continue;
        }
        url = new URL(next, url).href;
        if (!url.startsWith(issuer)) return url;
      }
      throw new Error("the provider goes round in circles");
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
