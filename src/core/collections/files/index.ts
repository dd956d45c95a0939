export { FILE, type FileRight, fileCondition, isInFileScope, mayWithAll } from "./access.ts";
export { fileStatement, filesStatement, readFile } from "./read.ts";
export {
  disownFiles,
  FILE_TABLES,
  FILES,
  type FileOwner,
  fileUrl,
  insertFile,
  type StoredFile,
  storedFile,
  type Visibility,
} from "./table.ts";
