const SIZES = ["bytes", "kB", "MB", "GB", "TB"] as const;

/** A number of bytes as people say it: "1.4 MB". */
export function sizeInWords(bytes: number): string {
  if (bytes === 1) return "1 byte";
  const power = bytes < 1000 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log10(bytes) / 3));
  const number = bytes / 1000 ** power;
  return `${power === 0 || number >= 100 ? Math.round(number) : number.toFixed(1)} ${SIZES[power]}`;
}

/** A time between two moments, in milliseconds, as people say it: "12 ms", "3.4 s", "2 min 5 s". */
export function durationInWords(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
