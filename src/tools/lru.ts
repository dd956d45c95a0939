/** A map that forgets what was used least recently once it holds more than its capacity. */
export interface Lru<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
  delete(key: K): void;
  clear(): void;
  readonly size: number;
}

/** Makes an `Lru`; `onEvict` is told of each entry that falls out (not of those deleted or overwritten). */
export function createLru<K, V>(capacity: number, onEvict?: (value: V, key: K) => void): Lru<K, V> {
  const entries = new Map<K, V>();
  return {
    get(key) {
      const value = entries.get(key);
      // while there is room nothing is dropped, so the order need not be kept
      if (value === undefined || entries.size < capacity) return value;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      if (entries.size <= capacity) return;
      for (const [oldest, dropped] of entries) {
        entries.delete(oldest);
        onEvict?.(dropped, oldest);
        return;
      }
    },
    delete: (key) => void entries.delete(key),
    clear: () => entries.clear(),
    get size() {
      return entries.size;
    },
  };
}
