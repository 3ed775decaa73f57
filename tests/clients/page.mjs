// Drives the interactive page in Debian's Chromium as a reader would:
//
//   node page.mjs CHROMIUM PAGE EMAIL PASSWORD [FOLDER]
//
// Fails if something is not as it should be. Pictures go to the folder, if there is one.

import { strict as assert } from "node:assert";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [executablePath, page, email, password, pictures] = process.argv.slice(2);
const { origin } = new URL(page);
const root = page.replace(/\/docs$/, "");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
try {
  const { reader, faults } = await open();
  for (const [width, colorScheme] of [[390, "light"], [390, "dark"], [1280, "dark"], [1280, "light"]]) {
    await reader.setViewportSize({ width, height: 900 });
    await reader.emulateMedia({ colorScheme });
    await reader.goto(page);
    await reader.getByRole("heading", { name: "First steps" }).waitFor();
    await reader.getByRole("button", { name: "Authorize" }).first().waitFor();
    const [content, colors] = await reader.evaluate(() => [
      document.documentElement.scrollWidth,
      document.body.classList.contains("dark-mode") ? "dark" : "light",
    ]);
    assert.equal(content, width, "the page is as wide as the screen");
    assert.equal(colors, colorScheme, "the page follows the system's colors");
    // Scalar leaves these rows of a password's sign-in in the page.
    for (const row of ["Client ID", "Client Secret", "Credentials Location"]) {
      assert.equal(await reader.getByText(row, { exact: true }).first().isVisible(), false, `${row} is asked for`);
    }
    const example = reader.locator("pre").filter({ hasText: "URL=" });
    assert.match(await example.innerText(), new RegExp(`URL=${root}\\s`), "the example is for this server");
    if (pictures) await reader.screenshot({ path: join(pictures, `${width}-${colorScheme}.png`) });
  }
  await assertAnswersAreShownWhole(reader);
  await signIn(reader);

  const me = await send(reader, "GET", "/users/me");
  assert.equal(me.status(), 200, "reading the profile");
  const profile = await me.json();
  assert.equal(profile.email, email, "whose profile it is");

  // What a reader did not type changes nothing, and filters nothing.
  const unchanged = await send(reader, "PUT", "/users/me");
  assert.deepEqual(await unchanged.json(), profile, "the profile after a change that nobody typed");
  const events = await send(reader, "GET", "/users/me/audit-events");
  assert.equal(new URL(events.url()).search, "", "filters that nobody typed");
  assert.deepEqual(faults, []);

  // A client of OAuth shows who it is in the form alone, whoever is signed in on the page.
  const refused = await send(reader, "POST", "/oauth2/token", "oauth2");
  assert.equal(await refused.request().headerValue("authorization"), null, "who the client is, said twice");
  assert.match((await refused.json()).error_description, /^Send the parameter /, "what is missing");
} finally {
  await browser.close();
}

/** Says what answers mean without cutting it, in width or in height. */
async function assertAnswersAreShownWhole(reader) {
  for (const width of [390, 1280]) {
    await reader.setViewportSize({ width, height: 900 });
    await reader.goto(`${page}#tag/auth/POST/auth/login`);
    const answers = reader.locator("[aria-label=Responses] .markdown-summary");
    await answers.first().waitFor();
    const cut = await answers.evaluateAll((all) =>
      all
        .filter((one) => one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight || one.clientHeight < 18)
        .map((one) => one.textContent),
    );
    assert.deepEqual(cut, [], `what answers mean, at ${width}`);
    if (pictures) await reader.screenshot({ path: join(pictures, `answers-${width}.png`) });
  }
}

/** Signs in by the password. */
async function signIn(reader) {
  const row = (label) => reader.locator("tr").filter({ has: reader.locator("label", { hasText: label }) }).first();
  await row(/^\s*Username/).locator(".cm-content").fill(email);
  await row(/^\s*Password/).locator("input").fill(password);
  const answer = reader.waitForResponse((answer) => answer.url().endsWith("/auth/token"));
  await reader.getByRole("button", { name: "Authorize" }).first().click();
  assert.equal((await answer).status(), 200, "signing in");
  await row(/^\s*Access Token/).waitFor();
}

/** Opens a call and sends it as it stands. */
async function send(reader, method, path, tag = "account") {
  await reader.goto(`${page}#tag/${tag}/${method}${path}`);
  const test = new RegExp(`^Test Request.*${method}.*${path}\\)?$`, "i");
  await reader.getByRole("button", { name: test }).click();
  const answer = reader.waitForResponse(
    (answer) => answer.request().method() === method && new URL(answer.url()).pathname.endsWith(path),
  );
  await reader.getByRole("button", { name: new RegExp(`^\\s*Send ${method} request`, "i") }).click();
  const answered = await answer;
  await reader.locator(".app-exit-button").click();
  await reader.locator(".app-exit-button").waitFor({ state: "hidden" });
  return answered;
}

/** A browser's page, and what is not right of it: errors, and requests that leave the server. */
async function open() {
  const context = await browser.newContext();
  const faults = [];
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && !["data:", "blob:"].includes(url.protocol)) faults.push(request.url());
  });
  context.on("console", (message) => {
    const isFault = message.type() === "error" || message.text().startsWith("document validation");
    if (isFault) faults.push(message.text());
  });
  context.on("weberror", (error) => faults.push(String(error.error())));
  const reader = await context.newPage();
  reader.setDefaultTimeout(60_000);
  return { reader, faults };
}
