import { ApiError } from "./api-error.ts";
import type { Session, Sessions } from "./session.ts";
import type { Transport } from "./transport.ts";
import type { User } from "./types.ts";

/** An address and a password; `collection` where the accounts are not in `users`. */
export interface Credentials {
  readonly email: string;
  readonly password: string;
  readonly collection?: string;
}

/** Whose account it is about. */
export interface Account {
  readonly email: string;
  readonly collection?: string;
}

/** A token of a mail. */
export interface MailToken {
  readonly token: string;
  readonly collection?: string;
}

/** Which ways in there are. */
export interface Methods {
  readonly password: boolean;
  readonly passkeys: boolean;
  readonly otp: boolean;
  readonly totp: boolean;
  readonly mail: boolean;
  readonly providers: readonly string[];
  readonly registration: "open" | "closed";
}

/** A session of the account, on some device. */
export interface DeviceSession {
  readonly id: string;
  readonly current: boolean;
  readonly createdAt: string;
  readonly [known: string]: unknown;
}

/** Where a login through a provider ends. */
export interface ProviderLogin {
  /** The page that the browser comes back to, with `#code=` or `#error=`. */
  readonly redirect: string;
  /** For apps: the SHA-256 of the verifier that goes with the code, in base64url. */
  readonly codeChallenge?: string;
  readonly collection?: string;
}

/** Who is signed in, and how one gets to be. What signs in resolves to the account, and every part of the client goes on as it. */
export interface Auth {
  /** The account that is signed in, as it was last told; null for a guest. */
  readonly user: User | null;
  /** The access token, for requests of one's own; null for a guest, and in cookie mode. */
  readonly token: string | null;
  /** Tells who is signed in whenever that was told anew, such as by a refresh, until the function that is returned is called. */
  onChange(listener: (user: User | null) => void): () => void;

  /** Makes an account, with the fields of its collection. */
  register(account: Credentials & Readonly<Record<string, unknown>>): Promise<User>;
  /** @throws ApiError `invalid_credentials`; `mfa_required`, with `problem.mfaToken` for `verifyFactor` */
  login(credentials: Credentials): Promise<User>;
  /** The second step of a login, with a code of the authenticator app or a recovery code. */
  verifyFactor(step: { readonly mfaToken: string; readonly code: string }): Promise<User>;
  /** Ends the session, here and on the server. It is over here whatever the server answers. */
  logout(): Promise<void>;
  /** Asks the server who it is: after a page was loaded in cookie mode, too. Null for a guest. */
  me(): Promise<User | null>;
  /** Gets the next tokens; false if the session has come to its end. A request that needs it does so by itself. */
  refresh(): Promise<boolean>;
  methods(): Promise<Methods>;

  /** Sends a code by mail, for `loginWithOtp`. */
  requestOtp(account: Account): Promise<void>;
  loginWithOtp(login: Account & { readonly code: string }): Promise<User>;
  forgotPassword(account: Account): Promise<void>;
  resetPassword(reset: MailToken & { readonly password: string }): Promise<void>;
  /** Ends every other session of the account. */
  changePassword(change: { readonly currentPassword: string; readonly password: string }): Promise<User>;
  requestVerification(account?: Account): Promise<void>;
  confirmVerification(token: MailToken): Promise<void>;
  requestEmailChange(change: { readonly email: string; readonly password: string }): Promise<void>;
  confirmEmailChange(token: MailToken): Promise<void>;
  /** Takes an invitation: makes the account that it is for. */
  acceptInvitation(
    account: MailToken & { readonly password: string } & Readonly<Record<string, unknown>>,
  ): Promise<User>;

  /** Where to lead the browser for a login through a provider. */
  providerUrl(provider: string, login: ProviderLogin): string;
  /** Ends that login with the code that the browser came back with. */
  loginWithProvider(provider: string, login: { readonly code: string; readonly codeVerifier?: string }): Promise<User>;
  /** In a browser: has the device sign somebody in by a passkey that it holds. */
  loginWithPasskey(): Promise<User>;
  /** In a browser: makes a passkey for the account; `code` is one of its second factor, where it has that. */
  addPasskey(passkey?: { readonly name?: string; readonly code?: string }): Promise<void>;

