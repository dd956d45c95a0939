/** Which columns of a collection's table are shown; kept by the browser where it lets us. Null: the usual ones. */
export class ChosenColumns {
  names = $state.raw<readonly string[] | null>(null);
  readonly #key: string;

  constructor(collection: string) {
    this.#key = `bakend.columns.${collection}`;
    this.names = read(this.#key);
  }

  choose(names: readonly string[] | null): void {
    this.names = names;
    try {
      if (names === null) localStorage.removeItem(this.#key);
      else localStorage.setItem(this.#key, JSON.stringify(names));
    } catch {
      // a browser that keeps nothing: the choice holds for this visit
    }
  }
}

function read(key: string): readonly string[] | null {
  try {
    const names: unknown = JSON.parse(localStorage.getItem(key) ?? "null");
    return Array.isArray(names) ? names.map(String) : null;
  } catch {
    return null;
  }
}
