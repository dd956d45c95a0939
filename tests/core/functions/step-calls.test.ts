import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Invoke } from "../../../src/core/functions/invoke.ts";
import type { Generation } from "../../../src/core/functions/loader.ts";
import type { StepReply } from "../../../src/core/functions/messages.ts";
import type { Outcome } from "../../../src/core/functions/pool/index.ts";
import { createStepCalls } from "../../../src/core/functions/step-calls.ts";

const FAILED: Outcome = { ok: false, reason: "ended", detail: "its process is gone" };
const says = (value: unknown): Outcome => ({ ok: true, value });
const until = (at: number): StepReply => ({ is: "until", at });

describe("when a call is to go on", () => {
  for (const [what, replies, outcome, expected] of [
    ["it has paused, and was answered until when", [until(7)], says({ until: 7 }), 7],
    ["it says another time than it was answered", [until(7)], says({ until: 1 }), 7],
    ["of several pauses at once, the first that ends", [until(9), until(7), until(8)], says({ until: 9 }), 7],
    ["it says that it has paused, and never asked for it", [{ is: "open" }], says({ until: 0 }), null],
    ["it has ended, though it had begun a pause", [until(7)], says(undefined), null],
    ["it has failed after a pause", [until(7)], FAILED, null],
  ] as [string, StepReply[], Outcome, number | null][])
    test(what, async () => {
      const invoke: Invoke = async (_, { step }) => {
        for (const _reply of replies) await step?.({ do: "sleep", name: "a", milliseconds: 1 });
        return outcome;
      };
      const left = [...replies];
      const made = await createStepCalls(invoke).make({} as Generation, {} as never, {
        step: async () => left.shift() ?? { is: "open" },
      });
      assert.deepEqual(made, { outcome, until: expected });
    });
});
