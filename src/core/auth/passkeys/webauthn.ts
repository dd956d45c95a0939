/**
 * Loads the library: a tenth of a second, which only those wait for who use passkeys. Its certificates need the metadata
 * to be there before them, which a bundler does not promise for one import.
 */
export async function loadWebauthn(): Promise<typeof import("@simplewebauthn/server")> {
  await import("reflect-metadata");
  return import("@simplewebauthn/server");
}
