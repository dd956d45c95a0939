import { typeOfLiteral, typeOfLiterals } from "./coerce.ts";
import { type FunctionName, isMany, type Operand, type PathOperand, typeOf } from "./condition.ts";
import type { OperandNode } from "./expression.ts";
import { faultAt } from "./fault.ts";
import { resolvePath, resolveRecordPath } from "./path.ts";
import type { ResolveOptions } from "./resolution.ts";
import type { SchemaCollection } from "./schema.ts";

type CallNode = Extract<OperandNode, { kind: "call" }>;

/** Gives one operand its meaning. `every(...)` is refused; see `resolveSide`. Throws `bad_request`. */
export function resolveNode(node: OperandNode, collection: SchemaCollection, options: ResolveOptions): Operand {
  switch (node.kind) {
    case "literal": {
      const type = typeOfLiteral(node.value);
      return { kind: "literal", value: node.value, type };
    }
    case "list": {
      const values = node.values.map((value) => value.value);
      return { kind: "list", values, type: typeOfLiterals(values) };
    }
    case "path":
      return resolvePath(node.text, node.at, collection, options);
    case "now":
      return { kind: "now" };
    case "user": {
      if (options.user === undefined) return { kind: "user", path: node.text.split("."), type: "any" };
      return { kind: "user", ...resolveRecordPath(node.text, node.at + "@user.".length, options.user, options) };
    }
    case "old":
      if (options.allowOld !== true) throw faultAt(node.at, "@old is known only to update and delete rules");
      return { kind: "old", ...resolveRecordPath(node.text, node.at + "@old.".length, collection, options) };
    case "call":
      return resolveCall(node, collection, options);
  }
}

/** Gives one side of a comparison its meaning, `every(path)` included. Throws `bad_request`. */
export function resolveSide(node: OperandNode, collection: SchemaCollection, options: ResolveOptions): Operand {
  if (node.kind !== "call" || node.name !== "every") return resolveNode(node, collection, options);
  const [path] = node.args;
  if (path?.kind !== "path" || node.args.length !== 1) throw faultAt(node.at, "every() takes one path");
  return { ...resolvePath(path.text, path.at, collection, options), every: true };
}

const CALLS: Readonly<
  Record<FunctionName, { readonly arity: number; check(args: readonly Operand[], node: CallNode): Operand }>
> = {
  length: {
    arity: 1,
    check(args, node) {
      const [argument] = args;
      if (argument === undefined || !(isMany(argument) || isTextual(argument))) {
        throw faultAt(node.args[0]?.at ?? node.at, "length() takes a text or a path with many values");
      }
      return { kind: "call", name: "length", args, type: "number" };
    },
  },
  lower: {
    arity: 1,
    check(args, node) {
      const [argument] = args;
      if (argument === undefined || !isTextual(argument)) {
        throw faultAt(node.args[0]?.at ?? node.at, "lower() takes a text");
      }
      return { kind: "call", name: "lower", args, type: typeOf(argument) === "json" ? "json" : "text" };
    },
  },
  distance: {
    arity: 3,
    check(args, node) {
      const [position, lat, lng] = args;
      if (position?.kind !== "path" || position.type !== "geo") {
        throw faultAt(node.args[0]?.at ?? node.at, "distance() takes a position, a latitude and a longitude");
      }
      checkDegrees(lat, node.args[1], 90, "latitude");
      checkDegrees(lng, node.args[2], 180, "longitude");
      return { kind: "call", name: "distance", args, type: "number" };
    },
  },
};

function resolveCall(node: CallNode, collection: SchemaCollection, options: ResolveOptions): Operand {
  const name = node.name;
  if (name === "every") throw faultAt(node.at, "every() stands only for a whole side of a comparison");
  if (!isFunction(name)) {
    throw faultAt(node.at, `unknown function ${JSON.stringify(name)}; there are length, lower, distance and every`);
  }
  const { arity, check } = CALLS[name];
  if (node.args.length !== arity)
    throw faultAt(node.at, `${name}() takes ${arity} ${arity === 1 ? "value" : "values"}`);
  return check(
    node.args.map((argument) => resolveNode(argument, collection, options)),
    node,
  );
}

function isFunction(name: string): name is FunctionName {
  return Object.hasOwn(CALLS, name);
}

function isTextual(operand: Operand): boolean {
  const type = typeOf(operand);
  return type === "text" || type === "json" || type === "any";
}

function checkDegrees(operand: Operand | undefined, node: OperandNode | undefined, limit: number, name: string): void {
  if (operand === undefined || node === undefined) return;
  const type = typeOf(operand);
  const fits = type === "number" || (type === "any" && operand.kind === "user");
  if (!fits || isMany(operand)) throw faultAt(node.at, `a ${name} is one number`);
  if (operand.kind === "literal" && Math.abs(Number(operand.value)) > limit) {
    throw faultAt(node.at, `a ${name} lies between -${limit} and ${limit}`);
  }
}

/** The operand as a message names it. */
export function describeOperand(operand: Operand): string {
  switch (operand.kind) {
    case "literal":
      return typeof operand.value === "object" ? "null" : JSON.stringify(operand.value);
    case "list":
      return "the list";
    case "path":
      return describePath(operand);
    case "user":
    case "old":
      return `@${operand.kind}.${operand.path.join(".")}`;
    case "now":
      return "@now";
    case "call":
      return `${operand.name}()`;
  }
}

const describePath = (path: PathOperand) => JSON.stringify(path.text);
