import type { Accounts, Setup } from "../../auth/index.ts";
import { type AuthPosts, USERS, visitOf } from "../auth-posts.ts";
import type { Route } from "../route.ts";
import { PANEL_PATH } from "./panel.ts";

/** What the setup routes need. */
export interface SetupRoutesDeps {
  readonly setup: Setup;
  readonly accounts: Pick<Accounts, "login">;
  readonly posts: AuthPosts;
  /** Whether there is a panel, where the page goes when it is done. */
  readonly panel: boolean;
}

/** `/api/auth/setup`: the page behind the link that is printed while there is no admin, and what it sends. */
export function setupRoutes({ setup, accounts, posts, panel }: SetupRoutesDeps): readonly Route[] {
  if (!setup.open) return [];
  const page = { ...PAGE, body: pageOf(panel ? PANEL_PATH : null) };
  return [
    { method: "GET", path: "/api/auth/setup", handle: () => page },
    posts.counted(
      "/api/auth/setup",
      async ({ token, email, password }, context) => {
        await setup.complete(token, { email, password });
        return accounts.login(USERS, email, password, visitOf(context));
      },
      201,
    ),
  ];
}

const PAGE = {
  status: 200,
  headers: {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "content-security-policy":
      "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  },
};

/**
 * Plain HTML; the token is in the fragment of the link, which no server and no proxy gets to see. Where it goes on to, its
 * reader is signed in by cookie.
 */
const pageOf = (next: string | null): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>The first admin · Bakend</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 22rem; margin: 12vh auto; padding: 0 1rem }
label { display: block; margin: 1rem 0 }
input, button { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem .6rem; border-radius: .4rem; border: 1px solid #8888 }
button { background: #2f6feb; color: #fff; border: 0; margin-top: .5rem }
#said { min-height: 3rem }
</style>
<h1>The first admin</h1>
<p>Admins pass every rule. More of them can be made later.</p>
<form>
<label>E-mail <input name="email" type="email" required autocomplete="username"></label>
<label>Password <input name="password" type="password" required minlength="8" maxlength="256" autocomplete="new-password"></label>
<button>Make the account</button>
</form>
<p id="said" role="status"></p>
<script>
const next = ${JSON.stringify(next)};
const form = document.querySelector("form"), said = document.querySelector("#said");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = JSON.stringify({ token: location.hash.slice(1), email: form.email.value, password: form.password.value });
  const answer = await fetch("/api/auth/setup", { method: "POST", headers: { "content-type": "application/json", "x-session": next ? "cookie" : "token" }, body }).catch(() => null);
  const told = answer && await answer.json();
  if (answer && answer.ok) {
    form.remove();
    history.replaceState(null, "", location.pathname);
    if (next) location.replace(next);
    said.textContent = told.user.email + " is an admin now.";
  } else said.textContent = told ? told.detail : "The server does not answer.";
});
</script>
</html>
`;
