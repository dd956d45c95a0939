import { INVALID_RESPONSE, OperationProcessingError, ResponseBodyError } from "oauth4webapi";
import { BakendError } from "../../errors.ts";

/** Told why a provider could not be asked, or was not believed. */
export type OnFault = (provider: string, error: string) => void;

/** Waits for a provider to be there. @throws BakendError `unavailable` */
export async function reached<T>(provider: string, onFault: OnFault, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    onFault(provider, describe(error));
    throw away(provider);
  });
}

/** Waits for a login to be confirmed. @throws BakendError `invalid_credentials` for one that is not good, `unavailable` for anything else */
export async function confirmed<T>(provider: string, onFault: OnFault, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    onFault(provider, describe(error));
    throw isTheirs(error) ? refused(provider) : away(provider);
  });
}

function away(provider: string): BakendError {
  return new BakendError("unavailable", `${provider} does not answer, or not as it should; try again later.`, {
    headers: { "retry-after": "5" },
  });
}

/** The answer to a login that the provider, or what it sent, does not stand up for. */
function refused(provider: string): BakendError {
  return new BakendError("invalid_credentials", `${provider} did not confirm this login; begin anew.`);
}

/** What is wrong with what was brought, and not with the provider or the configuration. */
const NOT_GOOD = /^(invalid_grant|bad_verification_code)$/;
const NOT_BELIEVED = /^OAUTH_(JWT_|JSON_ATTRIBUTE|KEY_SELECTION|INVALID_RESPONSE)/;

function isTheirs(error: unknown): boolean {
  if (error instanceof ResponseBodyError) return NOT_GOOD.test(error.error);
  if (!(error instanceof OperationProcessingError)) return false;
  const body = bodyOf(error);
  // a body at fault is the provider's; a token at fault may be anybody's
  return body === null ? NOT_BELIEVED.test(error.code ?? "") : NOT_GOOD.test(body.error ?? "");
}

/** The answer that an error is about. GitHub says what is wrong with a status of 200. */
function bodyOf({ cause, code }: OperationProcessingError): { readonly error: string | null } | null {
  if (code !== INVALID_RESPONSE || typeof cause !== "object" || cause === null || !("body" in cause)) return null;
  const { body } = cause;
  const error = typeof body === "object" && body !== null && "error" in body ? body.error : null;
  return { error: typeof error === "string" ? error : null };
}

/** What happened, without what was sent. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const body = error instanceof OperationProcessingError ? bodyOf(error) : null;
  const said = error instanceof ResponseBodyError ? error.error : (body?.error ?? null);
  const reason = error.cause instanceof Error ? error.cause.message : said;
  return reason === null ? error.message : `${error.message}: ${reason}`;
}
