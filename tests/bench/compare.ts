import { type Load, type LoadPlan, load, median, type Server } from "./process.ts";

/** The same requests to two servers, one right after the other, several times. */
export interface Comparison {
  readonly name: string;
  readonly plan: LoadPlan;
  readonly ours: Server;
  readonly theirs: Server;
  /** What the other server is. */
  readonly label: string;
  /** The least ratio that is aimed at. */
  readonly aim: number | null;
  readonly rounds: number;
}

/** Prints the median of the ratios, and what each server did. Any error voids the row. */
export async function compare({ name, plan, ours, theirs, label, aim, rounds }: Comparison): Promise<void> {
  const pairs: { ours: Load; theirs: Load }[] = [];
  await load(ours, { ...plan, seconds: 1 });
  await load(theirs, { ...plan, seconds: 1 });
  for (let round = 0; round < rounds; round += 1) {
    pairs.push({ ours: await load(ours, plan), theirs: await load(theirs, plan) });
  }
  const errors = pairs.reduce((sum, pair) => sum + pair.ours.errors + pair.theirs.errors, 0);
  const ratio = median(pairs.map((pair) => pair.ours.perSecond / pair.theirs.perSecond));
  const mid = (pick: (load: Load) => number, side: "ours" | "theirs"): number =>
    median(pairs.map((pair) => pick(pair[side])));
  const verdict =
    errors > 0
      ? `VOID: ${errors} errors`
      : `ratio ${ratio.toFixed(2)}${aim === null ? "" : ` (aim ${aim.toFixed(1)})`}`;
  console.log(`${name}: ${verdict}`);
  for (const [side, title] of [
    ["ours", "bakend"],
    ["theirs", label],
  ] as const) {
    console.log(
      `  ${title.padEnd(26)} ${Math.round(mid((one) => one.perSecond, side))
        .toLocaleString("en")
        .padStart(8)} req/s  ` +
        `p50 ${mid((one) => one.p50, side).toFixed(2)} ms  p99 ${mid((one) => one.p99, side).toFixed(2)} ms  ` +
        `server CPU ${mid((one) => one.cpu, side).toFixed(0)} us/request`,
    );
  }
}
