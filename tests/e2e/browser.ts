import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { scriptFunction } from "../scripts/script-function.ts";

const findChromium = await scriptFunction("chromium.mjs", "findChromium");

/** A page, with everything that went wrong on it. */
export interface WatchedPage {
  readonly page: Page;
  /** Messages of level error and exceptions, in order. */
  readonly errors: string[];
  /** Addresses that were asked for. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** Starts the installed browser; it asks no host for anything by itself. */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: String(await findChromium()),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Opens an address in a context of its own. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const errors: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(url);
  return { page, errors, requests, close: () => context.close() };
}
