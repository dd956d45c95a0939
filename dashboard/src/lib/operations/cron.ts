const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;
const MONTHS = [
  ...["January", "February", "March", "April", "May", "June", "July"],
  ...["August", "September", "October", "November", "December"],
] as const;
/** Times of day that are named one by one, at most. */
const NAMED_TIMES = 4;

const isNumber = (field: string): boolean => /^\d+$/.test(field);
const isNumbers = (field: string): boolean => /^\d+(,\d+)*$/.test(field);
const two = (number: string): string => number.padStart(2, "0");

/**
 * A schedule of cron (five fields, or six with seconds in front) in words: "Monday to Friday at 03:00". Null for what is
 * better read as it stands.
 */
export function cronInWords(schedule: string): string | null {
  const fields = schedule.trim().split(/\s+/);
  const [second = "0", minute = "", hour = "", day = "", month = "", weekday = ""] =
    fields.length === 5 ? ["0", ...fields] : fields;
  if (fields.length !== 5 && fields.length !== 6) return null;
  const time = timeInWords(second, minute, hour);
  const date = dateInWords(day, month, weekday);
  if (time === null || date === null) return null;
  if (time.startsWith("every")) return date === "" ? time : `${time}, ${date}`;
  return `${date === "" ? "every day" : date} ${time}`;
}

function timeInWords(second: string, minute: string, hour: string): string | null {
  if (second !== "0" && second !== "00") return minute === "*" && hour === "*" ? every(second, "second") : null;
  if (isNumbers(minute) && isNumbers(hour)) {
    const times = hour.split(",").flatMap((one) => minute.split(",").map((other) => `${two(one)}:${two(other)}`));
    return times.length > NAMED_TIMES ? null : `at ${listed(times)}`;
  }
  const minutes = isNumber(minute)
    ? Number(minute) === 0
      ? "every hour"
      : `every hour at minute ${Number(minute)}`
    : every(minute, "minute");
  if (minutes === null || hour === "*") return minutes;
  const [, from, to] = hour.match(/^(\d+)-(\d+)$/) ?? [];
  if (from !== undefined && to !== undefined) return `${minutes} from ${two(from)}:00 to ${two(to)}:59`;
  if (isNumber(minute) && Number(minute) === 0) return every(hour, "hour");
  return null;
}

function every(field: string, unit: string): string | null {
  if (field === "*" || field === "*/1") return `every ${unit}`;
  const [, step] = field.match(/^\*\/(\d+)$/) ?? [];
  return step === undefined ? null : `every ${step} ${unit}s`;
}

/** Empty for every day. */
function dateInWords(day: string, month: string, weekday: string): string | null {
  const anyDay = day === "*" || day === "?";
  const anyWeekday = weekday === "*" || weekday === "?";
  const months = month === "*" ? "" : named(month, MONTHS, 1);
  if (months === null) return null;
  const within = months === "" ? "" : ` in ${months}`;
  if (anyDay && anyWeekday) return months === "" ? "" : `every day${within}`;
  if (!anyDay && !anyWeekday) return null;
  if (anyDay) {
    const days = named(weekday, DAYS, 0);
    return days === null ? null : `${days}${within}`;
  }
  if (!isNumbers(day)) return null;
  return `on day ${listed(day.split(","))} of ${months === "" ? "every month" : months}`;
}

/** Names of months or weekdays for numbers or short names, listed or from one to another. */
function named(field: string, names: readonly string[], first: number): string | null {
  const nameOf = (part: string): string | undefined =>
    isNumber(part)
      ? names[Number(part) - first]
      : names.find((name) => part.length === 3 && name.toLowerCase().startsWith(part.toLowerCase()));
  const parts = field.split(",").map((part) => part.split("-").map(nameOf));
  if (parts.some((part) => part.length > 2 || part.includes(undefined))) return null;
  return listed(parts.map((part) => part.join(" to ")));
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
