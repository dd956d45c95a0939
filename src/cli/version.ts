import manifest from "../../package.json" with { type: "json" };

/** The version of Bakend, as in package.json. */
export const VERSION: string = manifest.version;
