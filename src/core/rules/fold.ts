/**
 * The case fold behind `~`: one code point to one code point, independent of language. A code point is taken to upper
 * and then to lower case, where each step gives a single code point; so σ and ς meet in σ, and ß meets ẞ but not "ss".
 * All four Turkish i (i, I, ı, İ) meet, so that a search finds a word however its i is written.
 */
export function foldText(text: string): string {
  if (/^[ -~]*$/.test(text)) return text.toLowerCase();
  const { folded } = table();
  let result = "";
  for (const character of text) result += folded.get(character) ?? character;
  return result;
}

/**
 * The GLOB pattern of every text that contains `needle` by the same fold: `str` gives `*[sSſ][tT][rR]*`.
 * The needle's own `*`, `?`, `[` and `]` stand for themselves.
 */
export function globContaining(needle: string): string {
  const { folded, classes } = table();
  let pattern = "*";
  for (const character of needle) {
    const letters = classes.get(folded.get(character) ?? character);
    if (letters !== undefined) pattern += `[${letters}]`;
    else pattern += "*?[]".includes(character) ? `[${character}]` : character;
  }
  return `${pattern}*`;
}

/** Needles may have this many UTF-16 units: the pattern stays below SQLite's 50,000 bytes (limits.html, item 4). */
export const NEEDLE_LIMIT = 2_000;

interface FoldTable {
  /** Code point to its fold, where they differ. */
  readonly folded: ReadonlyMap<string, string>;
  /** Fold to all code points that fold to it, itself included, where there are others. */
  readonly classes: ReadonlyMap<string, string>;
}

// Every cased letter of Unicode 17 lies in these blocks. What lies outside folds to itself, here and in GLOB alike.
const BLOCKS = [
  [0x0041, 0x05ff],
  [0x10a0, 0x13ff],
  [0x1c80, 0x1fff],
  [0x2100, 0x2dff],
  [0xa640, 0xabff],
  [0xff21, 0xff5a],
  [0x10400, 0x10dff],
  [0x118a0, 0x118df],
  [0x16e40, 0x16edf],
  [0x1e900, 0x1e943],
] as const;

function foldOne(character: string): string {
  if (character === "İ") return "i";
  const upper = single(character.toUpperCase(), character);
  return single(upper.toLowerCase(), upper);
}

function single(mapped: string, otherwise: string): string {
  const code = mapped.codePointAt(0) ?? 0;
  return mapped.length === (code > 0xffff ? 2 : 1) ? mapped : otherwise;
}

function buildTable(): FoldTable {
  const folded = new Map<string, string>();
  const classes = new Map<string, string>();
  for (const [first, last] of BLOCKS) {
    for (let code = first; code <= last; code++) {
      const character = String.fromCodePoint(code);
      const fold = foldOne(character);
      if (fold === character) continue;
      folded.set(character, fold);
      classes.set(fold, (classes.get(fold) ?? fold) + character);
    }
  }
  return { folded, classes };
}

// Built on first use: two milliseconds that a start should not pay.
let built: FoldTable | undefined;
function table(): FoldTable {
  built ??= buildTable();
  return built;
}
