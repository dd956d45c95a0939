import { ApiError } from "../../../../sdk/javascript/index.ts";
import { whenever } from "../api/live.ts";
import { get } from "../api/request.ts";
import type { FunctionsReport } from "../api/types.ts";

/** Where the project's functions stand; kept so by `system.functions_loaded`. */
class ProjectFunctions {
  /** Null until it is known, and where the server runs no functions. */
  report = $state.raw<FunctionsReport | null>(null);

  async load(): Promise<void> {
    this.report = await get<FunctionsReport>("/api/admin/functions").catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    });
  }

  /** Reads again whenever the files were loaded, or could not be, until the function that is returned is called. */
  watch(): () => void {
    return whenever("system.functions_loaded", () => this.load());
  }
}

export const functions = new ProjectFunctions();
