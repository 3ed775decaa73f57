// Signs a person in to an app by one Portcullis, which asks another one who she is, in Debian's Chromium, as people do.
//
//   node sign_in_by_portcullis.mjs CHROMIUM PORTCULLIS NAME PROVIDER APP_PORT EMAIL PASSWORD
//
// PORTCULLIS has PROVIDER, another Portcullis, as the provider NAME. The app is served here, at http on this machine. Fails if
// something is not as it should be.

import { strict as assert } from "node:assert";
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { chromium } from "playwright-core";

const [executablePath, portcullis, name, provider, port, email, password] = process.argv.slice(2);
const app = `http://127.0.0.1:${port}`;
const redirect = `${app}/callback`;

const serving = createServer((_, answer) => {
  answer.setHeader("content-type", "text/html");
  answer.end("<!doctype html><title>App</title><h1>The app</h1>");
});
await new Promise((listening) => serving.listen(Number(port), "127.0.0.1", listening));

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const complaints = [];

/** A browser in which nobody is signed in anywhere. */
async function open() {
  const context = await browser.newContext({ locale: "en" });
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  return page;
}

/** Leaves the app for Portcullis, and is sent on to the provider. */
async function leave(page, verifier) {
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const query = new URLSearchParams({ redirect_to: redirect, code_challenge: challenge });
  await page.goto(`${portcullis}/auth/social/${name}?${query}`);
  await page.waitForURL(`${provider}/sign-in**`);
}

/** Signs in at the provider. */
async function signIn(page) {
  await page.locator("#username").fill(email);
  await page.locator("#password").fill(password);
  await page.locator("#sign-in").click();
}

/** What the app is answered with. */
async function answered(page) {
  await page.waitForURL(`${redirect}?**`);
  await page.getByRole("heading", { name: "The app" }).waitFor();
  return new URL(page.url()).searchParams;
}

async function redeem(code, verifier) {
  return fetch(`${portcullis}/auth/social/exchange`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code, code_verifier: verifier }),
  });
}

try {
  // She is signed in nowhere, and comes back from the form that she sends there.
  const verifier = randomBytes(32).toString("base64url");
  const page = await open();
  await leave(page, verifier);
  await signIn(page);
  const told = await answered(page);
  assert.equal(told.get("error"), null);
  const tokens = await redeem(told.get("code"), verifier);
  assert.equal(tokens.status, 200, await tokens.text());
  const again = await redeem(told.get("code"), verifier);
  assert.equal(again.status, 400);

  // The provider knows her now.
  const query = new URLSearchParams({
    redirect_to: redirect,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
  });
  await page.goto(`${portcullis}/auth/social/${name}?${query}`);
  assert.notEqual((await answered(page)).get("code"), null);

  // Who goes back at the provider is told so to the app.
  const second = await open();
  await leave(second, verifier);
  await second.locator("#cancel").click();
  assert.equal((await answered(second)).get("error"), "access_denied");

  // The same on Portcullis's own pages.
  const third = await open();
  await third.goto(`${portcullis}/sign-in?continue=%2Faccount%2Flinked`);
  await third.locator(`#social-${name}`).click();
  await third.waitForURL(`${provider}/sign-in**`);
  await signIn(third);
  await third.waitForURL(`${portcullis}/account/linked`);
  assert.match(await third.locator("main").innerText(), new RegExp(email.replace(".", "\\.")));

  // She proves there once more who she is: the provider says when she signed in.
  await third.goto(`${portcullis}/account/confirm?continue=%2Faccount%2Flinked`);
  await third.locator(`#social-${name}`).click();
  await third.waitForURL(`${provider}/sign-in**`);
  await signIn(third);
  await third.waitForURL(`${portcullis}/account/linked`);
  assert.deepEqual(complaints, []);
} finally {
  await browser.close();
  serving.close();
  serving.closeAllConnections();
}
