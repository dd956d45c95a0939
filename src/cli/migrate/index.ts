export { type Sides, withSides } from "./open.ts";
export { refusalLines, stepLines, warningLines } from "./words.ts";
