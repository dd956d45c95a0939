import { parentPort } from "node:worker_threads";
import { serveSqlite } from "../sqlite/index.ts";
import { openNodeEngine } from "./sqlite-engine.ts";

if (parentPort !== null) serveSqlite(parentPort, openNodeEngine);
