import { ApiError } from "../../../../sdk/javascript/index.ts";

/** Something said for some seconds, at the edge of the page. */
export interface Notice {
  readonly id: number;
  readonly kind: "done" | "failed";
  readonly text: string;
}

const SECONDS = { done: 4, failed: 9 } as const;

class Notices {
  all = $state.raw<readonly Notice[]>([]);
  #next = 1;

  done(text: string): void {
    this.#add("done", text);
  }

  /** What went wrong, in the server's words where it has some. */
  failed(error: unknown): void {
    this.#add("failed", messageOf(error));
  }

  /** Waits for a task, and says that it is done or what went wrong. Whether it is done is what it resolves to. */
  async after(task: Promise<unknown>, done: string): Promise<boolean> {
    try {
      await task;
      this.done(done);
      return true;
    } catch (error) {
      this.failed(error);
      return false;
    }
  }

  dismiss(id: number): void {
    this.all = this.all.filter((one) => one.id !== id);
  }

  #add(kind: Notice["kind"], text: string): void {
    const id = this.#next++;
    this.all = [...this.all, { id, kind, text }];
    setTimeout(() => this.dismiss(id), SECONDS[kind] * 1000);
  }
}

export const notices = new Notices();

/** An error in words, those about single fields included. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) {
    const fields = error.fields
      .map(({ field, message }) => `${field}: ${message}`)
      .filter((one) => !error.message.includes(one));
    return fields.length > 0 ? `${error.message} ${fields.join("; ")}` : error.message;
  }
  return error instanceof Error ? error.message : String(error);
}
