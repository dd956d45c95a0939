/** Loads the description, and keeps contents, search, token and address in step. Plain JavaScript. */
export const mainScript: string = String.raw`
const byId = (id) => document.getElementById(id);
const METHODS = ["get", "post", "put", "patch", "delete"];

/** Every operation of the description, in its order. */
function operationsOf(description) {
  return Object.entries(description.paths ?? {}).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => {
      const operation = item[method];
      return {
        ...operation,
        method,
        path,
        id: operation.operationId ?? method + path.replaceAll("/", "_"),
        summary: operation.summary ?? "",
        tag: operation.tags?.[0] ?? "other",
        parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(resolve),
        responses: operation.responses ?? {},
      };
    }));
}

/** Tags that have operations, each with its own: first as the description lists them, then the rest. */
function groupsOf(description, operations) {
  const named = new Map((description.tags ?? []).map((tag) => [tag.name, tag.description ?? ""]));
  const names = [...new Set([...named.keys(), ...operations.map((one) => one.tag)])];
  return names
    .map((name) => ({ name, description: named.get(name), operations: operations.filter((one) => one.tag === name) }))
    .filter((group) => group.operations.length > 0);
}

let shown = [];

function render(description) {
  spec = description;
  const operations = operationsOf(description);
  const groups = groupsOf(description, operations);
  const { title = "API", version = "", description: about = "" } = description.info ?? {};
  document.title = title + " API reference";
  byId("title").textContent = title;
  byId("version").textContent = version;
  byId("heading").textContent = title + " API";
  byId("about").textContent = about;
  byId("base").textContent = location.origin;
  shown = groups.map((group) => ({ ...group, ...groupView(group) }));
  byId("contents").replaceChildren(...shown.map((group) => group.entry));
  byId("operations").replaceChildren(...shown.map((group) => group.section), noneView);
  byId("operations").removeAttribute("aria-busy");
  search();
  follow();
}

const noneView = el("p", { class: "state", hidden: true }, "No operation matches. ",
  el("button", { type: "button", class: "quiet", onclick: () => {
    byId("search").value = "";
    search();
    byId("search").focus();
  } }, "Show all"));

function groupView({ name, description, operations }) {
  const rows = operations.map((operation) => {
    const words = [operation.method, operation.path, operation.summary, operation.id, name].join(" ").toLowerCase();
    const link = el("a", { href: "#" + encodeURIComponent(operation.id), title: operation.summary }, badge(operation.method), el("span", {}, operation.path.replace(/^\/api\//, "/")));
    return { id: operation.id, words, view: operationView(operation), link: el("li", {}, link) };
  });
  const section = el("section", { class: "group", "aria-label": name },
    el("h2", {}, name), description ? el("p", { class: "about" }, prose(description)) : "",
    rows.map((row) => row.view));
  const entry = el("div", { class: "entry" }, el("h2", {}, name), el("ul", {}, rows.map((row) => row.link)));
  return { rows, section, entry };
}

/** Shows the operations that have every word of the search. */
function search() {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const { rows, section, entry } of shown) {
    let here = 0;
    for (const row of rows) {
      const hit = words.every((word) => row.words.includes(word));
      row.view.hidden = !hit;
      row.link.hidden = !hit;
      here += hit ? 1 : 0;
    }
    section.hidden = here === 0;
    entry.hidden = here === 0;
    count += here;
  }
  noneView.hidden = count > 0;
  byId("count").textContent = words.length === 0 ? "" : count + (count === 1 ? " operation" : " operations");
}

/** Opens the operation that the address names. */
function follow() {
  const id = decodeURIComponent(location.hash.slice(1));
  const row = shown.flatMap((group) => group.rows).find((one) => one.id === id);
  for (const group of shown) {
    for (const { link, id: other } of group.rows) {
      if (other === id) link.firstElementChild.setAttribute("aria-current", "true");
      else link.firstElementChild.removeAttribute("aria-current");
    }
  }
  if (!row) return;
  if (row.view.hidden) {
    byId("search").value = "";
    search();
  }
  row.view.open = true;
  row.view.scrollIntoView();
  row.view.querySelector("summary").focus({ preventScroll: true });
}

async function load() {
  try {
    const response = await fetch("/api/openapi.json");
    if (!response.ok) throw new Error("The server answered " + response.status + ".");
    render(await response.json());
  } catch (error) {
    byId("operations").replaceChildren(el("p", { class: "state", role: "alert" },
      "The description could not be loaded. " + (error instanceof TypeError ? "The server could not be reached." : error.message) + " ",
      el("button", { type: "button", class: "quiet", onclick: load }, "Try again")));
  }
}

byId("search").addEventListener("input", search);
byId("access").addEventListener("submit", (event) => event.preventDefault());
byId("token").addEventListener("input", () => {
  token = byId("token").value.trim().replace(/^bearer\s+/i, "");
  for (const refresh of tokenListeners) refresh();
});
byId("reveal").addEventListener("click", () => {
  const show = byId("token").type === "password";
  byId("token").type = show ? "text" : "password";
  byId("reveal").textContent = show ? "Hide" : "Show";
  byId("reveal").setAttribute("aria-pressed", String(show));
});
document.addEventListener("keydown", (event) => {
  const typing = /^(?:input|textarea|select)$/i.test(document.activeElement?.tagName ?? "");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  byId("search").focus();
});
window.addEventListener("hashchange", follow);
load();
`;
