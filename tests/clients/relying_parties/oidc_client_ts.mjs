// A single-page app with oidc-client-ts in Debian's Chromium: by redirect, by popup, with a callback that is mounted
// twice, and renewed by its refresh token:
//
//   node oidc_client_ts.mjs SETTINGS
//
// SETTINGS is a file with `chromium`, `issuer`, `user` and the client browser-app, whose `redirect_uri` is
// http://localhost:PORT/callback.html; /popup.html is another one. The app serves there.

import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { conclude } from "./outcome.mjs";

const library = createRequire(import.meta.url).resolve("oidc-client-ts").replace(/dist.*/, "dist/browser/oidc-client-ts.min.js");

await conclude(async ({ chromium: executablePath, issuer, user, clients: { "browser-app": client } }) => {
  const { origin, port } = new URL(client.redirect_uri);
  const settings = {
    authority: issuer,
    client_id: client.client_id,
    redirect_uri: client.redirect_uri,
    popup_redirect_uri: `${origin}/popup.html`,
  };
  const server = await serve(Number(port), `const settings = ${JSON.stringify(settings)};`);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  try {
    const context = await browser.newContext();
    const asked = [];
    context.on("request", (request) => {
      const form = new URLSearchParams(request.postData() ?? "");
      if (form.has("grant_type")) asked.push(form.get("grant_type"));
    });
    const tab = await open(context, origin);

    // By redirect.
    await leave(tab);
    await signIn(tab, user);
    await back(tab, origin);
    await isShown(tab, user);
    assert.deepEqual(asked, ["authorization_code"], "redeemed once");

    // Renewed by the refresh token, without a frame.
    const frames = tab.frames().length;
    const renewed = await tab.evaluate(async () => {
      const before = await manager.getUser();
      const after = await manager.signinSilent();
      return [before.access_token !== after.access_token, before.profile.sub === after.profile.sub];
    });
    assert.deepEqual(renewed, [true, true]);
    assert.equal(asked.at(-1), "refresh_token");
    assert.equal(tab.frames().length, frames);
    await tab.reload();
    await isShown(tab, user);

    // By popup, in another browser.
    const elsewhere = await browser.newContext();
    const opener = await open(elsewhere, origin);
    const [popup] = await Promise.all([
      opener.waitForEvent("popup"),
      opener.evaluate(() => {
        window.signing = manager.signinPopup().then((user) => user.profile.email, (error) => `failed: ${error}`);
      }),
    ]);
    const closed = popup.waitForEvent("close");
    await signIn(popup, user);
    await agree(popup, closed);
    assert.equal(await opener.evaluate(() => signing), user.email);

    // The library redeems twice where its callback is mounted twice. The second is refused and ends what the first was given:
    // the app says one thing, and signs in again without a password.
    await tab.evaluate(() => sessionStorage.setItem("mounts", "twice"));
    await leave(tab);
    await back(tab, origin);
    await tab.waitForFunction(() => window.answers?.length === 2);
    assert.ok((await tab.evaluate(() => answers)).includes("invalid_grant"));
    await tab.locator("#error").filter({ hasText: "Try again." }).waitFor();
    assert.equal(await tab.locator("#user").textContent(), "");
    assert.equal(asked.filter((type) => type === "authorization_code").length, 3, "redeemed twice");
    await tab.evaluate(() => sessionStorage.removeItem("mounts"));
    await leave(tab);
    await back(tab, origin);
    await isShown(tab, user);

    // The same app on an origin that is not registered reads what is public, and no more.
    const foreign = await open(await browser.newContext(), origin.replace("localhost", "127.0.0.1"));
    const token = await tab.evaluate(async () => (await manager.getUser()).access_token);
    const read = await foreign.evaluate(async (token) => {
      const metadata = await manager.metadataService.getMetadata();
      const send = (url, init) => fetch(url, init).then((answer) => answer.status, (error) => error.name);
      const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: "none", client_id: settings.client_id });
      return [
        metadata.issuer,
        await send(metadata.jwks_uri),
        await send(metadata.token_endpoint, { method: "POST", body: form }),
        await send(metadata.userinfo_endpoint, { headers: { authorization: `Bearer ${token}` } }),
      ];
    }, token);
    assert.deepEqual(read, [issuer, 200, "TypeError", "TypeError"]);
  } finally {
    await browser.close();
    server.close();
  }
  return "an app with oidc-client-ts signs in by redirect and popup, renews, and survives a callback that is mounted twice";
});

async function serve(port, settings) {
  const [page, script] = ["single_page.html", library].map((file) => readFileSync(new URL(file, import.meta.url)));
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const text = { "/oidc-client-ts.js": script, "/settings.js": settings, "/favicon.ico": "" }[pathname] ?? page;
    response.setHeader("content-type", `text/${text === page ? "html" : "javascript"}; charset=utf-8`);
    response.end(text);
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return server;
}

async function open(context, address) {
  const tab = await context.newPage();
  tab.setDefaultTimeout(30_000);
  await tab.goto(address);
  return tab;
}

/** Goes to the provider. */
async function leave(tab) {
  await Promise.all([tab.waitForEvent("framenavigated"), tab.evaluate(() => void manager.signinRedirect())]);
}

async function signIn(tab, user) {
  await tab.locator("#username").fill(user.email);
  await tab.locator("#password").fill(user.password);
  await tab.locator("#sign-in").click();
}

/** Agrees where that is asked, until `gone` is. */
async function agree(tab, gone) {
  const button = tab.locator("#allow");
  const isAsked = button.waitFor().then(() => true, () => false);
  if (await Promise.race([isAsked, gone.then(() => false)])) await button.click();
  await gone;
}

/** Comes back to the app. */
function back(tab, origin) {
  return agree(tab, tab.waitForURL((url) => url.origin === origin));
}

async function isShown(tab, user) {
  await tab.locator("#user").filter({ hasText: `${user.name}, ${user.email}` }).waitFor();
}
