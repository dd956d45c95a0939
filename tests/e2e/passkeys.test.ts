import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runBak, startBak } from "../cli/bak.ts";
import { openBrowser, openPage } from "./browser.ts";

/** What docs/accounts.md shows, as functions of a page. */
const SCRIPT = `
  const post = async (path, body, token) => {
    const headers = { "content-type": "application/json", ...(token ? { authorization: "Bearer " + token } : {}) };
    return (await fetch("/api/auth/" + path, { method: "POST", headers, body: JSON.stringify(body) })).json();
  };
  const make = async (token) => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await post("passkeys/register/options", {}, token));
    const made = await navigator.credentials.create({ publicKey });
    return post("passkeys/register/verify", { credential: made.toJSON(), name: "My phone" }, token);
  };
  const enter = async () => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await post("passkeys/login/options", {}));
    const found = await navigator.credentials.get({ publicKey });
    return post("passkeys/login/verify", { credential: found.toJSON() });
  };`;

test("a browser makes a passkey and signs in with it", { timeout: 300_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "bakend-passkeys-"));
  await runBak(["init", "app"], { cwd: folder });
  const server = startBak(["start", "--port", "0"], { cwd: join(folder, "app") });
  const browser = await openBrowser();
  try {
    const [, port = ""] = await server.until(/127\.0\.0\.1:(\d+)/);
    const { page, errors, close } = await openPage(browser, `http://localhost:${port}/health`, {});
    const session = await page.context().newCDPSession(page);
    const add = async (verified: boolean): Promise<string> => {
      const options = {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
      } as const;
      const sent = { options: { ...options, isUserVerified: verified, automaticPresenceSimulation: true } };
      return (await session.send("WebAuthn.addVirtualAuthenticator", sent)).authenticatorId;
    };
    await session.send("WebAuthn.enable");
    const authenticatorId = await add(true);
    // biome-ignore lint/suspicious/noExplicitAny: answers of the server
    const run = (code: string): Promise<any> => page.evaluate(`(async () => {${SCRIPT} ${code}})()`);

    const body = `{ email: "ann@example.com", password: "correct horse battery" }`;
    const { user, made } = await run(
      `const { user, token } = await post("register", ${body}); return { user, made: await make(token) };`,
    );
    assert.equal(made.name, "My phone", JSON.stringify(made));
    const answer = await run("return enter();");
    assert.equal(answer.user?.id, user.id, JSON.stringify(answer));
    // the device counts its signatures
    assert.equal((await run("return enter();")).user.id, user.id);

    // a copy of the device that has not signed as often
    const { credentials } = await session.send("WebAuthn.getCredentials", { authenticatorId });
    const [kept] = credentials;
    assert.ok(kept && kept.signCount > 1);
    await session.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });
    const copy = await add(true);
    await session.send("WebAuthn.addCredential", { authenticatorId: copy, credential: { ...kept, signCount: 1 } });
    assert.equal((await run("return enter();")).code, "invalid_credentials");

    // a device that does not verify its owner signs nothing
    await session.send("WebAuthn.setUserVerified", { authenticatorId: copy, isUserVerified: false });
    await assert.rejects(run("return enter();"), /NotAllowedError/);
    assert.deepEqual(
      errors.filter((text) => !/status of 40[14]/.test(text)),
      [],
    );
    await close();
  } finally {
    await browser.close();
    server.child.kill("SIGTERM");
    await server.ended;
  }
  rmSync(folder, { recursive: true, force: true });
});
