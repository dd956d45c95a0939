import { DISCORD, GITHUB, type Plain } from "./plain.ts";

/** A provider that is known by its name. */
export interface Preset {
  readonly issuer: string;
  /** Added to the address that a browser is sent to. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** OAuth 2 without OpenID Connect: where it is, and how it is asked who somebody is. */
  readonly plain?: Plain;
  /** Whether the secret is a token that the application signs itself. */
  readonly signedSecret?: boolean;
  /** Which claim of the ID token vouches for the address; `email_verified` unless said otherwise. */
  readonly verifiedBy?: string;
  /** What is asked for, where it is not the usual. */
  readonly scopes?: readonly string[];
}

/** What is asked of OpenID Connect unless the configuration says otherwise. */
export const OPENID_SCOPES: readonly string[] = ["openid", "email", "profile"];

/** The providers that need no address. */
export const PRESETS: ReadonlyMap<string, Preset> = new Map(
  Object.entries<Preset>({
    google: { issuer: "https://accounts.google.com" },
    github: { issuer: "https://github.com", plain: GITHUB, scopes: ["read:user", "user:email"] },
    // anybody can run a tenant and write any address into it: only this optional claim says that its owner was asked
    microsoft: { issuer: "https://login.microsoftonline.com/common/v2.0", verifiedBy: "xms_edov" },
    // with a scope Apple answers by a form only
    apple: {
      issuer: "https://appleid.apple.com",
      signedSecret: true,
      scopes: ["openid", "email"],
      parameters: { response_mode: "form_post" },
    },
    discord: { issuer: "https://discord.com", plain: DISCORD, scopes: ["identify", "email"] },
    gitlab: { issuer: "https://gitlab.com" },
  }),
);
