/** The version of Bakend; a test holds it to package.json. */
export const VERSION = "0.1.0";