  sessions(): Promise<readonly DeviceSession[]>;
  /** Ends a session of the account; without an id, all but this one. */
  endSession(id?: string): Promise<void>;
}

/** Makes the part of a client that signs in and out. */
export function createAuth(transport: Transport, sessions: Sessions): Auth {
  const { signIn, send } = transport;
  const post = <T = void>(path: string, body: object = {}): Promise<T> => send<T>("POST", path, { body });
  const get = <T>(path: string): Promise<T> => send<T>("GET", path);

  return {
    get user() {
      return sessions.current()?.user ?? null;
    },
    get token() {
      return sessions.current()?.tokens?.token ?? null;
    },
    onChange: (listener) => sessions.onChange((session: Session | null) => listener(session?.user ?? null)),

    register: (account) => signIn("/api/auth/register", account),
    login: (credentials) => signIn("/api/auth/login", credentials),
    verifyFactor: (step) => signIn("/api/auth/mfa/verify", step),
    async logout() {
      try {
        await transport.signOut();
      } finally {
        sessions.set(null);
      }
    },
    async me() {
      const before = sessions.current()?.user.id;
      try {
        const { user } = await get<{ user: User }>("/api/auth/me");
        const now = sessions.current();
        // whoever has signed in or out meanwhile counts
        if (now?.user.id === before) sessions.set({ user, tokens: now?.tokens ?? null });
        return user;
      } catch (error) {
        if (isUnauthenticated(error)) return null;
        throw error;
      }
    },
    refresh: transport.refresh,
    methods: () => get("/api/auth/methods"),

    requestOtp: (account) => post("/api/auth/otp/request", account),
    loginWithOtp: (login) => signIn("/api/auth/otp/login", login),
    forgotPassword: (account) => post("/api/auth/password/forgot", account),
    resetPassword: (reset) => post("/api/auth/password/reset", reset),
    changePassword: (change) => transport.signInAnew("/api/auth/password/change", change),
    requestVerification: (account) => post("/api/auth/verify/request", account),
    confirmVerification: (token) => post("/api/auth/verify/confirm", token),
    requestEmailChange: (change) => post("/api/auth/email/change", change),
    confirmEmailChange: (token) => post("/api/auth/email/confirm", token),
    acceptInvitation: (account) => signIn("/api/auth/invitations/accept", account),

    providerUrl(provider, login) {
      const query = new URLSearchParams(Object.entries(login));
      return `${transport.url}/api/auth/oauth/${encodeURIComponent(provider)}?${query}`;
    },
    loginWithProvider: (provider, login) => signIn(`/api/auth/oauth/${encodeURIComponent(provider)}/token`, login),
    async loginWithPasskey() {
      const asked = await post<PublicKeyCredentialRequestOptionsJSON>("/api/auth/passkeys/login/options");
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked);
      return signIn("/api/auth/passkeys/login/verify", {
        credential: json(await navigator.credentials.get({ publicKey })),
      });
    },
    async addPasskey({ name, code } = {}) {
      const asked = await post<PublicKeyCredentialCreationOptionsJSON>(
        "/api/auth/passkeys/register/options",
        code === undefined ? {} : { code },
      );
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked);
      const credential = json(await navigator.credentials.create({ publicKey }));
      await post("/api/auth/passkeys/register/verify", { credential, ...(name === undefined ? {} : { name }) });
    },

    sessions: async () => (await get<{ items: readonly DeviceSession[] }>("/api/auth/sessions")).items,
    endSession: (id) => send("DELETE", `/api/auth/sessions${id === undefined ? "" : `/${encodeURIComponent(id)}`}`),
  };
}

const isUnauthenticated = (error: unknown): boolean => error instanceof ApiError && error.code === "unauthenticated";

/** What a device made or found, as the server reads it. */
function json(credential: Credential | null): unknown {
  if (credential instanceof PublicKeyCredential) return credential.toJSON();
  throw new TypeError("The browser gave no passkey.");
}
