import { CONFINED } from "./functions.ts";

/** What a handler does, what its caller gets, and where it can only be tried inside a boundary. */
export interface Hostile {
  readonly name: string;
  /** The handler's body; the context's `db`, `fetch`, `jobs`, `log`, `mail` and the errors are in scope. */
  readonly body: string;
  readonly status: number | readonly number[];
  readonly says?: RegExp;
  /** Not tried where nothing confines a child: it would reach the test itself, or succeed. */
  readonly confined?: true;
  /** Calls that have begun beside it, in its process, go on. */
  readonly spares?: true;
  /** Milliseconds until the other calls: a call that has begun beside it goes down with its process. */
  readonly pause?: number;
}

/** An attempt whose fault is told in the answer, so that it is known that it failed for the right reason. */
const attempt = (code: string): string =>
  `try { const made = await (async () => { ${code} })(); return new Response("done " + made); }
   catch (error) { return new Response("refused " + (error?.code ?? "") + " " + String(error)); }`;
const REFUSED = /^refused .*(EACCES|EPERM|denied|ERR_ACCESS_DENIED|restricted)/s;
const LATE = { status: 504, says: /function_timeout/ } as const;
const FAILED = { status: 500, says: /function_failed/ } as const;
const DONE = { status: 200, says: /^done/ } as const;
/** A mistake that costs its call alone. */
const MISTAKE = { ...FAILED, spares: true } as const;
const TOO_LARGE = { status: 200, says: /^refused (payload_too_large|.*Out of memory)/, spares: true } as const;

