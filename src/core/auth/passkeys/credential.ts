import { fromBase64Url } from "../../../tools/index.ts";
import { BakendError } from "../../errors.ts";

/** What `navigator.credentials` answers with, as `toJSON()` writes it (Web Authentication, section 5.1), and who asked for it. */
export interface Signed<R> {
  readonly id: string;
  readonly challenge: string;
  /** Of the page that asked. */
  readonly origin: string;
  readonly response: R;
}

/** A new credential. */
export interface NewCredential {
  readonly clientDataJSON: string;
  readonly attestationObject: string;
  readonly transports: string[];
}

/** A challenge that was signed. */
export interface SignedChallenge {
  readonly clientDataJSON: string;
  readonly authenticatorData: string;
  readonly signature: string;
  readonly userHandle?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** No credential is longer; the identifier alone may have 1,023 bytes. */
const MAX_TEXT = 64 * 1024;
const KNOWN_TRANSPORTS = ["ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"];

/** Reads what was registered. @throws BakendError `validation_failed` */
export function readNewCredential(value: unknown): Signed<NewCredential> {
  const { response, ...signed } = read(value);
  const told = Array.isArray(response.transports) ? response.transports : [];
  return {
    ...signed,
    response: {
      clientDataJSON: base64url(response.clientDataJSON),
      attestationObject: base64url(response.attestationObject),
      transports: KNOWN_TRANSPORTS.filter((one) => told.includes(one)),
    },
  };
}

/** Reads what was signed. @throws BakendError `validation_failed` */
export function readSignedChallenge(value: unknown): Signed<SignedChallenge> {
  const { response, ...signed } = read(value);
  const { userHandle } = response;
  return {
    ...signed,
    response: {
      clientDataJSON: base64url(response.clientDataJSON),
      authenticatorData: base64url(response.authenticatorData),
      signature: base64url(response.signature),
      ...(userHandle === undefined || userHandle === null ? {} : { userHandle: base64url(userHandle) }),
    },
  };
}

function read(value: unknown): Omit<Signed<Fields>, "response"> & { readonly response: Fields } {
  const { id, type, response } = fields(value);
  const inner = fields(response);
  const { challenge, origin } = fields(clientData(base64url(inner.clientDataJSON)));
  if (type !== "public-key" || typeof challenge !== "string" || typeof origin !== "string") throw noCredential();
  return { id: base64url(id), challenge, origin, response: inner };
}

function clientData(text: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(fromBase64Url(text)));
  } catch {
    throw noCredential();
  }
}

function base64url(value: unknown): string {
  if (typeof value === "string" && value.length <= MAX_TEXT && /^[\w-]+$/.test(value)) return value;
  throw noCredential();
}

function fields(value: unknown): Fields {
  if (typeof value === "object" && value !== null) return { ...value };
  throw noCredential();
}

function noCredential(): BakendError {
  const message = "must be what navigator.credentials gave, as toJSON() writes it";
  return new BakendError("validation_failed", `credential ${message}.`, {
    errors: [{ field: "credential", code: "type", message }],
  });
}
