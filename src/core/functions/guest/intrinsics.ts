/** What every call in a process shares and any of them can change. */
const SHARED: readonly (readonly [title: string, of: () => object])[] = [
  ["Object", () => Object],
  ["Object.prototype", () => Object.prototype],
  ["Function.prototype", () => Function.prototype],
  ["Array", () => Array],
  ["Array.prototype", () => Array.prototype],
  ["String.prototype", () => String.prototype],
  ["Number.prototype", () => Number.prototype],
  ["Promise", () => Promise],
  ["Promise.prototype", () => Promise.prototype],
  ["Map.prototype", () => Map.prototype],
  ["Set.prototype", () => Set.prototype],
  ["JSON", () => JSON],
  ["Math", () => Math],
  ["Reflect", () => Reflect],
  ["Date", () => Date],
  ["RegExp.prototype", () => RegExp.prototype],
  ["Error", () => Error],
  ["Error.prototype", () => Error.prototype],
  ["Headers.prototype", () => Headers.prototype],
  ["Request.prototype", () => Request.prototype],
  ["Response.prototype", () => Response.prototype],
  ["URL.prototype", () => URL.prototype],
];

/** Looks whether what all calls share is still what it was. Each says what has changed; null for nothing. */
export interface IntrinsicsWatch {
  /** Only at what is used most: before every call. */
  glance(): string | null;
  /** At all of it: takes as long as a short call. */
  look(): string | null;
}

/** What a call of any kind needs: exchanged, it would break the next. */
const VITAL: readonly (readonly [object, readonly string[]])[] = [
  [globalThis, ["Promise", "JSON", "Object", "Array", "Map", "Set", "Request", "Response", "Headers", "URL", "Error"]],
  [Object.prototype, ["toString", "hasOwnProperty", "valueOf", "constructor"]],
  [Array.prototype, ["map", "filter", "push", "join", "slice", "forEach", "find", "includes", "shift"]],
  [String.prototype, ["slice", "split", "replace", "startsWith", "trim", "indexOf"]],
  [Promise.prototype, ["then", "catch", "finally"]],
  [Promise, ["resolve", "reject", "all"]],
  [Map.prototype, ["get", "set", "has", "delete"]],
  [Set.prototype, ["add", "has", "delete"]],
  [JSON, ["parse", "stringify"]],
  [Object, ["keys", "entries", "assign", "defineProperty", "freeze", "fromEntries"]],
  [Array, ["isArray", "from"]],
  [Function.prototype, ["call", "apply", "bind"]],
];

/**
 * Remembers what all calls share, to say later what of it was added to, taken from or exchanged.
 * Packages may change what they like while they are loaded; a change by a call would reach into every other.
 */
export function watchIntrinsics(): IntrinsicsWatch {
  const { getOwnPropertyNames, getOwnPropertyDescriptor } = Object;
  const known = SHARED.map(([title, of]) => {
    const object = of();
    const names = getOwnPropertyNames(object);
    const values = names.map((name) => getOwnPropertyDescriptor(object, name)?.value);
    return { title, of, object, names, values };
  });
  const vital = VITAL.flatMap(([object, names]) =>
    names.map((name) => ({ object, name, value: Reflect.get(object, name) })),
  );
  const { get } = Reflect;
  const { keys } = Object;
  const enumerable = keys(Object.prototype).length;

  const glance = (): string | null => {
    for (let index = 0; index < vital.length; index += 1) {
      const one = vital[index];
      if (one && get(one.object, one.name) !== one.value) return one.name;
    }
    return keys(Object.prototype).length === enumerable ? null : "Object.prototype";
  };
  const look = (): string | null => {
    for (const { title, of, object, names, values } of known) {
      try {
        if (of() !== object || getOwnPropertyNames(object).length !== names.length) return title;
        for (let index = 0; index < names.length; index += 1) {
          const name = names[index] ?? "";
          if (getOwnPropertyDescriptor(object, name)?.value !== values[index]) return `${title}.${name}`;
        }
      } catch {
        return title;
      }
    }
    return null;
  };
  return { glance, look };
}
