import { ANONYMOUS, type Principal } from "../principal.ts";
import { isKey, type Keys } from "./keys.ts";
import type { FindUser } from "./principals.ts";
import { type AccessClaims, notGood, type Tokens } from "./tokens.ts";

/** Finds out who is asking. */
export interface Guard {
  /**
   * The principal of a request: anonymous without a token.
   * @throws BakendError `unauthenticated` for a token that is not good, or whose session or account has ended
   */
  identify(request: Request): Principal | Promise<Principal>;
  /** The principal of an access token or an API key. @throws BakendError `unauthenticated` */
  identifyToken(token: string): Principal | Promise<Principal>;
}

/**
 * Makes the guard. A signature is verified once; whether session, key and account still are is looked at on every request.
 */
export function createGuard(tokens: Tokens, findUser: FindUser, keys: Pick<Keys, "find">): Guard {
  const present = (user: Principal | null): Principal => {
    if (!user) throw notGood();
    return user;
  };
  const principalOf = ({ sub, sid }: AccessClaims): Principal | Promise<Principal> => {
    const user = findUser(sub, sid);
    return user instanceof Promise ? user.then(present) : present(user);
  };

  const identifyToken: Guard["identifyToken"] = (token) => {
    if (isKey(token)) return keys.find(token);
    return principalOf(tokens.verify(token));
  };

  return {
    identifyToken,
    identify(request) {
      const header = request.headers.get("authorization");
      if (header === null) return ANONYMOUS;
      const [, token] = /^Bearer ([\w.-]+)$/i.exec(header) ?? [];
      if (token === undefined) throw notGood();
      return identifyToken(token);
    },
  };
}
