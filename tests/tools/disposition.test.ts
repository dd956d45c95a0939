import assert from "node:assert/strict";
import { test } from "node:test";
import { readDisposition, writeDisposition } from "../../src/tools/index.ts";

// biome-ignore format: a table
const READ: readonly (readonly [header: string, name: string | undefined, filename: string | undefined])[] = [
  ['form-data; name="file"; filename="photo.jpg"', "file", "photo.jpg"],
  ["form-data; name=file; filename=photo.jpg", "file", "photo.jpg"],
  ['FORM-DATA;name="file";FileName="a b.txt"', "file", "a b.txt"],
  ['form-data; name="file"', "file", undefined],
  ['form-data; name="file"; filename=""', "file", ""],
  ['form-data; name="file"; filename="\u042f\u0431\u043b\u043e\u043a\u043e \u732b.png"', "file", "\u042f\u0431\u043b\u043e\u043a\u043e \u732b.png"],
  ['form-data; name="file"; filename="say \\"hi\\".txt"', "file", 'say "hi".txt'],
  ['form-data; name="file"; filename="say %22hi%22 100%.txt"', "file", 'say "hi" 100%.txt'],
  ['form-data; name="file"; filename="C:\\new\\a.txt"', "file", "C:\\new\\a.txt"],
  ['form-data; name="a;b=c"; filename="d;e"', "a;b=c", "d;e"],
  ["form-data; name=file; filename=\"plain.txt\"; filename*=UTF-8''%E2%82%AC%20rates.txt", "file", "\u20ac rates.txt"],
  ["form-data; name=file; filename*=utf-8'de'%C3%BC.txt; filename=u.txt", "file", "\u00fc.txt"],
  ["form-data; name=file; filename=u.txt; filename*=ISO-8859-1''%FC.txt", "file", "u.txt"],
  ["form-data; name=file; filename=u.txt; filename*=UTF-8''%FF%.txt", "file", "u.txt"],
];

test("headers of parts are read as browsers, curl and RFC 8187 write them", () => {
  for (const [header, name, filename] of READ) {
    const found = readDisposition(header);
    assert.deepEqual([found?.kind, found?.name, found?.filename], ["form-data", name, filename], header);
  }
});

test("what is no header is none", () => {
  for (const header of [
    "",
    ";",
    'form-data; name="a',
    'form-data; name="a"; name="b"',
    "form-data; =x",
    "form-data name=a",
    'form-data; name="a" x',
  ])
    assert.equal(readDisposition(header), null, header);
});

// biome-ignore format: a table
const WRITTEN: readonly (readonly [filename: string, header: string])[] = [
  ["photo.jpg", 'attachment; filename="photo.jpg"'],
  ["\u00fcber \u20ac.txt", "attachment; filename=\"uber _.txt\"; filename*=UTF-8''%C3%BCber%20%E2%82%AC.txt"],
  ["\u732b.png", "attachment; filename=\"_.png\"; filename*=UTF-8''%E7%8C%AB.png"],
  ['a"b\\c%41.txt', "attachment; filename=\"a_b_c_41.txt\"; filename*=UTF-8''a%22b%5Cc%2541.txt"],
  ["it's (1)*.txt", "attachment; filename=\"it's (1)*.txt\""],
  ["\u00e9'(*).txt", "attachment; filename=\"e'(*).txt\"; filename*=UTF-8''%C3%A9%27%28%2A%29.txt"],
  ["a\r\nset-cookie: x=1.txt", "attachment; filename=\"a__set-cookie: x=1.txt\"; filename*=UTF-8''a%0D%0Aset-cookie%3A%20x%3D1.txt"],
  ["lone \ud800.txt", "attachment; filename=\"lone _.txt\"; filename*=UTF-8''lone%20%EF%BF%BD.txt"],
];

test("a name of any script goes into a header that every runtime takes, and comes back", () => {
  for (const [filename, header] of WRITTEN) {
    assert.equal(writeDisposition("attachment", filename), header);
    assert.equal(new Headers({ "content-disposition": header }).get("content-disposition"), header);
    assert.equal(readDisposition(header)?.filename, filename.toWellFormed());
  }
});
