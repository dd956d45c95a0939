import { markup } from "./markup.ts";
import { mainScript } from "./script-main.ts";
import { operationScript } from "./script-operation.ts";
import { schemaScript } from "./script-schema.ts";
import { tryScript } from "./script-try.ts";
import { layoutStyle } from "./style-layout.ts";
import { partsStyle } from "./style-parts.ts";

/**
 * The page at `/api/docs`: one HTML document that needs no other host and no library. It reads `/api/openapi.json` and
 * puts all text on the page as text, so nothing in a description is ever markup. Nothing is stored in the browser.
 */
export const docsPage: string = markup({
  style: layoutStyle + partsStyle,
  script: schemaScript + tryScript + operationScript + mainScript,
});
