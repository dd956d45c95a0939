/** What browsers call themselves, those first that also call themselves another. */
const BROWSERS: readonly (readonly [mark: RegExp, name: string])[] = [
  [/\bEdg\w*\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/Chrome\/|\bCriOS\//, "Chrome"],
  [/\bVersion\/.*\bSafari\//, "Safari"],
];

const SYSTEMS: readonly (readonly [mark: RegExp, name: string])[] = [
  [/\bAndroid\b/, "Android"],
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

/** What a client calls itself, in words: "Firefox on Windows". What is no browser's own name is left as it is. */
export function deviceInWords(userAgent: string): string {
  const find = (all: typeof BROWSERS): string | undefined => all.find(([mark]) => mark.test(userAgent))?.[1];
  const browser = find(BROWSERS);
  if (browser === undefined) return userAgent || "unknown device";
  const system = find(SYSTEMS);
  return system === undefined ? browser : `${browser} on ${system}`;
}
