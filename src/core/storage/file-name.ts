/** Control characters, and those that make a name read as another one. */
const HIDDEN = /[\p{Cc}\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** Characters that a name may have; of a longer one the end is kept, where it says what it is. */
const MAX = 255;

/** The name of a file as it is kept: without the folders that it was in, and without what nobody sees. */
export function cleanFilename(sent: string): string {
  const name = sent.slice(Math.max(sent.lastIndexOf("/"), sent.lastIndexOf("\\")) + 1);
  const shown = name.toWellFormed().normalize("NFC").replace(HIDDEN, "").trim();
  const short = [...shown].slice(-MAX).join("");
  return short.replaceAll(".", "") === "" ? "file" : short;
}
