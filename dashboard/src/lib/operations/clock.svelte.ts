/** The time, to ten seconds: what is read of it is shown anew as time goes on. Milliseconds since 1970. */
class Clock {
  now = $state(Date.now());

  constructor() {
    setInterval(() => {
      this.now = Date.now();
    }, 10_000);
  }
}

export const clock = new Clock();
