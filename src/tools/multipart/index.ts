export { type MultipartLimits, multipartBoundary, type Part, readMultipart } from "./read.ts";
export { MultipartError } from "./scanner.ts";
