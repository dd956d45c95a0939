/** One operation on the page: what it takes, what it answers, and a form to try it. Plain JavaScript. */
export const operationScript: string = String.raw`
const badge = (method) => el("span", { class: "method m-" + method }, method.toUpperCase());

/** A path with the parts that vary set apart. */
function pathView(path) {
  return el("code", { class: "path" }, path.split(/(\{\w+\})/).map((part) =>
    part.startsWith("{") ? el("em", {}, part) : part));
}

/** An operation, closed. What it holds is made when it is opened. */
function operationView(operation) {
  const { id, method, path, summary } = operation;
  const details = el("details", { class: "operation", id },
    el("summary", {},
      badge(method), pathView(path), el("span", { class: "says" }, summary)));
  details.addEventListener("toggle", () => {
    if (!details.open) return;
    if (details.childElementCount === 1) details.append(insideView(operation));
    if (location.hash !== "#" + id) history.replaceState(null, "", "#" + id);
  });
  return details;
}

function insideView(operation) {
  const { description, requestBody, responses } = operation;
  const body = requestBody?.content["application/json"];
  const form = requestBody?.content["multipart/form-data"];
  return el("div", { class: "inside" },
    description ? el("p", { class: "lead" }, prose(description)) : "",
    el("div", { class: "columns" },
      tryForm(operation, body, partsOf(form)),
      el("div", { class: "reference" },
        body ? el("section", {}, el("h4", {}, "Body"), schemaView(body.schema)) : "",
        el("section", {},
          el("h4", {}, "Answers"),
          Object.entries(responses).map(([status, response]) => responseView(status, resolve(response)))))));
}

function responseView(status, { description, headers, content }) {
  const label = el("span", { class: "status s" + status[0] }, status === "default" ? "other" : status);
  const inside = () => {
    const [type, media] = Object.entries(content ?? {})[0] ?? [];
    return el("div", { class: "response" },
      headers ? el("ul", { class: "props" }, Object.entries(headers).map(([name, header]) =>
        el("li", {},
          el("div", { class: "prop" }, el("code", { class: "name" }, name), el("span", { class: "type" }, "header")),
          el("p", { class: "note" }, prose(resolve(header).description ?? ""))))) : "",
      media ? [
        el("p", { class: "type" }, type),
        schemaView(media.schema, "always"),
        examplesOf(media).map(([name, value]) => [
          el("p", { class: "note" }, "Example: " + name.replaceAll("_", " ")),
          codeView(pretty(value), true)]),
      ] : el("p", { class: "note" }, "Without a body."));
  };
  const details = el("details", { class: "answer-kind" },
    el("summary", {}, label, el("span", {}, prose(description ?? ""))));
  details.addEventListener("toggle", () => details.append(inside()), { once: true });
  return details;
}

/** The fields of a form that is sent, each like a parameter. */
function partsOf(form) {
  const { properties = {}, required = [] } = form?.schema ?? {};
  return Object.entries(properties).map(([name, schema]) =>
    ({ name, in: "form", schema, required: required.includes(name), description: schema.description }));
}

/** The form: a field for each parameter or part, an editor for the body, the curl line, the answer. */
function tryForm(operation, body, parts) {
  const { method, path, parameters, tag, id } = operation;
  const inputs = [...parameters, ...parts].map((parameter) => ({ parameter, input: inputFor(parameter, operation) }));
  const examples = body ? examplesOf(body) : [];
  const editor = body ? editorFor(id, pretty(examples[0][1])) : undefined;
  const button = el("button", { type: "submit", class: "send" }, "Send");
  const answer = el("div", { class: "answer", role: "status" });
  const curl = el("pre", { tabindex: 0, class: "curl" });
  const request = { method: method.toUpperCase(), path, inputs, editor, button, answer, tag };
  const refresh = () => (curl.textContent = curlLine(requestOf(request)));
  const form = el("form", { class: "try", "aria-label": "Try " + operation.summary },
    el("h4", {}, "Try it"),
    inputs.length > 0 ? el("div", { class: "fields" }, inputs.map(fieldView)) : "",
    editor ? bodyView(id, editor, examples, refresh) : "",
    el("div", { class: "row" }, button,
      el("span", { class: "note" }, editor ? "Ctrl + Enter sends too" : "")),
    answer,
    el("div", { class: "curl-head" }, el("h5", {}, "The same with curl"), copyButton("Copy the curl line", () => curl.textContent)),
    curl);
  form.addEventListener("input", refresh);
  tokenListeners.push(refresh);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    refresh();
    sendRequest(request);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  refresh();
  return form;
}

function inputFor(parameter, { id, tag }) {
  const { name, schema = {}, required, example } = parameter;
  const common = { id: id + "." + name, name, required: required === true, "data-place": parameter.in, "data-tag": tag };
  const values = schema.enum ?? (schema.type === "boolean" ? ["true", "false"] : undefined);
  if (values) return el("select", common, el("option", { value: "" }, "–"), values.map((value) => el("option", {}, value)));
  if (schema.format === "binary") return el("input", { ...common, type: "file" });
  const number = schema.type === "integer" || schema.type === "number";
  const hint = example ?? schema.default;
  const input = el("input", { ...common, type: number ? "number" : "text", min: schema.minimum, max: schema.maximum,
    maxlength: schema.maxLength, placeholder: hint === undefined ? undefined : String(hint), autocomplete: "off", spellcheck: "false" });
  if (parameter.in === "path" && name === "id") input.value = lastIds.get(tag) ?? "";
  return input;
}

function fieldView({ parameter, input }) {
  const { name, schema = {}, required, description } = parameter;
  const noteId = input.id + ".note";
  if (description) input.setAttribute("aria-describedby", noteId);
  return el("div", { class: "field" },
    el("label", { for: input.id },
      el("code", { class: "name" }, name),
      el("span", { class: "type" }, (parameter.in === "query" ? "" : parameter.in + " · ") + typeText(schema)),
      required ? el("span", { class: "required" }, "required") : ""),
    input,
    description ? el("p", { class: "note", id: noteId }, prose(description)) : "");
}

function editorFor(id, text) {
  const rows = Math.min(Math.max(text.split("\n").length + 1, 5), 22);
  const editor = el("textarea", { id: id + ".body", rows, spellcheck: "false", autocapitalize: "off", autocomplete: "off" });
  editor.value = text;
  return editor;
}

/** The body's editor. It says at once if what stands there is no JSON, and sends it all the same. */
function bodyView(id, editor, examples, refresh) {
  const fault = el("p", { class: "failed", role: "status" });
  editor.addEventListener("input", () => {
    fault.textContent = parsed(editor.value) === undefined ? "This is no JSON yet." : "";
  });
  const picks = examples.length < 2 ? "" : el("div", { class: "picks" }, examples.map(([name, value]) =>
    el("button", { type: "button", class: "quiet", onclick: () => {
      editor.value = pretty(value);
      fault.textContent = "";
      refresh();
    } }, name)));
  return el("div", { class: "field" },
    el("div", { class: "body-head" },
      el("label", { for: editor.id }, el("span", { class: "name" }, "Body"), el("span", { class: "type" }, "JSON")), picks),
    editor, fault);
}
`;
