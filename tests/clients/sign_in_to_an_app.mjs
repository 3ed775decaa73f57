// Signs a person in to an app of another origin in Debian's Chromium, as people do: by the keyboard alone, and without
// JavaScript.
//
//   node sign_in_to_an_app.mjs CHROMIUM ISSUER APP_PORT EMAIL PASSWORD
//
// The app `desk` is registered with the redirect URI http://localhost:APP_PORT/cb. Fails if something is not as it should be.

import { strict as assert } from "node:assert";
import { createServer } from "node:http";
import { chromium } from "playwright-core";

const [executablePath, issuer, port, email, password] = process.argv.slice(2);
const callback = `http://localhost:${port}/cb`;
/** The app goes on from there at once. */
const landing = `http://localhost:${port}/landed`;
const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/** What the app was answered last. */
let answered;
const app = createServer((request, response) => {
  const url = new URL(request.url, callback);
  if (url.pathname !== "/cb") {
    response.setHeader("content-type", "text/html").end("<title>Landed</title>");
    return;
  }
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    answered = { method: request.method, parameters: request.method === "POST" ? form : url.searchParams };
    response.writeHead(303, { location: landing }).end();
  });
});
await new Promise((listening) => app.listen(Number(port), listening));

function request(more = {}) {
  const url = new URL("/oauth2/authorize", issuer);
  const usual = {
    response_type: "code",
    client_id: "desk",
    redirect_uri: callback,
    scope: "openid email",
    state: "s&t",
    code_challenge: challenge,
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries({ ...usual, ...more })) url.searchParams.set(name, value);
  return url.href;
}

/** Presses Tab until that element has the focus. */
async function tabTo(page, id) {
  for (let presses = 0; presses < 30; presses += 1) {
    if ((await page.evaluate(() => document.activeElement?.id)) === id) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab does not reach ${id}`);
}

async function landed(page, method) {
  await page.waitForURL(landing);
  assert.equal(answered.method, method);
  assert.equal(answered.parameters.get("state"), "s&t");
  assert.equal(answered.parameters.get("iss"), issuer);
  assert.match(answered.parameters.get("code"), /^pac_/);
  answered = undefined;
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
try {
  for (const javaScriptEnabled of [true, false]) {
    const context = await browser.newContext({ javaScriptEnabled });
    const page = await context.newPage();
    const complaints = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));

    await page.goto(request({ prompt: "consent" }));
    if (javaScriptEnabled) {
      await tabTo(page, "username");
      await page.keyboard.type(email);
      await tabTo(page, "password");
      await page.keyboard.type(password);
      await page.keyboard.press("Enter");
      await page.waitForSelector("#allow");
      await tabTo(page, "allow");
      await page.keyboard.press("Enter");
    } else {
      await page.fill("#username", email);
      await page.fill("#password", password);
      await page.click("#sign-in");
      await page.click("#allow");
    }
    await landed(page, "GET");

    await page.goto(request({ response_mode: "form_post" }));
    if (!javaScriptEnabled) await page.click("#continue");
    await landed(page, "POST");

    // A person who is asked says no; one who does not sign in says no as well.
    await page.goto(request({ prompt: "consent" }));
    await page.click("#deny");
    await page.waitForURL(landing);
    assert.equal(answered.parameters.get("error"), "access_denied");
    await page.goto(request({ prompt: "login" }));
    await page.click("#cancel");
    await page.waitForURL(landing);
    assert.equal(answered.parameters.get("error"), "access_denied");
    // The session is as it was.
    await page.goto(request());
    await landed(page, "GET");
    assert.deepEqual(complaints, []);
    await context.close();
  }
} finally {
  await browser.close();
  app.close();
}
