export { environmentTypes, TYPES_FILE, type TypedCollection } from "./environment-types.ts";
