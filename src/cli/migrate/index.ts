export { type Sides, withSides } from "./open.ts";
export { refusalLines, stepLines } from "./words.ts";
