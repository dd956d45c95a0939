import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeRunner } from "../../core/functions/fake-children.ts";
import { inWorld, PASSWORD, type World } from "../../support/accounts.ts";
import { assertProblem, OPEN } from "../../support/app.ts";

const [HERE, THERE] = ["192.0.2.1", "192.0.2.2"];
const POSTS = { name: "posts", fields: [{ name: "title", type: "text" }], permissions: OPEN };
const TAGS = { ...POSTS, name: "tags" };
const COLLECTIONS = { collections: [POSTS, TAGS] };

const told = ({ headers }: { readonly headers: Headers }) => [
  headers.get("ratelimit-policy"),
  headers.get("ratelimit"),
];
const post = (world: World, path: string, address = HERE) =>
  world.call("POST", path, { body: { title: "x" }, address });

describe("the answers of limited routes", () => {
  test(
    "tell what is left, be they good or bad",
    inWorld({}, async (world) => {
      const body = { email: "ann@example.com", password: PASSWORD };
      const login = (more: object) =>
        world.call("POST", "/api/auth/login", { body: { ...body, ...more }, address: HERE });
      const policy = '"auth";q=60;w=60';
      const made = await world.call("POST", "/api/auth/register", { body, address: HERE });
      assert.deepEqual([made.status, ...told(made)], [201, policy, '"auth";r=59;t=1']);
      const good = await login({});
      assert.deepEqual([good.status, ...told(good)], [200, policy, '"auth";r=58;t=2']);
      const wrong = await login({ password: "wrong password" });
      assert.deepEqual([wrong.status, ...told(wrong)], [401, policy, '"auth";r=57;t=3']);
      const bad = await login({ password: 1 });
      assert.deepEqual([bad.status, ...told(bad)], [400, policy, '"auth";r=56;t=4']);
      world.pass(3500);
      assert.deepEqual(told(await login({})), [policy, '"auth";r=58;t=2']);
    }),
  );

  test(
    "tell nothing where nothing is counted, and nothing of an account that others may have tried",
    inWorld(COLLECTIONS, async (world) => {
      const body = { email: "ann@example.com", password: PASSWORD };
      await world.signUp(body.email);
      for (const [method, path] of [
        ["GET", "/api/posts"],
        ["GET", "/health"],
        ["GET", "/api/auth/methods"],
      ] as const) {
        assert.deepEqual(told(await world.call(method, path, { address: HERE })), [null, null], path);
      }
      const login = await world.call("POST", "/api/auth/login", { body });
      assert.deepEqual(told(login), [null, null], "nor to whom no address is known of");
      const browser = await world.call("POST", "/api/auth/login", { body, headers: { origin: "https://a.example" } });
      assert.match(browser.headers.get("access-control-expose-headers") ?? "", /ratelimit, ratelimit-policy/);
    }),
  );
});

describe("limits of paths", () => {
  test(
    "count by address, collection and method",
    inWorld({ ...COLLECTIONS, limits: { rates: ["POST /api/posts 2/1m"] } }, async (world) => {
      const [first, second, third] = [
        await post(world, "/api/posts"),
        await post(world, "/api/posts"),
        await post(world, "/api/posts"),
      ];
      const policy = '"POST /api/posts";q=2;w=60';
      assert.deepEqual([first.status, ...told(first)], [201, policy, '"POST /api/posts";r=1;t=30']);
      assert.deepEqual([second.status, ...told(second)], [201, policy, '"POST /api/posts";r=0;t=60']);
      assertProblem(third, 429, "rate_limited");
      assert.deepEqual(told(third), [policy, '"POST /api/posts";r=0;t=60']);
      assert.equal(third.headers.get("retry-after"), "30");
      assert.equal((await world.ok("GET", "/api/posts", { address: HERE })).items.length, 2);
      assert.equal((await post(world, "/api/posts", THERE)).status, 201);
      const other = await post(world, "/api/tags");
      assert.deepEqual([other.status, ...told(other)], [201, null, null]);
      world.pass(30_000);
      assert.equal((await post(world, "/api/posts")).status, 201);
      assert.equal((await post(world, "/api/posts")).status, 429);
    }),
  );

  test(
    "reach every method, any collection, and refusals",
    inWorld({ ...COLLECTIONS, limits: { rates: ["/api/:collection 3/1m"] } }, async (world) => {
      const list = await world.call("GET", "/api/tags?limit=0", { address: HERE });
      assert.deepEqual([list.status, told(list)[1]], [400, '"/api/:collection";r=2;t=20']);
      assert.equal((await world.call("HEAD", "/api/posts", { address: HERE })).status, 200);
      assert.equal((await world.call("GET", "/api/nothing", { address: HERE })).status, 404);
      assertProblem(await post(world, "/api/posts"), 429, "rate_limited");
    }),
  );

  test(
    "count a path however it is written",
    inWorld({ ...COLLECTIONS, limits: { rates: ["POST /api/posts 3/1m"] } }, async (world) => {
      for (const path of ["/api/posts", "/api/p%6Fsts", "/api/posts/"])
        assert.equal((await post(world, path)).status, 201, path);
      for (const path of ["/api/posts", "/api/%70osts", "/api/posts/", "/api//posts"])
        assert.notEqual((await post(world, path)).status, 201, path);
    }),
  );

  test(
    "reach whatever lies below a path, and single functions",
    inWorld({ runner: fakeRunner(), limits: { rates: ["/api/functions/a/:b 2/1m"] } }, async (world) => {
      const get = async (path: string) => (await world.call("GET", `/api/functions${path}`, { address: HERE })).status;
      assert.deepEqual([await get("/a/x"), await get("/%61/y"), await get("/a/z")], [404, 404, 429]);
      assert.deepEqual([await get("/a"), await get("/b/x"), await get("/a/x/y")], [404, 404, 404]);
    }),
  );

  test(
    "come beside the usual ones of account routes",
    inWorld({ limits: { rates: ["POST /api/auth/login 5/1m"] } }, async (world) => {
      const body = { email: "ann@example.com", password: "wrong password" };
      const login = () => world.call("POST", "/api/auth/login", { body, address: HERE });
      const first = await login();
      assert.deepEqual(told(first), [
        '"POST /api/auth/login";q=5;w=60, "auth";q=60;w=60',
        '"POST /api/auth/login";r=4;t=12, "auth";r=59;t=1',
      ]);
      for (let count = 1; count < 5; count += 1) assert.equal((await login()).status, 401);
      assertProblem(await login(), 429, "rate_limited");
    }),
  );
});
