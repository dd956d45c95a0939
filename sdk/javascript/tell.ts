/** Calls what was given to be called: what it throws is thrown, but in a turn of its own, and stops nothing here. */
export function tell(task: () => void): void {
  try {
    task();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
