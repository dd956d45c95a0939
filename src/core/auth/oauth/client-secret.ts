import { importPKCS8, SignJWT } from "jose";
import { type ClientAuth, ClientSecretBasic, ClientSecretPost, None } from "oauth4webapi";
import type { Preset } from "./presets.ts";
import type { ProviderSettings } from "./settings.ts";

/** How the application shows a provider who it is. `now` is in milliseconds since 1970. */
export function clientAuth(
  settings: ProviderSettings,
  issuer: string,
  preset: Preset | undefined,
  now: () => number,
): ClientAuth {
  const { clientSecret } = settings;
  if (preset?.signedSecret) {
    return async (as, client, body, headers) => {
      const secret = await sign(settings, issuer, now());
      await ClientSecretPost(secret)(as, client, body, headers);
    };
  }
  if (clientSecret === undefined) return None();
  return preset?.plain ? ClientSecretPost(clientSecret) : byDiscovery(clientSecret);
}

/** In the header, as OpenID Connect has it, unless the provider says that it takes it in the body only. */
function byDiscovery(secret: string): ClientAuth {
  return (as, client, body, headers) => {
    const methods = as.token_endpoint_auth_methods_supported;
    const make = !methods || methods.includes("client_secret_basic") ? ClientSecretBasic : ClientSecretPost;
    return make(secret)(as, client, body, headers);
  };
}

/** Apple's secret: a token that is signed with the key of the team (developer.apple.com, "Creating a client secret"). */
async function sign(
  { clientId, teamId = "", keyId = "", privateKey = "" }: ProviderSettings,
  issuer: string,
  now: number,
): Promise<string> {
  const key = await importPKCS8(privateKey.replaceAll("\\n", "\n"), "ES256");
  const issued = new Date(now);
  return new SignJWT()
    .setProtectedHeader({ alg: "ES256", kid: keyId })
    .setIssuer(teamId)
    .setSubject(clientId)
    .setAudience(issuer)
    .setIssuedAt(issued)
    .setExpirationTime(new Date(now + 5 * 60_000))
    .sign(key);
}
