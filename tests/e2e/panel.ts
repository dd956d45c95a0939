import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Page } from "playwright-core";
import { type Running, runBak, startBak } from "../cli/bak.ts";
import { openBrowser, openPage, type WatchedPage } from "./browser.ts";

/** The admin of every project that is opened here. */
export const EMAIL = "root@example.com";
export const PASSWORD = "correct horse battery";

/** What a project with a panel is made of, beside what `bak init` makes. */
export interface PanelOptions {
  /** Files of the project, by their paths in it. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly command?: "start" | "dev";
  /** False leaves the project without an admin. */
  readonly admin?: boolean;
}

/** A project of its own, served, and a browser. */
export interface PanelProject {
  /** Its folder. */
  readonly cwd: string;
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  readonly server: Running;
  /** Asks the server without a browser, as the admin or as a guest. The answer may be a refusal. */
  ask(method: string, path: string, body?: unknown, as?: "admin" | "guest"): Promise<PanelAnswer>;
  /** Opens an address in a page of its own. */
  open(url: string): Promise<WatchedPage>;
  /** Opens a path of the panel, and signs in as the admin. */
  signIn(path: string): Promise<WatchedPage>;
  close(): Promise<void>;
}

/** An answer of the API. */
export interface PanelAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

/** What a browser says of answers that are no success: tests ask for some, and so does a page that looks whether it is signed in. */
const REFUSED = /^Failed to load resource: the server responded with a status of 4\d\d/;

/** Makes a project, serves it, and starts a browser. */
export async function openProject({
  files = {},
  env = {},
  command = "start",
  admin = true,
}: PanelOptions = {}): Promise<PanelProject> {
  const folder = mkdtempSync(join(tmpdir(), "bakend-panel-"));
  await runBak(["init", "app"], { cwd: folder });
  const cwd = join(folder, "app");
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), text);
  }
  if (admin) await runBak(["admin", "create", EMAIL, "--password-stdin"], { cwd, input: PASSWORD });
  const server = startBak([command, "--port", "0"], { cwd, env });
  const [, origin = ""] = await server.until(/panel\s+(\S+)\/_\//);
  const browser = await openBrowser();
  let token: string | undefined;

  const send = async (method: string, path: string, body: unknown, bearer?: string): Promise<PanelAnswer> => {
    const answer = await fetch(origin + path, {
      method,
      headers: { "content-type": "application/json", ...(bearer ? { authorization: `Bearer ${bearer}` } : {}) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: JSON.parse((await answer.text()) || "null") };
  };
  const open = (url: string): Promise<WatchedPage> => openPage(browser, url, {});
  return {
    cwd,
    origin,
    server,
    async ask(method, path, body, as = "admin") {
      if (as === "guest") return send(method, path, body);
      token ??= (await send("POST", "/api/auth/login", { email: EMAIL, password: PASSWORD })).body.token;
      return send(method, path, body, token);
    },
    open,
    async signIn(path) {
      const watched = await open(`${origin}/_${path}`);
      watched.page.setDefaultTimeout(20_000);
      await fillSignIn(watched.page, EMAIL, PASSWORD);
      await watched.page.getByRole("button", { name: "Sign out" }).waitFor();
      return watched;
    },
    async close() {
      await browser.close();
      server.child.kill("SIGTERM");
      await server.ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Fills the form of the panel, and sends it. */
export async function fillSignIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Nothing went wrong on a page but for requests that were refused. */
export function assertClean({ errors }: WatchedPage): void {
  assert.deepEqual(
    errors.filter((text) => !REFUSED.test(text)),
    [],
  );
}
