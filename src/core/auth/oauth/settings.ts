import { PRESETS } from "./presets.ts";

/** A provider as the configuration has it. */
export interface ProviderSettings {
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  readonly issuer?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly teamId?: string | undefined;
  readonly keyId?: string | undefined;
  readonly privateKey?: string | undefined;
}

/** The providers of a configuration, by name. */
export type ProvidersSettings = Readonly<Record<string, ProviderSettings>>;

const KEY = ["teamId", "keyId", "privateKey"] as const;

/** What is missing or too much: what one provider needs, another one has no use for. */
export function providerFaults(
  providers: ProvidersSettings,
): readonly { readonly path: string; readonly message: string }[] {
  return Object.entries(providers).flatMap(([name, settings]) => {
    const fault = (key: keyof ProviderSettings, message: string) => ({
      path: `auth.providers.${name}.${key}`,
      message,
    });
    const preset = PRESETS.get(name);
    if (!preset && settings.issuer === undefined) {
      const known = [...PRESETS.keys()].join(", ");
      return [fault("issuer", `this is missing; only ${known} are known by their names`)];
    }
    if (preset?.signedSecret) {
      const missing = KEY.filter((key) => settings[key] === undefined);
      const secret =
        settings.clientSecret === undefined ? [] : [fault("clientSecret", "it is made of the private key")];
      return [...missing.map((key) => fault(key, "this is missing")), ...secret];
    }
    const needless = KEY.filter((key) => settings[key] !== undefined);
    const secret = preset && settings.clientSecret === undefined ? [fault("clientSecret", "this is missing")] : [];
    return [...secret, ...needless.map((key) => fault(key, "only apple has one"))];
  });
}
