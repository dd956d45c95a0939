import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { statementShape } from "../../../src/adapters/sqlite/statement-shape.ts";

describe("statementShape", () => {
  const cases: readonly (readonly [string, boolean, boolean])[] = [
    ["select 1", true, false],
    ["  -- insert\n SELECT 'delete' /* update */ FROM t", true, false],
    ["VALUES (1)", true, false],
    ["PRAGMA user_version", true, false],
    ["EXPLAIN QUERY PLAN DELETE FROM t", true, false],
    ["INSERT INTO t SELECT 1", false, true],
    ["insert into t values (1) returning id", true, true],
    ["INSERT INTO \"returning\" VALUES ('RETURNING', [returning], `returning`)", false, true],
    ["REPLACE INTO t VALUES (1)", false, true],
    ["UPDATE t SET a = (SELECT 1) RETURNING *", true, true],
    ["DELETE FROM t WHERE a IN (SELECT b FROM c)", false, true],
    ["WITH a AS (SELECT 1) SELECT * FROM a", true, false],
    ["WITH RECURSIVE a(n) AS (SELECT 1 UNION SELECT n FROM a) DELETE FROM t", false, true],
    ["WITH a AS (SELECT 1) UPDATE t SET x = 1 RETURNING x", true, true],
    ["CREATE TRIGGER a AFTER INSERT ON t BEGIN SELECT 1; DELETE FROM t; END", false, false],
    ["CREATE TABLE a AS SELECT 1", false, false],
    ["BEGIN IMMEDIATE", false, false],
    ["", false, false],
  ];
  for (const [text, returnsRows, writes] of cases) {
    test(JSON.stringify(text), () => assert.deepEqual(statementShape(text), { returnsRows, writes }));
  }
});
