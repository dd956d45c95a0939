import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger, createRecentLog } from "../../../src/core/logging/index.ts";
import { inWorld } from "../../support/accounts.ts";
import { assertProblem } from "../../support/app.ts";

const PATH = "/api/admin/logs";
const recentLog = createRecentLog();
const logger = createLogger({ level: "debug", sinks: [recentLog] });

test(
  "admins read the last lines of the log, page by page, and nobody else does",
  inWorld({ logger, recentLog }, async (world) => {
    const { token } = await world.signUp("root@example.com", "admin");
    const ann = await world.signUp("ann@example.com");
    for (const text of ["one", "two", "three"]) logger.info(text, { job: "cleanup" });
    logger.error("it failed");
    await logger.flush();
    const read = async (query: string) => (await world.call("GET", `${PATH}?${query}`, { token })).body;
    const words = async (query: string) =>
      (await read(query)).items.map(({ message }: { readonly message: string }) => message).join(" ");
    assert.equal(await words("search=cleanup"), "three two one");
    assert.equal(await words("level=error"), "it failed");
    const first = await read("search=cleanup&limit=2");
    assert.equal(await words(`search=cleanup&before=${first.next}`), "one");
    assert.equal(await words(`search=cleanup&after=${first.next}`), "three");
    assert.match(await words("search=/api/auth/register"), /^request/);
    assert.doesNotMatch(await words("requests=false&limit=500"), /request( |$)/);

    assertProblem(await world.call("GET", PATH), 401, "unauthenticated");
    assertProblem(await world.call("GET", PATH, ann), 403, "forbidden");
    for (const query of ["level=loud", "limit=0", "after=x", "requests=no", "other=1"])
      assertProblem(await world.call("GET", `${PATH}?${query}`, { token }), 400, "bad_request");
  }),
);