/** By what they go for: time, memory, the process, files, the network, the answer, the wire, what all share. */
const HOSTILE: readonly Hostile[] = [
  // time
  { name: "a loop that never yields", body: "for (;;);", ...LATE },
  { name: "a loop after a line of the log", body: `log.info("right before the loop"); for (;;);`, ...LATE },
  { name: "a loop of microtasks", body: "for (;;) await null;", ...LATE },
  { name: "a loop of timers", body: "for (;;) await new Promise((done) => setTimeout(done, 1));", ...LATE },
  { name: "a promise that never settles", body: "await new Promise(() => {});", ...LATE },
  {
    name: "a bad regular expression",
    body: `return new Response(String(/^(a+)+$/.test("a".repeat(40) + "b")));`,
    status: [200, 504],
  },
  { name: "a lock that nobody opens", body: "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);", ...LATE },
  {
    name: "an answer that never ends",
    body: "return new Response(new ReadableStream({ async pull(c) { await new Promise((d) => setTimeout(d, 5)); c.enqueue(new Uint8Array(10)); } }));",
    ...LATE,
  },
  {
    name: "a loop that is left behind",
    body: `setTimeout(() => { for (;;); }, 0); return new Response("done");`,
    pause: 30,
    status: [200, 504],
  },
  {
    name: "a flood of timers",
    body: `for (let i = 0; i < 5000; i += 1) setInterval(() => {}, 0); return new Response("done");`,
    ...DONE,
  },
  {
    name: "a chain of immediates",
    body: `const next = () => setImmediate(next); next(); return new Response("done");`,
    ...DONE,
  },
  {
    name: "a chain of timers",
    body: `const next = () => setTimeout(next, 0); next(); return new Response("done");`,
    ...DONE,
  },
  {
    name: "a thread that spins",
    body: `new Worker("data:text/javascript,for(;;);"); return new Response("done");`,
    ...DONE,
    confined: true,
  },
  {
    name: "trying again without an end",
    body: `(async () => { for (;;) try { await db.collection("users").count(); } catch {} })(); return new Response("done");`,
    ...DONE,
    spares: true,
  },
  {
    name: "a chain of promises that never waits",
    body: `(async () => { for (;;) await null; })(); return new Response("done");`,
    pause: 30,
    status: [200, 504],
  },
  // memory
  // on a loaded machine its time may be up before the memory is
  {
    name: "a bomb of bytes",
    body: "const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1));",
    status: [500, 504],
  },
  {
    name: "a bomb of objects",
    body: "const all = []; for (;;) all.push({ a: Math.random(), b: [String(Math.random())] });",
    status: [500, 504],
  },
  {
    name: "a bomb of text",
    body: `let text = "x".repeat(1024); for (;;) text += text + [...text.slice(0, 9)].join("");`,
    status: [500, 504],
  },
  {
    name: "a bomb of WebAssembly",
    body: "const all = []; for (;;) all.push(new WebAssembly.Memory({ initial: 1000, maximum: 65536 }));",
    status: [500, 504],
  },
  {
    name: "endless recursion",
    body: "const deeper = () => deeper() + 1; return new Response(String(deeper()));",
    ...FAILED,
  },
  // the process
  { name: "process.exit", body: "process.exit(0);", ...MISTAKE },
  {
    name: "process.exit by its module",
    body: `(await import("node:process")).exit(1); await new Promise(() => {});`,
    ...MISTAKE,
  },
  {
    name: "process.exit, whose error is caught",
    body: `try { process.exit(1); } catch {} return new Response("done");`,
    ...MISTAKE,
  },
  {
    name: "process.exit in a timer",
    body: "setTimeout(() => process.exit(1), 5); await new Promise(() => {});",
    ...MISTAKE,
  },
  {
    name: "process.exit after the answer",
    body: `Promise.resolve().then(() => Promise.resolve()).then(async () => { for (let i = 0; i < 50; i += 1) await null; process.exit(1); }); return new Response("done");`,
    ...DONE,
    spares: true,
  },
  {
    name: "process.exit for what nobody catches",
    body: `process.on("uncaughtException", function exit() { process.off("uncaughtException", exit); process.exit(1); });
      setTimeout(() => { throw new Error("forgotten"); }, 0); await new Promise((done) => setTimeout(done, 60)); return new Response("done");`,
    ...MISTAKE,
  },
  {
    name: "an exception that nobody catches, and no listener left",
    body: `const all = process.listeners("uncaughtException"); process.removeAllListeners("uncaughtException");
      setTimeout(() => { throw new Error("forgotten"); }, 0); await new Promise((done) => setTimeout(done, 20));
      for (const one of all) process.on("uncaughtException", one); return new Response("done");`,
    ...DONE,
    spares: true,
  },
  { name: "process.abort", body: "process.abort();", ...MISTAKE },
  { name: "process.reallyExit", body: "process.reallyExit(1);", ...MISTAKE },
  {
    name: "killing itself",
    body: `process.kill(process.pid, "SIGKILL"); await new Promise(() => {});`,
    ...MISTAKE,
  },
  {
    name: "killing its parent",
    body: attempt(`process.kill(process.ppid, "SIGTERM")`),
    status: 200,
    says: REFUSED,
    confined: true,
  },
  { name: "killing everybody", body: attempt("process.kill(-1, 9)"), status: 200, says: REFUSED, confined: true },
  {
    name: "starting a program",
    body: attempt(
      `const { error } = (await import("node:child_process")).spawnSync("/bin/sh", ["-c", "id"]); if (error) throw error;`,
    ),
    status: 200,
    says: REFUSED,
  },
  {
    name: "starting itself again",
    body: attempt(
      `const { error } = (await import("node:child_process")).spawnSync(process.execPath, ["--version"]); if (error) throw error;`,
    ),
    status: 200,
    says: REFUSED,
  },
  { name: "Bun.spawn", body: attempt(`Bun.spawnSync(["/bin/ls"])`), status: 200, says: REFUSED, confined: true },
  {
    name: "fork by way of the C library",
    body: attempt(
      `const { dlopen } = await import("bun:ffi"); const c = dlopen("libc.so.6", { fork: { args: [], returns: "i32" } }); if (c.symbols.fork() < 0) throw new Error("denied");`,
    ),
    status: 200,
    says: REFUSED,
    confined: true,
  },
  {
    name: "a signal by way of the C library",
    body: attempt(
      `const { dlopen } = await import("bun:ffi"); const c = dlopen("libc.so.6", { kill: { args: ["i32", "i32"], returns: "i32" } }); if (c.symbols.kill(process.ppid, 0) < 0) throw new Error("denied");`,
    ),
    status: 200,
    says: REFUSED,
    confined: true,
  },
  {
    name: "watching its parent by way of the C library",
    body: attempt(
      `const { dlopen } = await import("bun:ffi"); const c = dlopen("libc.so.6", { ptrace: { args: ["i32", "i32", "u64", "u64"], returns: "i64" } }); if (c.symbols.ptrace(16, process.ppid, 0, 0) < 0) throw new Error("denied");`,
    ),
    status: 200,
    says: REFUSED,
    confined: true,
  },
  {
    name: "limits for its parent by way of the C library",
    body: attempt(
      `const { dlopen, ptr } = await import("bun:ffi"); const c = dlopen("libc.so.6", { prlimit64: { args: ["i32", "i32", "ptr", "ptr"], returns: "i32" } }); if (c.symbols.prlimit64(process.ppid, 0, null, ptr(new BigUint64Array(2))) < 0) throw new Error("denied");`,
    ),
    status: 200,
    says: REFUSED,
    confined: true,
  },
  // files
  {
    name: "/etc/passwd",
    body: attempt(`return (await import("node:fs")).readFileSync("/etc/passwd", "utf8")`),
    status: 200,
    says: REFUSED,
  },
  {
    name: "Bun.file",
    body: attempt(`return await Bun.file("/etc/passwd").text()`),
    status: 200,
    says: REFUSED,
    confined: true,
  },
  {
    name: "the database",
    body: attempt(`return (await import("node:fs")).readFileSync("bakend.db", "utf8")`),
    status: 200,
    says: REFUSED,
  },
  {
    name: "the configuration, as a module",
    body: attempt(`return JSON.stringify(await import(process.cwd() + "/bakend.json", { with: { type: "json" } }))`),
    status: 200,
    says: /^refused/,
  },
  {
    name: "the database, as a database",
    body: attempt(
      `const { Database } = await import("bun:sqlite"); return new Database(process.cwd() + "/bakend.db").query("SELECT 1").all()`,
    ),
    status: 200,
    says: /^refused/,
    confined: true,
  },
  {
    name: "the environment of its parent",
    body: attempt(`return (await import("node:fs")).readFileSync("/proc/" + process.ppid + "/environ", "utf8")`),
    status: 200,
    says: REFUSED,
  },
  {
    name: "/etc/passwd by way of /proc",
    body: attempt(`return (await import("node:fs")).readFileSync("/proc/self/root/etc/passwd", "utf8")`),
    status: 200,
    says: REFUSED,
  },
  {
    name: "the configuration by way of /proc",
    body: attempt(`return (await import("node:fs")).readFileSync("/proc/self/cwd/bakend.json", "utf8")`),
    status: 200,
    says: REFUSED,
  },
  {
    name: "the memory of its parent",
    body: attempt(`return (await import("node:fs")).readFileSync("/proc/" + process.ppid + "/maps", "utf8")`),
    status: 200,
    says: REFUSED,
  },
  {
    name: "the root folder",
    body: attempt(`return (await import("node:fs")).readdirSync("/")`),
    status: 200,
    says: REFUSED,
  },
  {
    name: "writing beside itself",
    body: attempt(`(await import("node:fs")).writeFileSync("functions/written.ts", "x")`),
    status: 200,
    says: REFUSED,
  },
  {
    name: "writing to /tmp",
    body: attempt(`(await import("node:fs")).writeFileSync("/tmp/bakend-written", "x")`),
    status: 200,
    says: REFUSED,
  },
  {
    name: "deleting its own file",
    body: attempt(`(await import("node:fs")).unlinkSync("functions/hostile.ts")`),
    status: 200,
    says: REFUSED,
  },
  {
    name: "renaming a folder",
    body: attempt(`(await import("node:fs")).renameSync("functions", "other")`),
    status: 200,
    says: REFUSED,
  },
  {
    name: "a link to elsewhere",
    body: attempt(`(await import("node:fs")).symlinkSync("/etc/passwd", "functions/link")`),
    status: 200,
    says: REFUSED,
  },
  {
    name: "opening a file to everybody",
    body: attempt(`(await import("node:fs")).chmodSync("bakend.db", 0o777)`),
    status: 200,
    says: REFUSED,
  },
  { name: "the environment", body: "return new Response(JSON.stringify(process.env));", status: 200, says: /^\{\}$/ },
  // the network
  {
    name: "fetch to a host that is not granted",
    body: attempt(`return (await fetch("http://127.0.0.1:1/")).status`),
    status: 200,
    says: /^refused forbidden/,
  },
  {
    name: "fetch to the provider's metadata",
    body: attempt(`return (await fetch("http://169.254.169.254/latest/meta-data")).status`),
    status: 200,
    says: /^refused forbidden/,
  },
  {
    name: "fetch of a file",
    body: attempt(`return (await fetch("file:///etc/passwd")).text()`),
    status: 200,
    says: /^refused forbidden/,
  },
  {
    name: "a socket",
    body: attempt(
      `const net = await import("node:net"); return await new Promise((done, fail) => net.connect(1, "127.0.0.1", done).on("error", fail))`,
    ),
    status: 200,
    says: /^refused/,
    confined: true,
  },
  {
    name: "a socket of Bun",
    body: attempt(`return await Bun.connect({ hostname: "127.0.0.1", port: 1, socket: { data() {} } })`),
    status: 200,
    says: /^refused/,
    confined: true,
  },
  {
    name: "a request of node:http",
    body: attempt(
      `const http = await import("node:http"); return await new Promise((done, fail) => http.get("http://127.0.0.1:1", done).on("error", fail))`,
    ),
    status: 200,
    says: /^refused/,
    confined: true,
  },
  {
    name: "a server",
    body: attempt(`Bun.serve({ port: 0, fetch: () => new Response("x") })`),
    status: 200,
    says: /^refused/,
    confined: true,
  },
  {
    name: "a name",
    body: attempt(`return (await (await import("node:dns/promises")).lookup("example.com")).address`),
    status: 200,
    says: /^refused/,
    confined: true,
  },
  {
    name: "a datagram",
    body: attempt(
      `const socket = (await import("node:dgram")).createSocket("udp4"); await new Promise((done, fail) => socket.on("error", fail).send("x", 9, "127.0.0.1", (error) => error ? fail(error) : done()))`,
    ),
    status: [200, 504],
    says: /^refused|timeout/,
    confined: true,
  },
  {
    name: "a socket by way of the C library",
    body: attempt(
      `const { dlopen } = await import("bun:ffi"); const c = dlopen("libc.so.6", { socket: { args: ["i32", "i32", "i32"], returns: "i32" } }); for (const family of [1, 2, 10, 16, 17, 40]) if (c.symbols.socket(family, 1, 0) >= 0) return "open"; throw new Error("denied");`,
    ),
    status: 200,
    says: REFUSED,
    confined: true,
  },
  // what it throws and returns
  {
    name: "a rejection that nobody handles",
    body: `Promise.reject(new Error("forgotten")); await null; return new Response("done");`,
    ...DONE,
  },
  {
    name: "an exception that nobody catches",
    body: `setTimeout(() => { throw new Error("forgotten"); }, 0); await new Promise((d) => setTimeout(d, 20)); return new Response("done");`,
    ...DONE,
  },
  { name: "throwing null", body: "throw null;", ...FAILED },
  {
    name: "throwing what cannot be read",
    body: `throw { get message() { throw new Error("inner"); }, toString() { throw new Error("inner"); } };`,
    ...FAILED,
  },
  {
    name: "an error that lies",
    body: `const error = new Error("x"); Object.defineProperty(error, "stack", { get() { throw new Error("inner"); } }); throw error;`,
    ...FAILED,
  },
  { name: "returning nothing", body: "return;", ...FAILED },
  { name: "returning a function", body: "return () => 1;", ...FAILED },
  { name: "returning a cycle", body: "const a = {}; a.a = a; return a;", ...FAILED },
  { name: "returning a BigInt", body: "return 1n;", ...FAILED },
  { name: "returning 13 MB", body: `return new Response("x".repeat(13_000_000));`, ...MISTAKE },
  { name: "returning 17 MB", body: `return new Response("x".repeat(17_000_000));`, ...MISTAKE },
  // on Node it is too much for the memory of the process
  { name: "returning 40 MB", body: `return new Response("x".repeat(40_000_000));`, confined: true, ...MISTAKE },
  {
    name: "throwing 17 MB",
    body: `throw new HttpError(402, "x".repeat(17_000_000));`,
    status: [402, 500],
    spares: true,
  },
  {
    name: "refusing a field of 17 MB",
    body: `throw new FieldError("x".repeat(17_000_000), "y".repeat(17_000_000), "z".repeat(17_000_000));`,
    status: [400, 500],
    spares: true,
  },
  { name: "a status that is none", body: "return new Response(null, { status: 999 });", ...FAILED },
  {
    name: "a header that breaks the line",
    body: `return new Response("x", { headers: { "x-a": "1\\r\\nx-b: 2" } });`,
    ...FAILED,
  },
  { name: "an error status that is none", body: `throw new HttpError(200, "fine");`, ...FAILED },
  {
    // its copies may be more than what these processes have
    name: "too large a request",
    body: attempt(`return await fetch("http://127.0.0.1:1/", { method: "POST", body: new Uint8Array(13_000_000) })`),
    status: [200, 500],
    says: /refused payload_too_large|Out of memory|function_failed/,
  },
  // the log and the wire
  ...[
    `db.collection("users").create({ name: "x".repeat(17_000_000) })`,
    `jobs.enqueue("x", "x".repeat(17_000_000))`,
    `mail.send({ to: "a@example.com", subject: "x", text: "x".repeat(17_000_000) })`,
  ].map((ask) => ({ name: `too large a question: ${ask}`, body: attempt(`return await ${ask}`), ...TOO_LARGE })),
  {
    name: "a log line of 20 MB",
    body: `log.info("x".repeat(20_000_000)); return new Response("done");`,
    status: [200, 500],
    spares: true,
  },
  {
    name: "a flood of log lines",
    body: `for (let i = 0; i < 10_000; i += 1) console.log("line", i); return new Response("done");`,
    ...DONE,
  },
  // its garbage may come to more memory than it may have before its time is up
  {
    name: "a flood of log lines without an end",
    body: `for (;;) { for (let i = 0; i < 1000; i += 1) console.log("x".repeat(1000)); await new Promise((done) => setTimeout(done, 1)); }`,
    status: [500, 504],
  },
  {
    name: "a line without an end",
    body: `console.log("x".repeat(50_000_000)); return new Response("done");`,
    status: [200, 500],
  },
  {
    name: "nonsense on the wire",
    body: `(await import("node:fs")).writeSync(3, "nonsense\\n"); await new Promise(() => {});`,
    ...FAILED,
  },
  {
    name: "a message without an end",
    body: `const fs = await import("node:fs"); const part = Buffer.alloc(65536, 120); for (;;) fs.writeSync(3, part);`,
    status: [500, 504],
  },
  {
    name: "a flood of messages",
    body: `const fs = await import("node:fs"); const line = JSON.stringify({ type: "log", level: "info", from: "x", message: "y" }) + "\\n"; for (;;) fs.writeSync(3, line.repeat(500));`,
    status: [500, 504],
  },
  {
    name: "a flood of signs of life",
    body: `const fs = await import("node:fs"); const line = '{"type":"pong"}\\n'.repeat(1000); for (;;) fs.writeSync(3, line);`,
    ...FAILED,
  },
  {
    name: "a flood of large questions",
    body: `for (;;) await Promise.allSettled(Array.from({ length: 50 }, () => db.collection("users").list({ filter: "x".repeat(4e6) })));`,
    ...LATE,
  },
  {
    name: "a flood of large messages",
    body: `const fs = await import("node:fs"); const line = '{"type":"log","level":"info","from":"x","message":"' + "x".repeat(4e6) + '"}\\n'; for (;;) fs.writeSync(3, line);`,
    status: [500, 504],
  },
  {
    name: "another call's answer",
    body: `(await import("node:fs")).writeSync(3, JSON.stringify({ type: "done", call: 999999, value: {} }) + "\\n"); await new Promise(() => {});`,
    ...FAILED,
  },
  {
    name: "another call's question",
    body: `(await import("node:fs")).writeSync(3, JSON.stringify({ type: "ask", call: 999999, ask: 1, what: { op: "db", method: "list", collection: "users", args: [] } }) + "\\n"); await new Promise(() => {});`,
    ...FAILED,
  },
  {
    name: "other functions than it has",
    body: `(await import("node:fs")).writeSync(3, JSON.stringify({ type: "loaded", triggers: [] }) + "\\n"); await new Promise(() => {});`,
    ...FAILED,
  },
  {
    name: "a question of another shape",
    body: `(await import("node:fs")).writeSync(3, JSON.stringify({ type: "ask", call: 1, ask: 1, what: { op: "sql", text: "DROP TABLE users" } }) + "\\n"); await new Promise(() => {});`,
    ...FAILED,
  },
  {
    name: "a method that the database does not have",
    body: attempt(
      `return db.collection("users").__proto__.constructor.constructor === Function && db.collection("users").drop()`,
    ),
    status: 200,
    says: /^refused/,
  },
  {
    name: "a collection that is not one",
    body: attempt(`return await db.collection("_sessions").list()`),
    status: 200,
    says: /^refused not_found/,
  },
  {
    name: "a query that is none",
    body: attempt(`return await db.collection("users").list({ filter: { $ne: 1 }, limit: "all" })`),
    status: 200,
    says: /^refused bad_request/,
  },
  {
    name: "the hash of a password",
    body: attempt(`return JSON.stringify(await db.collection("users").list({ fields: ["passwordHash"] }))`),
    status: 200,
    says: /^refused bad_request|^done \{"items":\[\]/,
  },
  {
    name: "a user that is somebody else's idea",
    body: attempt(
      `return await db.as({ id: "' OR 1=1", collection: "users; DROP TABLE users" }).collection("users").list()`,
    ),
    status: 200,
    says: /^refused not_found/,
  },
  {
    name: "thousands of questions",
    body: `const all = await Promise.all(Array.from({ length: 2000 }, () => db.collection("users").count())); return new Response("done " + all.length);`,
    status: 200,
    says: /^done 2000/,
  },
  {
    name: "a question after the answer",
    body: `setTimeout(() => db.collection("users").count().catch(() => {}), 5); return new Response("done");`,
    ...DONE,
  },
  {
    name: "closing its channel",
    body: `(await import("node:fs")).closeSync(3); return new Response("done");`,
    ...FAILED,
  },
  // what packages do with the usual descriptors
  ...[`writeSync(1, "a line\\n")`, `readFileSync(0)`, `closeSync(0)`, `closeSync(1)`].map((what) => ({
    name: `fs.${what}`,
    body: `(await import("node:fs")).${what}; return new Response("done");`,
    ...DONE,
    spares: true as const,
  })),
  {
    name: "deafness",
    body: `process.stdin.removeAllListeners("data"); process.stdin.pause(); return new Response("done");`,
    ...DONE,
  },
  // what all share
  {
    name: "a polluted prototype",
    body: `Object.prototype.polluted = 1; Array.prototype.map = () => "mine"; return new Response("done");`,
    status: [200, 500],
  },
  {
    name: "another JSON",
    body: `JSON.stringify = () => "{}"; JSON.parse = () => ({}); return new Response("done");`,
    status: [200, 500],
  },
  { name: "another promise", body: `globalThis.Promise = undefined; return new Response("done");`, status: [200, 500] },
  {
    name: "another then",
    body: `Promise.prototype.then = function () { return this; }; return new Response("done");`,
    status: [200, 500, 504],
  },
  {
    name: "another process.exit",
    body: `process.exit = () => {}; process.on("SIGTERM", () => {}); for (;;);`,
    ...LATE,
  },
];

/** Those that can be tried where this runs. */
export const hostileHere: readonly Hostile[] = HOSTILE.filter(({ confined }) => CONFINED || confined !== true);

/** A file of functions: each at `/case/` and its number. */
export function hostileFile(cases: readonly Hostile[]): string {
  const triggers = cases.map(
    ({ name, body }, index) =>
      `// ${name}\nonRequest("GET", "/case/${index}", async ({ db, fetch, jobs, log, mail }) => { ${body} });`,
  );
  return `import { onRequest, FieldError, HttpError } from "bakend";\n${triggers.join("\n")}\n`;
}
