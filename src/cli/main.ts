#!/usr/bin/env bun
import { CHILD_ARGUMENT } from "../adapters/bun/function-child.ts";
import { moduleUrl } from "../adapters/bun/module-url.ts";

// each part is loaded by its address: a process of functions takes nothing of the server with it
const part = process.argv[2] === CHILD_ARGUMENT ? "adapters/bun/function-entry" : "cli/run";
await import(moduleUrl(part).href);
