// A web app with Auth.js (@auth/core), which checks PKCE, state and nonce, and keeps the tokens of its users fresh:
//
//   node auth_js.mjs SETTINGS
//
// SETTINGS is a file with `issuer`, `user` and the client auth-js. The app serves at the origin of its redirect URI, which
// ends in /auth/callback/portcullis.

import { strict as assert } from "node:assert";
import { createServer } from "node:http";
import { Auth } from "@auth/core";
import { conclude } from "./outcome.mjs";
import { Person } from "./person.mjs";
import { send, toRequest } from "./requests.mjs";

await conclude(async ({ issuer, user, clients: { "auth-js": client } }) => {
  const { origin, hostname, port } = new URL(client.redirect_uri);
  // A denial, and two answers that are not this browser's.
  const failures = [];
  const config = configuration(issuer, client, failures);
  const server = createServer((request, response) => answer(origin, config, request, response));
  await new Promise((resolve) => server.listen(Number(port), hostname, resolve));

  const denied = await new Person(user).browse(origin, { decision: "deny" });
  assert.deepEqual(denied.pressed, ["continue", "sign-in", "deny"]);
  assert.match(denied.url, /[?&]error=/, denied.text);

  // The answer to one browser is of no use in another, nor with another state.
  const ada = new Person(user);
  const sent = await ada.browse(origin, { callback: client.redirect_uri });
  assert.deepEqual(sent.pressed, ["continue", "sign-in", "allow"]);
  const stolen = await new Person(user).browse(sent.url);
  assert.match(stolen.url, /\/auth\/error/, stolen.text);
  const url = new URL(sent.url);
  url.searchParams.set("state", "another");
  const changed = await ada.browse(url);
  assert.match(changed.url, /\/auth\/error/, changed.text);
  assert.equal(failures.length, 3, `${failures}`);
  assert.match((await ada.browse(`${origin}/auth/session`)).text, /^null$/);

  const arrived = await ada.browse(origin);
  assert.deepEqual(arrived.pressed, ["continue"], "signed in and agreed already");
  assert.equal(arrived.text, `signed in: ${user.name}, ${user.email}`);

  // Two requests at once find the access token old: both refresh, and nobody is signed out.
  const tabs = await Promise.all([1, 2].map(() => ada.browse(`${origin}/auth/session`)));
  for (const tab of tabs) {
    const session = JSON.parse(tab.text);
    assert.deepEqual([session.user.email, session.error, session.refreshes], [user.email, undefined, 1], tab.text);
  }
  const later = JSON.parse((await ada.browse(`${origin}/auth/session`)).text);
  assert.deepEqual([later.error, later.refreshes], [undefined, 2]);

  server.close();
  return "an app with Auth.js signs in with pkce, state and nonce, and two requests at once refresh";
});

function configuration(issuer, { client_id, client_secret }, failures) {
  return {
    secret: "only for tests, and long enough for them",
    trustHost: true,
    basePath: "/auth",
    logger: { error: (error) => failures.push(`${error}: ${error.cause?.err ?? ""}`), warn() {}, debug() {} },
    providers: [
      {
        id: "portcullis",
        name: "Portcullis",
        type: "oidc",
        issuer,
        clientId: client_id,
        clientSecret: client_secret,
        checks: ["pkce", "state", "nonce"],
        idToken: false,
      },
    ],
    callbacks: {
      async jwt({ token, account }) {
        if (account) return { ...token, refresh_token: account.refresh_token, refreshes: 0 };
        return refreshed(issuer, { client_id, client_secret }, token);
      },
      session: ({ session, token }) => ({ ...session, error: token.error, refreshes: token.refreshes }),
    },
  };
}

/** What the documents of Auth.js advise, for each request. */
async function refreshed(issuer, { client_id, client_secret }, token) {
  const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  const answer = await fetch(metadata.token_endpoint, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}` },
    body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: token.refresh_token }),
  });
  const told = await answer.json();
  if (!answer.ok) return { ...token, error: told.error };
  return { ...token, refresh_token: told.refresh_token ?? token.refresh_token, refreshes: token.refreshes + 1 };
}

/** The app: what Auth.js serves below /auth, and at / who is signed in, or a button. */
async function answer(origin, config, incoming, outgoing) {
  const request = await toRequest(origin, incoming);
  if (new URL(request.url).pathname.startsWith("/auth/")) return send(await Auth(request, config), outgoing);
  const ask = (path) => Auth(new Request(`${origin}/auth/${path}`, { headers: request.headers }), { ...config, callbacks: {} });
  const session = await (await ask("session")).json();
  if (session) return send(new Response(`signed in: ${session.user.name}, ${session.user.email}`), outgoing);
  const csrf = await ask("csrf");
  const { csrfToken } = await csrf.json();
  const page = `<form method="post" action="/auth/signin/portcullis"><input type="hidden" name="csrfToken" value="${csrfToken}">
<input type="hidden" name="callbackUrl" value="${origin}/"><button id="continue">Sign in</button></form>`;
  return send(new Response(page, { headers: csrf.headers }), outgoing);
}
