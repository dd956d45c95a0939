import { availableParallelism } from "node:os";
import { readCounts } from "./counts.mjs";
import { capture, duration } from "./run.mjs";

/** Milliseconds after which a step that has not come to its end fails: many times what the longest takes. */
const LIMIT = 20 * 60_000;

/**
 * Runs steps `{ name, command, args, files?, after? }`, independent ones side by side, and reports each as it ends.
 * `files` makes it a test step: they are added to its arguments. A step fails by its exit code, by
 * running longer than `limit` milliseconds, and a test step by having run no test. What comes `after` a failed step is skipped. Lines of output that begin with `note: ` are shown, or
 * with `# note: `, as Node's runner passes them on. Returns the totals; a failed step whose output counts no failure adds
 * one.
 */
export async function runSteps(steps, report, limit = LIMIT) {
  const ended = new Map();
  const waiting = [...steps];
  const running = new Map();
  const total = { passed: 0, failed: 0 };
  while (waiting.length > 0 || running.size > 0) {
    for (let next = ready(); next !== undefined && running.size < availableParallelism(); next = ready()) begin(next);
    if (running.size > 0) await Promise.race(running.values());
  }
  return total;

  function ready() {
    const depends = (step) => (step.after ?? []).filter((name) => steps.some((other) => other.name === name));
    return waiting.find((step) => depends(step).every((name) => ended.has(name)));
  }

  function begin(step) {
    waiting.splice(waiting.indexOf(step), 1);
    const blocker = (step.after ?? []).find((name) => ended.get(name) === false);
    if (blocker !== undefined) {
      ended.set(step.name, false);
      total.failed += 1;
      report(`FAIL  ${step.name}: not run, because ${blocker} failed\n`);
      return;
    }
    const { name } = step;
    running.set(
      name,
      run(step).then(() => running.delete(name)),
    );
  }

  async function run(step) {
    // Without a file, the runners would look for some by themselves.
    const none = { code: 1, output: "There is no test file.", ms: 0 };
    const { files = [] } = step;
    const { code, output, ms } =
      files.length === 0 && step.files ? none : await capture(step.command, [...step.args, ...files], { limit });
    const counts = step.files ? readCounts(output) : undefined;
    const empty = step.files !== undefined && (counts === undefined || counts.passed + counts.failed === 0);
    const failed = code !== 0 || empty || (counts?.failed ?? 0) > 0;
    total.passed += counts?.passed ?? 0;
    total.failed += failed ? Math.max(1, counts?.failed ?? 0) : 0;
    const tally = counts === undefined ? "" : `  ${counts.passed} passed, ${counts.failed} failed`;
    if (failed) report(`${output.trimEnd()}\n`);
    report(`${failed ? "FAIL" : "ok  "}  ${step.name}  ${duration(ms)}${tally}${empty ? "  (no test ran)" : ""}\n`);
    if (!failed) for (const [, note] of output.matchAll(/^(?:# )?note: (.*)$/gm)) report(`      ${note}\n`);
    ended.set(step.name, !failed);
  }
}
