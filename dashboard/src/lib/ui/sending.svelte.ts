import { messageOf } from "../state/notices.svelte.ts";

/** A form on its way to the server. */
export class Sending {
  /** Whether it is under way: its button is not to be pressed again. */
  busy = $state(false);
  /** What was thrown the last time; null if nothing was. */
  error = $state.raw<unknown>(null);

  /** What went wrong, in words; empty if nothing did. */
  get fault(): string {
    return this.error === null ? "" : messageOf(this.error);
  }

  /** Does the task for a form that was submitted, and keeps what it throws. */
  async submit(event: SubmitEvent, task: () => Promise<unknown>): Promise<void> {
    event.preventDefault();
    this.busy = true;
    this.error = null;
    try {
      await task();
    } catch (error) {
      this.error = error;
    } finally {
      this.busy = false;
    }
  }
}
