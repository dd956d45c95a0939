import assert from "node:assert/strict";
import { test } from "node:test";
import {
  grantedTwice,
  grantsOf,
  newGrant,
  permissionsOf,
  roleNameFault,
} from "../../dashboard/src/lib/definition/role-draft.ts";

test("what a role grants comes out of the form as it went in", () => {
  const permissions = { "posts.update": "status = 'draft'", "team.invite": true } as const;
  assert.deepEqual(permissionsOf(grantsOf(permissions)), permissions);
  assert.deepEqual(permissionsOf([...grantsOf(permissions), newGrant()]), permissions, "an empty row is none");
});

test("a permission has one condition", () => {
  const once = grantsOf({ "posts.update": true });
  assert.equal(grantedTwice([...once, newGrant(), newGrant()]), null);
  assert.equal(grantedTwice([...once, { ...newGrant(), permission: " posts.update" }]), "posts.update");
});

test("a new role has a name of its own", () => {
  assert.equal(roleNameFault("editor", ["writer"]), null);
  for (const name of ["", "Editor", "admin", "writer"]) assert.notEqual(roleNameFault(name, ["writer"]), null, name);
});
