// A framework with the configuration that `portcullis client create` printed for it, as it was printed:
//
//   node printed.mjs SETTINGS
//
// SETTINGS is a file with `issuer`, `user`, the client printed and the `framework`: authjs, whose configuration is auth.mjs
// beside this file, express, whose program is app.mjs, or mod_auth_openidc, which guards /private/page at the origin of the
// redirect URI already.

import { strict as assert } from "node:assert";
import { createServer } from "node:http";
import { conclude } from "./outcome.mjs";
import { Person } from "./person.mjs";
import { send, toRequest } from "./requests.mjs";

const FRAMEWORKS = { authjs, express, mod_auth_openidc: apache };

await conclude(async ({ user, clients: { printed: client }, framework }) => {
  const redirect = new URL(client.redirect_uri);
  const { start, tells } = await FRAMEWORKS[framework](redirect, user);
  const arrived = await new Person(user).browse(start);
  assert.equal(arrived.status, 200, `${arrived.url}: ${arrived.text}`);
  tells(arrived.text);
  assert.ok(arrived.pressed.includes("sign-in") && arrived.pressed.includes("allow"), `${arrived.pressed}`);
  return `${framework} signs in with what is printed for it`;
});

async function authjs(redirect, user) {
  process.env.AUTH_SECRET = "only for tests, and long enough for them";
  const { handlers } = await import("./auth.mjs");
  const [base] = redirect.pathname.split("/callback/");
  const ask = (path, headers) => handlers.GET(new Request(`${redirect.origin}${base}/${path}`, { headers }));
  const server = createServer(async (incoming, outgoing) => {
    const request = await toRequest(redirect.origin, incoming);
    if (new URL(request.url).pathname.startsWith(`${base}/`)) return send(await handlers[request.method](request), outgoing);
    const session = await (await ask("session", request.headers)).json();
    if (session) return send(new Response(`${session.user.name}, ${session.user.email}`), outgoing);
    const csrf = await ask("csrf", request.headers);
    const { csrfToken } = await csrf.json();
    const page = `<form method="post" action="${base}/signin/portcullis"><input type="hidden" name="csrfToken" value="${csrfToken}">
<input type="hidden" name="callbackUrl" value="${redirect.origin}/"><button id="continue">Sign in</button></form>`;
    return send(new Response(page, { headers: csrf.headers }), outgoing);
  });
  await new Promise((resolve) => server.listen(Number(redirect.port), redirect.hostname, resolve));
  return { start: redirect.origin, tells: (text) => assert.equal(text, `${user.name}, ${user.email}`) };
}

async function express(redirect, user) {
  await import("./app.mjs");
  const tells = (text) => {
    const told = JSON.parse(text);
    assert.deepEqual([told.name, told.email], [user.name, user.email]);
  };
  return { start: `${redirect.origin}/login`, tells };
}

async function apache(redirect) {
  const tells = (text) => assert.equal(text.trim(), "the guarded page");
  return { start: `${redirect.origin}/private/page`, tells };
}
