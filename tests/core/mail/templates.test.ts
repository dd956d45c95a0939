import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createRender, type TemplateLetter, templateFaults } from "../../../src/core/mail/index.ts";

const letter = (name: TemplateLetter["name"], values: TemplateLetter["values"] = {}): TemplateLetter => ({
  name,
  to: "ann@example.com",
  values: { token: "TOKEN", code: "012345", lifetime: "1 hour", newEmail: "new@example.com", ...values },
});

describe("mails", () => {
  for (const [name, holds] of [
    ["verify", "https://example.com/app/verify-email#token=TOKEN\n"],
    ["reset", "https://example.com/app/reset-password#token=TOKEN\n"],
    ["email-change", "https://example.com/app/confirm-email#token=TOKEN\n"],
    ["invitation", "https://example.com/app/accept-invitation#token=TOKEN\n"],
    ["email-changed", "new@example.com"],
    ["email-taken", "nothing was changed"],
    ["otp", "012345\n"],
  ] as const) {
    test(`${name} says all it has to`, () => {
      const { to, subject, text, html } = createRender("https://example.com/app/")(letter(name));
      assert.equal(to, "ann@example.com");
      assert.match(subject, /^\S.{5,60}\S$/);
      assert.ok(text.includes(holds), text);
      assert.ok(html.includes(holds.trim()), html);
      assert.doesNotMatch(subject + text + html, /\{\{|\}\}|undefined/);
      assert.doesNotMatch(subject, /TOKEN|012345/);
    });
  }

  test("links can be followed in HTML", () => {
    const { html } = createRender("https://example.com")(letter("reset"));
    assert.ok(html.includes('<a href="https://example.com/reset-password#token=TOKEN">'), html);
  });

  test("values are text in HTML, and no second header", () => {
    const files = { "email-changed.txt": "Subject: Now {{newEmail}}\n\nIt is {{newEmail}}." };
    const evil = `"><script>alert('1')</script>&\r\nBcc: x@example.com`;
    const mail = createRender("https://example.com", files)(letter("email-changed", { newEmail: evil }));
    assert.equal(mail.subject, `Now "><script>alert('1')</script>& Bcc: x@example.com`);
    assert.ok(mail.text.includes(evil));
    assert.doesNotMatch(mail.html, /<script|'1'/);
    assert.ok(mail.html.includes("&quot;&gt;&lt;script&gt;"), mail.html);
  });

  test("a value that looks like a placeholder is not filled in", () => {
    const { text } = createRender("https://example.com")(letter("email-changed", { newEmail: "{{url}}" }));
    assert.ok(text.includes("{{url}}"));
  });

  test("a project's files take the place of the built-in ones, each by itself", () => {
    const files = { "otp.txt": "Subject: Moin\r\n\r\n{{ code }} <3\r\n", "reset.html": "<b>{{token}}</b>" };
    const render = createRender("https://example.com", files);
    const otp = render(letter("otp"));
    assert.deepEqual([otp.subject, otp.text], ["Moin", "012345 <3\n"]);
    assert.ok(otp.html.includes("012345 &lt;3"), otp.html);
    const reset = render(letter("reset"));
    assert.equal(reset.html, "<b>TOKEN</b>");
    assert.ok(reset.text.includes("reset-password"));
  });

  for (const [file, text, fault] of [
    ["otp.txt", "Subject: Hi\n\n{{code}}", null],
    ["otp.html", "<p>{{code}}", null],
    ["otp.txt", "{{code}}", /must begin with a line "Subject/],
    ["otp.txt", "Subject: Hi\n{{code}}", /must begin/],
    ["otp.txt", "Subject: Hi {{ code }}\n\n{{code}}", /the subject is logged/],
    ["otp.html", "{{token}}", /\{\{token\}\} is none of url, email, code, lifetime/],
    ["welcome.txt", "Subject: Hi\n\n", /there is no such mail: verify/],
    ["constructor.txt", "Subject: Hi\n\n", /there is no such mail/],
  ] as const) {
    test(`${file} with ${JSON.stringify(text)} is ${fault ? "refused" : "good"}`, () => {
      const faults = templateFaults({ [file]: text });
      assert.equal(faults.length, fault ? 1 : 0);
      if (fault) assert.match(faults[0]?.fault ?? "", fault);
    });
  }
});
