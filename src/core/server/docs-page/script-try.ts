/** Sending requests: the form's values, the equal curl line, the answer. Plain JavaScript, as it runs in the browser. */
export const tryScript: string = String.raw`
/** In memory only. */
let token = "";
const tokenListeners = [];

/** A copy button for a text that is asked for when it is pressed. */
function copyButton(label, text) {
  const button = el("button", { type: "button", class: "quiet", "aria-label": label }, "Copy");
  button.addEventListener("click", async () => {
    let word = "Copied";
    try {
      await navigator.clipboard.writeText(text());
    } catch {
      word = "Select and copy by hand";
    }
    button.textContent = word;
    setTimeout(() => (button.textContent = "Copy"), 1500);
  });
  return button;
}

const quoted = (text) => "'" + text.replaceAll("'", "'\\''") + "'";

/** The request as a shell command. The token is named, not shown. */
function curlLine({ method, url, headers, body, parts: sent }) {
  const parts = ["curl" + (method === "GET" ? "" : " -X " + method) + " " + quoted(url)];
  for (const [name, value] of Object.entries(headers)) {
    parts.push(name === "authorization" ? '-H "authorization: Bearer $TOKEN"' : "-H " + quoted(name + ": " + value));
  }
  for (const [name, value] of sent) parts.push("-F " + quoted(name + "=" + (value instanceof File ? "@" + value.name : value)));
  if (typeof body === "string") parts.push("-d " + quoted(body));
  return parts.join(" \\\n  ");
}

/** What the form asks for: a URL, headers, a body, and the parts of it where it is a form itself. */
function requestOf({ method, path, inputs, editor }) {
  let target = path;
  const query = [];
  const headers = {};
  const parts = [];
  for (const { parameter, input } of inputs) {
    const value = input.value;
    if (value === "") continue;
    if (parameter.in === "path") target = target.replace("{" + parameter.name + "}", encodeURIComponent(value.trim()));
    else if (parameter.in === "query") query.push(encodeURIComponent(parameter.name) + "=" + encodeURIComponent(value));
    else if (parameter.in === "form") parts.push([parameter.name, input.files ? input.files[0] : value]);
    else headers[parameter.name.toLowerCase()] = value;
  }
  if (token !== "") headers.authorization = "Bearer " + token;
  if (editor) headers["content-type"] = "application/json";
  const search = query.length > 0 ? "?" + query.join("&") : "";
  return { method, url: location.origin + target + search, headers, parts, body: editor ? editor.value : formOf(parts) };
}

function formOf(parts) {
  if (parts.length === 0) return undefined;
  const form = new FormData();
  for (const [name, value] of parts) form.append(name, value);
  return form;
}

/** Sends it, and shows what comes back. */
async function sendRequest(form) {
  const { method, url, headers, body } = requestOf(form);
  form.button.disabled = true;
  const started = performance.now();
  try {
    const response = await fetch(url, { method, headers, body, cache: "no-store", credentials: "same-origin" });
    const text = await response.text();
    showAnswer(form, response, text, performance.now() - started);
  } catch (error) {
    const why = error instanceof TypeError ? "The server could not be reached." : String(error);
    form.answer.replaceChildren(el("p", { class: "failed", role: "alert" }, "No answer. " + why));
  } finally {
    form.button.disabled = false;
  }
}

function showAnswer(form, response, text, milliseconds) {
  const value = parsed(text);
  const body = value === undefined ? text : pretty(value);
  const size = new TextEncoder().encode(text).length;
  const headers = [...response.headers].map(([name, one]) => name + ": " + one).join("\n");
  form.answer.replaceChildren(
    el("div", { class: "verdict" },
      el("strong", { class: "status s" + String(response.status)[0] }, response.status + " " + statusText(response)),
      el("span", { class: "note" }, Math.round(milliseconds) + " ms"),
      el("span", { class: "note" }, size.toLocaleString("en") + " bytes"),
      body === "" ? "" : copyButton("Copy the answer", () => body)),
    el("details", { class: "deeper" }, el("summary", {}, "Headers"), el("pre", { tabindex: 0 }, headers)),
    body === "" ? el("p", { class: "note" }, "The answer has no body.") : codeView(body, value !== undefined));
  if (value && typeof value.id === "string") offerId(form.tag, value.id);
}

/** The id of the record in hand goes into the empty id fields of the same collection. */
function offerId(tag, id) {
  for (const input of document.querySelectorAll("input[data-place=path]")) {
    if (input.dataset.tag === tag && input.name === "id" && input.value === "") {
      input.value = id;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
  lastIds.set(tag, id);
}
const lastIds = new Map();

const STATUS = { 200: "OK", 201: "Created", 204: "No Content", 304: "Not Modified", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict", 412: "Precondition Failed", 413: "Payload Too Large", 415: "Unsupported Media Type", 429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable" };
const statusText = (response) => response.statusText || STATUS[response.status] || "";

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const HIGHLIGHTED = 100000;

/** Text in a frame; JSON gets colours, as long as it is not huge. */
function codeView(text, isJson) {
  const pre = el("pre", { tabindex: 0 });
  if (!isJson || text.length > HIGHLIGHTED) {
    pre.textContent = text;
    return pre;
  }
  let at = 0;
  for (const match of text.matchAll(TOKENS)) {
    const [whole, string, colon] = match;
    const kind = colon ? "key" : string ? "text" : "value";
    pre.append(text.slice(at, match.index), el("span", { class: "j-" + kind }, string ?? whole), colon ?? "");
    at = match.index + whole.length;
  }
  pre.append(text.slice(at));
  return pre;
}
`;
