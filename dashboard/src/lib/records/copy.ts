import { notices } from "../state/notices.svelte.ts";

/** Puts a text into the clipboard, and says whether it could. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    notices.done("Copied.");
  } catch {
    notices.failed(new Error("The browser gives no access to the clipboard here; mark the text and copy it."));
  }
}
