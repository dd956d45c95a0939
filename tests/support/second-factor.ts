import { codeAt, stepOf } from "../../src/core/auth/totp.ts";
import type { World } from "./accounts.ts";

/** When worlds begin. */
const START = Date.parse("2026-03-01T12:00:00.000Z");

/** Turns a second factor on for whoever has the token; returns the code for a later moment. */
export async function turnOnFactor(world: World, token: string): Promise<(after: number) => Promise<string>> {
  const { secret } = await world.ok("POST", "/api/auth/mfa/totp/enroll", { token, body: {} });
  const bits = [...secret].map((char) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(char).toString(2).padStart(5, "0"));
  const bytes = Uint8Array.from(bits.join("").match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
  const code = (after: number) => codeAt(bytes, stepOf(START + after));
  await world.ok("POST", "/api/auth/mfa/totp/activate", { token, body: { code: await code(0) } });
  return code;
}
