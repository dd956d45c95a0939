import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, OPEN, openApp } from "../../support/app.ts";

test("an answer that would repeat related records without measure is refused, a large one is not", async () => {
  const { call, close } = await openApp({
    collections: [
      { name: "teams", fields: [], permissions: OPEN },
      { name: "people", fields: [{ name: "team", type: "relation", collection: "teams" }], permissions: OPEN },
    ],
  });
  const team = (await call("POST", "/api/teams", { body: {} })).body.id;
  await call("POST", "/api/people", { body: Array.from({ length: 100 }, () => ({ team })) });

  const large = await call("GET", "/api/teams?expand=people_via_team.team.people_via_team");
  assert.equal(large.status, 200);
  assert.equal(large.body.items[0].expand.people_via_team[0].expand.team.expand.people_via_team.length, 100);

  const path = "people_via_team.team.people_via_team.team.people_via_team";
  assertProblem(await call("GET", `/api/teams?expand=${path}`), 400, "bad_request");
  assertProblem(await call("GET", `/api/teams/${team}?expand=${path}`), 400, "bad_request");
  await close();
});
