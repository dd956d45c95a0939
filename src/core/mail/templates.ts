import { BUILT_IN, type MailName, PLACEHOLDERS } from "./builtin.ts";
import type { Mail } from "./mail.ts";

/** A mail that is still to be put into words. */
export interface TemplateLetter {
  readonly name: MailName;
  readonly to: string;
  /** What the template may name, beside `url` and `email`. */
  readonly values: Readonly<Record<string, string>>;
}

/** A mail in words of the project's own code. */
export interface OwnLetter extends Omit<Mail, "html"> {
  readonly name: "own";
  /** Made of the text if it is left out. */
  readonly html?: string;
}

/** A mail that is to be sent. */
export type Letter = TemplateLetter | OwnLetter;

/** Puts letters into words. */
export type Render = (letter: Letter) => Mail;

/** A file of a project that cannot be used. */
export interface TemplateFault {
  readonly file: string;
  readonly fault: string;
}

/** Files that take the place of built-in mails, by name: `verify.txt`, `verify.html`. */
export type MailFiles = Readonly<Record<string, string>>;

interface Template {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const PLACEHOLDER = /\{\{\s*(\w+)\s*\}\}/g;
const FILE = /^([a-z-]+)\.(txt|html)$/;
const SUBJECT = /^Subject:[ \t]*(\S[^\r\n]*)\r?\n\r?\n/;

/** What is wrong with the files of a project; empty if all can be used. */
export function templateFaults(files: MailFiles): readonly TemplateFault[] {
  return Object.entries(files).flatMap(([file, text]) => {
    const name = FILE.exec(file)?.[1];
    if (name === undefined || !isMailName(name))
      return [{ file, fault: `there is no such mail: ${names().join(", ")}` }];
    const unknown = [...text.matchAll(PLACEHOLDER)].map(([, word = ""]) => word);
    const wrong = unknown.filter((word) => !PLACEHOLDERS[name].includes(word));
    const subject = file.endsWith(".txt") ? (SUBJECT.exec(text)?.[1] ?? "") : "";
    return [
      ...(/\{\{\s*(token|code)\s*\}\}/.test(subject)
        ? [{ file, fault: "the subject is logged, and must not hold what signs in" }]
        : []),
      ...(file.endsWith(".txt") && !SUBJECT.test(text)
        ? [{ file, fault: 'it must begin with a line "Subject: ..." and an empty line' }]
        : []),
      ...wrong.map((word) => ({ file, fault: `{{${word}}} is none of ${PLACEHOLDERS[name].join(", ")}` })),
    ];
  });
}

/** Makes the renderer of the built-in mails, with files of a project in their place. `url` is where links begin. */
export function createRender(url: string, files: MailFiles = {}): Render {
  const templates = new Map(names().map((name) => [name, templateOf(name, files)]));
  return (letter) => {
    if (letter.name === "own") {
      const { to, subject, text, html = htmlOf(text) } = letter;
      return { to, subject, text, html };
    }
    const { name, to, values } = letter;
    const template = templates.get(name) ?? templateOf(name, files);
    const all: Readonly<Record<string, string>> = { url: url.replace(/\/+$/, ""), email: to, ...values };
    const fill = (text: string, as: (value: string) => string): string =>
      text.replace(PLACEHOLDER, (_, word: string) => as(all[word] ?? ""));
    const plain = (value: string): string => value;
    return {
      to,
      // a line break would begin another header
      subject: fill(template.subject, (value) => value.replace(/[\r\n]+/g, " ")),
      text: fill(template.text, plain),
      html: fill(template.html, escapeHtml),
    };
  };
}

function templateOf(name: MailName, files: MailFiles): Template {
  const source = files[`${name}.txt`] ?? BUILT_IN[name];
  const [head = "", subject = ""] = SUBJECT.exec(source) ?? [];
  const text = `${source.slice(head.length).trim()}\n`;
  return { subject: subject.trim(), text, html: files[`${name}.html`] ?? htmlOf(text) };
}

/** A text as HTML: paragraphs, with links for those that are an address alone. */
function htmlOf(text: string): string {
  const paragraphs = text.trim().split(/(?:\r?\n){2,}/);
  const body = paragraphs.map((paragraph) => {
    const inner = escapeHtml(paragraph);
    if (/^(\{\{url\}\}|https?:)\S*$/.test(paragraph)) return `<p><a href="${inner}">${inner}</a></p>`;
    return paragraph === "{{code}}" ? `<p><strong>${inner}</strong></p>` : `<p>${inner.replaceAll("\n", "<br>")}</p>`;
  });
  return `<!doctype html>\n<html><head><meta charset="utf-8"></head><body>\n${body.join("\n")}\n</body></html>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}

function names(): readonly MailName[] {
  return Object.keys(BUILT_IN).filter(isMailName);
}

function isMailName(name: string): name is MailName {
  return Object.hasOwn(BUILT_IN, name);
}
