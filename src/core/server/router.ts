import { BakendError } from "../errors.ts";
import type { Method, Route } from "./route.ts";

/** A route found, with its path parameters, decoded. */
export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** What was found for a path: a route, or the methods that it would have answered. */
export type Finding = Match | { readonly allow: readonly Method[]; readonly path: string } | null;

/** Finds routes by method and path. A literal segment goes before a parameter. */
export interface Router {
  /** @throws BakendError `bad_request` for a path that is not well encoded */
  find(method: string, path: string): Finding;
}

interface Node {
  readonly literals: Map<string, Node>;
  parameter: { readonly name: string; readonly node: Node } | null;
  /** What answers whatever is left of a path; `*` at the end of one. */
  rest: Node | null;
  readonly routes: Map<string, Route>;
}

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});

/**
 * Makes a router of routes whose paths are made of literals and `:parameters`, or end in `*`: that is the rest of the
 * path, as it was sent, in the parameter `*`. HEAD is answered by GET's route, and a
 * slash at the end of a path does not count.
 */
export function createRouter(routes: readonly Route[]): Router {
  const root = createNode();
  for (const route of routes) insert(root, route);

  return {
    find(method, path) {
      const found = walk(root, path);
      if (!found || found.node.routes.size === 0) return null;
      const { node, params } = found;
      const route = node.routes.get(method === "HEAD" ? "GET" : method);
      if (route) return { route, params };
      const known = [...node.routes.values()];
      return { allow: known.map((one) => one.method), path: known[0]?.path ?? path };
    },
  };
}

function createNode(): Node {
  return { literals: new Map(), parameter: null, rest: null, routes: new Map() };
}

function insert(root: Node, route: Route): void {
  let node = root;
  for (const segment of route.path.split("/")) {
    if (segment === "") continue;
    if (segment === "*") {
      node.rest ??= createNode();
      node = node.rest;
      continue;
    }
    if (segment.startsWith(":")) {
      node.parameter ??= { name: segment.slice(1), node: createNode() };
      node = node.parameter.node;
      continue;
    }
    const next = node.literals.get(segment) ?? createNode();
    node.literals.set(segment, next);
    node = next;
  }
  node.routes.set(route.method, route);
}

function walk(
  root: Node,
  path: string,
): { readonly node: Node; readonly params: Readonly<Record<string, string>> } | null {
  let node = root;
  let params: Record<string, string> | null = null;
  let start = 1;
  while (start < path.length) {
    if (node.rest) return { node: node.rest, params: { ...params, "*": path.slice(start - 1) } };
    const slash = path.indexOf("/", start);
    const end = slash < 0 ? path.length : slash;
    const segment = path.slice(start, end);
    start = end + 1;
    const literal = node.literals.get(segment);
    if (literal) {
      node = literal;
      continue;
    }
    if (!node.parameter || segment === "") return null;
    params ??= {};
    params[node.parameter.name] = segment.includes("%") ? decode(segment) : segment;
    node = node.parameter.node;
  }
  if (node.rest) return { node: node.rest, params: { ...params, "*": "/" } };
  return { node, params: params ?? NO_PARAMS };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new BakendError("bad_request", "The path is not well encoded.");
  }
}
