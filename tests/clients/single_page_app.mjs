// Drives examples/single-page-app in Debian's Chromium as its users would, in two tabs:
//
//   node single_page_app.mjs CHROMIUM APP SERVER MODE PROVIDER_PORT SECRET
//
// APP is where its files are served, SERVER is Portcullis, MODE is cookie or memory. Portcullis has the provider Acme with the issuer
// http://127.0.0.1:PROVIDER_PORT, the client `portcullis` and that secret; this program serves it. Fails if something is not as it
// should be.

import { strict as assert } from "node:assert";
import { Provider } from "oidc-provider";
import { chromium } from "playwright-core";

const [executablePath, app, server, mode, port, secret] = process.argv.slice(2);
const byCookie = mode === "cookie";
const email = `${mode}@example.org`;
const password = "correct horse battery";
const { providers } = await (await fetch(`${server}/auth/social`)).json();
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    { client_id: "portcullis", client_secret: secret, redirect_uris: [`${providers[0].authorize_url}/callback`] },
  ],
  pkce: { required: () => true },
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  cookies: { keys: ["a key of this test"] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@elsewhere.example`, email_verified: true, name: `${id} of elsewhere` }),
  }),
});
const serving = provider.listen(Number(port), "127.0.0.1");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
try {
  const context = await browser.newContext();
  const refreshes = [];
  context.on("response", (answer) => {
    if (answer.url() === `${server}/auth/refresh`) refreshes.push(answer.status());
  });
  const one = await open(context);
  await isSignedOut(one);

  // What went wrong is told by the server, and the page can read it.
  await fillIn(one, "no password of mine");
  await one.getByRole("button", { name: "Sign in", exact: true }).click();
  await one.getByRole("alert").filter({ hasText: "No account has this email address and this password." }).waitFor();

  await fillIn(one, password, "Ada Lovelace");
  await one.getByRole("button", { name: "Sign up" }).click();
  await isSignedIn(one, "Ada Lovelace");
  const kept = await one.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length]);
  assert.deepEqual(kept, ["", 0, 0], "a script finds no token where scripts keep things");
  const cookies = (await context.cookies()).map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite]);
  const expected = [["portcullis-device", true, "Lax"], ["portcullis-refresh", true, "Strict"]];
  assert.deepEqual(cookies.sort(), byCookie ? expected : []);

  const begun = refreshes.length;

  // A second tab is signed in without a word, and so is one that was loaded again.
  const two = await open(context);
  await isSignedIn(two, "Ada Lovelace");
  await one.reload();
  await isSignedIn(one, "Ada Lovelace");

  // When the access token is about to end, both tabs get another one, and nobody sees it.
  for (const round of [1, 2]) {
    const before = refreshes.length;
    await Promise.all([one.clock.fastForward("14:30"), two.clock.fastForward("14:30")]);
    for (const [tab, name] of [[one, `Ada ${round}`], [two, `Countess ${round}`]]) {
      await tab.getByLabel("Another name").fill(name);
      await tab.getByRole("button", { name: "Change" }).click();
      await isSignedIn(tab, name);
    }
    assert.ok(refreshes.length > before, "the tokens were renewed");
  }
  assert.ok(refreshes.slice(begun).every((status) => status === 200), `${refreshes}`);
  assert.equal(await sessions(), 2, "the tabs share one session, beside the one that counts them");

  // Where nobody else has the tokens, the cookie alone keeps somebody signed in.
  await two.close();
  await one.reload();
  if (byCookie) {
    await isSignedIn(one, "Countess 2");
  } else {
    await isSignedOut(one);
    await fillIn(one, password);
    await one.getByRole("button", { name: "Sign in", exact: true }).click();
    await isSignedIn(one, "Countess 2");
  }

  // Out in one is out in all.
  const three = await open(context);
  await isSignedIn(three, "Countess 2");
  await one.getByRole("button", { name: "Sign out" }).click();
  await Promise.all([isSignedOut(one), isSignedOut(three)]);
  await three.reload();
  await isSignedOut(three);
  const left = (await context.cookies()).filter(({ name }) => name === "portcullis-refresh");
  assert.deepEqual(left, []);

  // A button leads to the provider and back. What waited meanwhile is gone, and so is the code.
  const four = await open(await browser.newContext());
  await leaveForTheProvider(four);
  await answerTheProvider(four, "hedy");
  await isSignedIn(four, "hedy of elsewhere", "hedy@elsewhere.example");
  assert.equal(four.url(), app + "/");
  assert.deepEqual(await four.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0]);
  await four.reload();
  if (byCookie) await isSignedIn(four, "hedy of elsewhere", "hedy@elsewhere.example");
  else await isSignedOut(four);

  // Who turns back at the provider is told, and may try again.
  const five = await open(await browser.newContext());
  await leaveForTheProvider(five);
  await five.getByRole("link", { name: "Cancel" }).click();
  await five.getByRole("alert").filter({ hasText: "The provider signed nobody in (access_denied)." }).waitFor();
  await isSignedOut(five);
  assert.equal(five.url(), app + "/");

  // The same files on an origin that is not allowed are told nothing.
  const elsewhere = await open(await browser.newContext(), app.replace("localhost", "127.0.0.1"));
  await fillIn(elsewhere, password);
  await elsewhere.getByRole("button", { name: "Sign in", exact: true }).click();
  await elsewhere.getByRole("alert").filter({ hasText: "Failed to fetch" }).waitFor();
} finally {
  await browser.close();
  serving.close();
  serving.closeAllConnections();
}

async function leaveForTheProvider(tab) {
  await tab.getByRole("button", { name: "Sign in with Acme" }).click();
  await tab.waitForURL(`http://127.0.0.1:${port}/interaction/**`);
}

/** Fills in the provider's pages: who one is, and that Portcullis may know it. */
async function answerTheProvider(tab, who) {
  await tab.locator("input[name=login]").fill(who);
  await tab.locator("input[name=password]").fill("whatever");
  await tab.locator("button[type=submit]").click();
  await tab.waitForLoadState();
  await tab.locator("button[type=submit]").click();
}

/** A tab with the app, whose clock can be moved. */
async function open(context, address = app) {
  const tab = await context.newPage();
  tab.setDefaultTimeout(60_000);
  await tab.clock.install();
  await tab.goto(address);
  return tab;
}

async function fillIn(tab, secret, name = "") {
  await tab.getByLabel("Email").fill(email);
  await tab.getByLabel("Password").fill(secret);
  await tab.getByLabel("Name, to sign up").fill(name);
}

async function isSignedIn(tab, name, address = email) {
  await tab.locator("#profile #name").filter({ hasText: name }).waitFor();
  assert.equal(await tab.locator("#email").textContent(), address);
}

async function isSignedOut(tab) {
  await tab.getByRole("button", { name: "Sign up" }).waitFor();
  await tab.locator("#profile").waitFor({ state: "hidden" });
}

/** How many sessions there are, counted in one of its own. */
async function sessions() {
  const send = (path, init) => fetch(server + path, { headers: { "content-type": "application/json" }, ...init });
  const login = await send("/auth/login", { method: "POST", body: JSON.stringify({ email, password }) });
  const { access_token } = await login.json();
  const list = await send("/users/me/sessions", { headers: { authorization: `Bearer ${access_token}` } });
  return (await list.json()).items.length;
}
