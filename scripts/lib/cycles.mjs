/** The cycles of a graph (`Map<node, Set<node>>`): one readable path for each group of nodes that reach each other. */
export function findCycles(graph) {
  const cycles = [];
  for (const group of components(graph)) {
    const loop = group.length === 1 && graph.get(group[0])?.has(group[0]);
    if (group.length > 1 || loop) cycles.push(shortestLoop(graph, new Set(group), group.sort()[0]));
  }
  return cycles;
}

/** Strongly connected components, by Tarjan's algorithm. */
function components(graph) {
  const found = [];
  const index = new Map();
  const low = new Map();
  const stack = [];
  const visit = (node) => {
    index.set(node, index.size);
    low.set(node, index.get(node));
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(node, Math.min(low.get(node), low.get(next)));
    }
    if (low.get(node) === index.get(node)) found.push(stack.splice(stack.indexOf(node)));
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return found;
}

function shortestLoop(graph, group, start) {
  const queue = [[start]];
  const seen = new Set();
  for (const path of queue) {
    for (const next of graph.get(path.at(-1)) ?? []) {
      if (next === start) return [...path, start];
      if (!group.has(next) || seen.has(next)) continue;
      seen.add(next);
      queue.push([...path, next]);
    }
  }
  return [start];
}
