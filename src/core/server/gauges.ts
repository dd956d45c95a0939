import type { Collections } from "../collections/index.ts";
import type { Database } from "../database/index.ts";
import type { Gauge } from "./metrics.ts";

/** What is counted beside requests. */
export function databaseGauges(db: Database, collections: Collections): readonly Gauge[] {
  return [
    {
      name: "bakend_collections",
      help: "Collections.",
      type: "gauge",
      read: () => collections.schema.catalog().collections.length,
    },
    {
      name: "bakend_database_commits_total",
      help: "Commits since the start.",
      type: "counter",
      read: () => db.stats().commits,
    },
    {
      name: "bakend_database_writes_total",
      help: "Writes since the start; many share a commit.",
      type: "counter",
      read: () => db.stats().batches,
    },
    {
      name: "bakend_database_writes_waiting",
      help: "Writes that wait for a commit.",
      type: "gauge",
      read: () => db.stats().waiting,
    },
  ];
}
