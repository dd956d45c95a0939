import { OperationProcessingError, ResponseBodyError } from "oauth4webapi";
import { BakendError } from "../../errors.ts";

/** Told why a provider could not be asked, or was not believed. */
export type OnFault = (provider: string, error: string) => void;

/** Waits for an answer of a provider. @throws BakendError `invalid_credentials` for a login that is not good, `unavailable` for anything else */
export async function answered<T>(provider: string, onFault: OnFault, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (error instanceof BakendError) throw error;
    onFault(provider, describe(error));
    if (isTheirs(error)) throw refused(provider);
    throw new BakendError("unavailable", `${provider} does not answer, or not as it should; try again later.`, {
      headers: { "retry-after": "5" },
    });
  });
}

/** The answer to a login that the provider, or what it sent, does not stand up for. */
export function refused(provider: string): BakendError {
  return new BakendError("invalid_credentials", `${provider} did not confirm this login; begin anew.`);
}

/** What is wrong with what was brought, and not with the provider or the configuration. */
const NOT_GOOD = /^(invalid_grant|bad_verification_code)$/;
const NOT_BELIEVED = /^OAUTH_(JWT_|JSON_ATTRIBUTE|KEY_SELECTION)/;

function isTheirs(error: unknown): boolean {
  if (error instanceof ResponseBodyError) return NOT_GOOD.test(error.error);
  if (!(error instanceof OperationProcessingError)) return false;
  return NOT_BELIEVED.test(error.code ?? "") || NOT_GOOD.test(errorInBody(error) ?? "");
}

/** GitHub says what is wrong with a status of 200. */
function errorInBody({ cause }: Error): string | null {
  const body = typeof cause === "object" && cause !== null && "body" in cause ? cause.body : null;
  const error = typeof body === "object" && body !== null && "error" in body ? body.error : null;
  return typeof error === "string" ? error : null;
}

/** What happened, without what was sent. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = error instanceof ResponseBodyError ? error.error : errorInBody(error);
  const reason = error.cause instanceof Error ? error.cause.message : said;
  return reason === null ? error.message : `${error.message}: ${reason}`;
}
