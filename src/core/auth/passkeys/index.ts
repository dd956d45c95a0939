export { createPasskeys, type Passkeys } from "./passkeys.ts";
export { createRelyingParty } from "./relying-party.ts";
export { createPasskeyStore, endPasskeysOf, PASSKEY_TABLE } from "./store.ts";
