import { ANONYMOUS, type Principal } from "../principal.ts";
import type { FindUser } from "./principals.ts";
import { type AccessClaims, notGood, type Tokens } from "./tokens.ts";

/** Finds out who is asking. */
export interface Guard {
  /**
   * The principal of a request: anonymous without a token.
   * @throws BakendError `unauthenticated` for a token that is not good, or whose session or account has ended
   */
  identify(request: Request): Principal | Promise<Principal>;
}

/** Makes the guard. A signature is verified once; whether session and account still are is looked at on every request. */
export function createGuard(tokens: Tokens, findUser: FindUser): Guard {
  const principalOf = async ({ sub, sid }: AccessClaims): Promise<Principal> => {
    const user = await findUser(sub, sid);
    if (!user) throw notGood();
    return user;
  };

  return {
    identify(request) {
      const header = request.headers.get("authorization");
      if (header === null) return ANONYMOUS;
      const [, token] = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(header) ?? [];
      if (token === undefined) throw notGood();
      const claims = tokens.verify(token);
      return claims instanceof Promise ? claims.then(principalOf) : principalOf(claims);
    },
  };
}
