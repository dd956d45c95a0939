/** Something that is waited for. */
export interface Signal {
  readonly sent: Promise<void>;
  send(): void;
}

/** Makes one that is not sent yet. */
export function createSignal(): Signal {
  let send = (): void => undefined;
  const sent = new Promise<void>((resolve) => {
    send = resolve;
  });
  return { sent, send };
}
