// Drives examples/single-page-app in Debian's Chromium as its users would, in two tabs:
//
//   node single_page_app.mjs CHROMIUM APP SERVER MODE
//
// APP is where its files are served, SERVER is Portcullis, MODE is cookie or memory. Fails if something is not as it should be.

import { strict as assert } from "node:assert";
import { chromium } from "playwright-core";

const [executablePath, app, server, mode] = process.argv.slice(2);
const byCookie = mode === "cookie";
const email = `${mode}@example.org`;
const password = "correct horse battery";
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
  await one.getByRole("button", { name: "Sign in" }).click();
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
    await one.getByRole("button", { name: "Sign in" }).click();
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

  // The same files on an origin that is not allowed are told nothing.
  const elsewhere = await open(await browser.newContext(), app.replace("localhost", "127.0.0.1"));
  await fillIn(elsewhere, password);
  await elsewhere.getByRole("button", { name: "Sign in" }).click();
  await elsewhere.getByRole("alert").filter({ hasText: "Failed to fetch" }).waitFor();
} finally {
  await browser.close();
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

async function isSignedIn(tab, name) {
  await tab.locator("#profile #name").filter({ hasText: name }).waitFor();
  assert.equal(await tab.locator("#email").textContent(), email);
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
