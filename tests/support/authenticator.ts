import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** A passkey as its owner's device keeps it. */
interface Kept {
  readonly privateKey: KeyObject;
  readonly userHandle: string;
  counter: number;
}

/** How a device behaves, if not as it should. */
export interface Behaviour {
  /** The page that asks. */
  readonly origin?: string;
  /** Whether it has verified its owner. */
  readonly verified?: boolean;
  /** Who the account is, as the device says. */
  readonly userHandle?: string;
  readonly rpId?: string;
  readonly type?: string;
  /** Which of its passkeys it signs with; the last one unless said otherwise. */
  readonly id?: string;
  /** How often it has signed, as it says. */
  readonly counter?: number;
}

/** What a device is asked for: the options of the server. */
// biome-ignore lint/suspicious/noExplicitAny: an answer of the server, of any shape
type Options = any;

/** An authenticator of Web Authentication in software, with keys on the curve P-256. */
export function createAuthenticator(origin: string) {
  const kept = new Map<string, Kept>();

  const clientData = (type: string, challenge: string, from: string): Buffer =>
    Buffer.from(JSON.stringify({ type, challenge, origin: from, crossOrigin: false }));
  const authData = (rpId: string, flags: number, counter: number, rest = Buffer.alloc(0)): Buffer => {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    return Buffer.concat([createHash("sha256").update(rpId).digest(), Buffer.of(flags), count, rest]);
  };

  return {
    /** Makes a passkey: what `navigator.credentials.create` would. */
    create({ challenge, rp, user }: Options, behaviour: Behaviour = {}) {
      const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const { x = "", y = "" } = publicKey.export({ format: "jwk" });
      const id = randomBytes(16);
      // COSE_Key (RFC 9053): kty EC2, alg ES256, crv P-256
      const [left, right] = [x, y].map((one) => Buffer.concat([Buffer.of(0x58, 32), Buffer.from(one, "base64url")]));
      const cose = Buffer.concat([
        ...[Buffer.of(0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21), left ?? Buffer.alloc(0)],
        ...[Buffer.of(0x22), right ?? Buffer.alloc(0)],
      ]);
      const attested = Buffer.concat([Buffer.alloc(16), Buffer.of(0, id.length), id, cose]);
      const flags = 0x41 | (behaviour.verified === false ? 0 : 4);
      const data = authData(behaviour.rpId ?? rp.id, flags, behaviour.counter ?? 0, attested);
      const attestation = Buffer.concat([
        ...[Buffer.of(0xa3), text("fmt"), text("none"), text("attStmt"), Buffer.of(0xa0)],
        ...[text("authData"), Buffer.of(0x58, data.length), data],
      ]);
      const name = id.toString("base64url");
      kept.set(name, { privateKey, userHandle: user.id, counter: behaviour.counter ?? 0 });
      return {
        ...{
          id: name,
          rawId: name,
          type: "public-key",
          clientExtensionResults: {},
          authenticatorAttachment: "platform",
        },
        response: {
          clientDataJSON: clientData(
            behaviour.type ?? "webauthn.create",
            challenge,
            behaviour.origin ?? origin,
          ).toString("base64url"),
          attestationObject: attestation.toString("base64url"),
          transports: ["internal", "made-up"],
        },
      };
    },

    /** Signs a challenge: what `navigator.credentials.get` would. */
    get({ challenge, rpId }: Options, behaviour: Behaviour = {}) {
      const id = behaviour.id ?? [...kept.keys()].at(-1) ?? "";
      const key = kept.get(id);
      if (!key) throw new Error("the device has no passkey");
      key.counter = behaviour.counter ?? (key.counter === 0 ? 0 : key.counter + 1);
      const json = clientData(behaviour.type ?? "webauthn.get", challenge, behaviour.origin ?? origin);
      const data = authData(behaviour.rpId ?? rpId, behaviour.verified === false ? 1 : 5, key.counter);
      const signature = sign(
        "sha256",
        Buffer.concat([data, createHash("sha256").update(json).digest()]),
        key.privateKey,
      );
      return {
        ...{ id, rawId: id, type: "public-key", clientExtensionResults: {} },
        response: {
          clientDataJSON: json.toString("base64url"),
          authenticatorData: data.toString("base64url"),
          signature: signature.toString("base64url"),
          userHandle: behaviour.userHandle ?? key.userHandle,
        },
      };
    },
  };
}

/** A short text in CBOR. */
function text(value: string): Buffer {
  return Buffer.concat([Buffer.of(0x60 + value.length), Buffer.from(value)]);
}
