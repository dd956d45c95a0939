import * as library from "../index.ts";

/**
 * Lets a project's modules import "bakend" from the running program itself, so that a project needs no `node_modules`.
 * May be called again.
 */
export function provideLibrary(): void {
  Bun.plugin({
    name: "bakend",
    setup(build) {
      build.module("bakend", () => ({ exports: { ...library }, loader: "object" }));
    },
  });
}
