// Looks at every page and state in Debian's Chromium, and drives them as people do:
//
//   node pages.mjs CHROMIUM ORIGIN FOLDER
//
// ORIGIN is where crates/pages/examples/gallery serves. Fails if something is not as it should be. Pictures go to the
// folder.

import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [executablePath, origin, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const grace = "grace@example.org";
const password = "correct horse battery";

/** Each state of each page: how one gets there, and whether something is wrong that the page tells. */
const states = {
  "forgot-password": (reader) => open(reader, "/forgot-password"),
  "forgot-password-error": (reader) => send(reader, "/forgot-password", { username: "grace" }, "send"),
  "check-mail": (reader) => send(reader, "/forgot-password", { username: grace }, "send"),
  "check-mail-error": async (reader) => {
    await send(reader, "/forgot-password", { username: grace }, "send");
    await fill(reader, { code: "000 000" }, "continue");
  },
  "check-mail-open": async (reader) => {
    await send(reader, "/forgot-password", { username: grace }, "send");
    await reader.locator("summary").press("Enter");
  },
  "verify-again": (reader) => open(reader, "/verify-email/again"),
  "verify-email": (reader) => open(reader, "/verify-email?token=good"),
  "verify-email-done": (reader) => send(reader, "/verify-email?token=good", {}, "confirm"),
  "verify-email-taken": (reader) => send(reader, "/verify-email?token=taken", {}, "confirm"),
  "verify-email-down": (reader) => send(reader, "/verify-email?token=down", {}, "confirm"),
  "link-expired": (reader) => open(reader, "/verify-email?token=used"),
  "link-expired-join": (reader) => open(reader, "/join?token=used"),
  "new-password": (reader) => open(reader, "/new-password?token=good"),
  "new-password-error": (reader) => send(reader, "/new-password?token=good", { "new-password": "short" }, "save"),
  "new-password-done": (reader) => send(reader, "/new-password?token=good", { "new-password": password }, "save"),
  "undo-email": (reader) => open(reader, "/undo-email?token=good"),
  "was-it-you": (reader) => open(reader, "/was-it-you?token=good"),
  "was-it-you-done": (reader) => send(reader, "/was-it-you?token=good", {}, "not-me"),
  join: (reader) => open(reader, "/join?token=good"),
  "join-long": (reader) => open(reader, "/join?token=long"),
  "join-error": (reader) => send(reader, "/join?token=good", { name: "", "new-password": "short" }, "save"),
  "not-found": (reader) => open(reader, "/verify-email/nothing"),
};

/** The states take turns in these: each of all would take minutes, and what they share is one frame and one style sheet. */
const forms = [
  ["en", 360, "light"],
  ["ko", 1280, "dark"],
  ["ko", 360, "dark"],
  ["en", 1280, "light"],
  ["ko", 360, "light"],
];

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
try {
  const all = Object.entries(states).entries();
  const lookAtTheRest = async () => {
    for (const [index, [name, go]] of all) {
      const [locale, width, colorScheme] = forms[index % forms.length];
      await look(`${name}-${locale}-${width}-${colorScheme}`, go, { locale, width, colorScheme });
    }
  };
  await Promise.all([lookAtTheRest(), lookAtTheRest()]);
  await withoutScript();
  await whatIsTypedIsShown();
  await byKeyboardAlone();
} finally {
  await browser.close();
}

/** One state in one form: no fault, no finding, no sideways scrolling, and a picture. */
async function look(picture, go, { locale, width, colorScheme }) {
  const { reader, faults, end } = await visit({ locale, colorScheme, viewport: { width, height: 760 } });
  await go(reader);
  assert.equal(await reader.locator("html").getAttribute("lang"), locale, picture);
  assert.equal(await reader.locator("h1").count(), 1, picture);
  const hasTrouble = (await reader.locator(".notice").count()) > 0;
  const isTold = (await reader.title()).startsWith(locale === "ko" ? "오류: " : "Error: ");
  assert.equal(isTold, hasTrouble, `${picture}: the title tells of an error`);
  if (hasTrouble) {
    const focused = await reader.evaluate(() => document.activeElement.className);
    assert.match(focused, /^notice /, `${picture}: the summary has the focus`);
  }
  if (pictures) await reader.screenshot({ path: join(pictures, `${picture}.png`), fullPage: true });
  for (const narrow of [320, 640, 1280]) {
    await reader.setViewportSize({ width: narrow, height: 760 });
    const content = await reader.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(content <= narrow, `${picture}: ${content} pixels wide on a screen of ${narrow}`);
  }
  await reader.setViewportSize({ width, height: 760 });
  assert.deepEqual(faults, [], picture);
  await reader.evaluate(axe);
  const { violations } = await reader.evaluate((values) => axe.run({ runOnly: { type: "tag", values } }), rules);
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  assert.deepEqual(found, [], picture);
  await end();
}

/** A forgotten password, from the first page to the last, where no script runs. */
async function withoutScript() {
  const { reader, faults, end } = await visit({ javaScriptEnabled: false, locale: "en" });
  await send(reader, "/forgot-password", { username: grace }, "send");
  await fill(reader, { code: "123 456" }, "continue");
  assert.equal(await reader.getByRole("button", { name: "Show" }).count(), 0);
  await fill(reader, { "new-password": password }, "save");
  assert.equal(await reader.locator("h1").textContent(), "Your password was changed");
  await reader.getByRole("button", { name: "한국어" }).click();
  assert.equal(await reader.locator("html").getAttribute("lang"), "ko");
  assert.deepEqual(faults, []);
  await end();
}

/** A button shows the password and hides it again, and what is sent is a password. */
async function whatIsTypedIsShown() {
  for (const path of ["/new-password?token=good", "/join?token=good"]) {
    const { reader, faults, end } = await visit({ locale: "en" });
    await open(reader, path);
    const field = reader.locator("#new-password");
    const type = () => field.getAttribute("type");
    await field.fill("short");
    assert.equal(await type(), "password");
    for (const [name, pressed, shown] of [["Show", "true", "text"], ["Hide", "false", "password"], ["Show", "true", "text"]]) {
      await reader.getByRole("button", { name }).click();
      assert.equal(await type(), shown);
      assert.equal(await reader.locator("[aria-controls=new-password]").getAttribute("aria-pressed"), pressed);
    }
    assert.equal(await field.inputValue(), "short");
    const types = await reader.evaluate(() => {
      const field = document.getElementById("new-password");
      const types = [field.type];
      field.form.addEventListener("submit", (event) => (event.preventDefault(), types.push(field.type)));
      field.form.requestSubmit();
      return types;
    });
    assert.deepEqual(types, ["text", "password"]);
    assert.deepEqual(faults, []);
    await end();
  }
}

/** Tab reaches each control once, in reading order, with a ring; Enter sends. */
async function byKeyboardAlone() {
  const { reader, end } = await visit({ locale: "en" });
  for (const path of ["/join?token=good", "/was-it-you?token=good", "/verify-email?token=used"]) {
    await open(reader, path);
    const controls = await reader.evaluate(() => {
      const all = document.querySelectorAll("a, button, summary, input:not([type=hidden], [hidden])");
      return [...all].map((control, index) => ((control.dataset.number = index), index));
    });
    const reached = [];
    await reader.evaluate(() => document.activeElement.blur());
    for (const _ of controls) {
      await reader.keyboard.press("Tab");
      const [number, ring] = await reader.evaluate(() => {
        const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
        return [Number(document.activeElement.dataset.number), outlineStyle !== "none" && parseFloat(outlineWidth) >= 3];
      });
      assert.ok(ring, `${path}: control ${number} has a ring`);
      reached.push(number);
    }
    assert.deepEqual(reached, controls, path);
  }
  await open(reader, "/join?token=good");
  await reader.keyboard.press("Tab");
  await reader.keyboard.press("ControlOrMeta+a");
  await reader.keyboard.type("Amazing Grace");
  await reader.keyboard.press("Tab");
  // The button that shows the password.
  await reader.keyboard.press("Tab");
  await reader.keyboard.type(password);
  await Promise.all([reader.waitForURL(`${origin}/join`), reader.keyboard.press("Enter")]);
  assert.equal(await reader.locator("h1").textContent(), "Your account is ready");
  await end();
}

async function open(reader, path) {
  await reader.goto(origin + path);
}

async function send(reader, path, fields, button) {
  await open(reader, path);
  await fill(reader, fields, button);
}

async function fill(reader, fields, button) {
  for (const [name, value] of Object.entries(fields)) await reader.locator(`#${name}`).fill(value);
  await Promise.all([reader.waitForNavigation(), reader.locator(`#${button}`).click()]);
}

/** A browser's page, and what is not right of it: errors, and requests that leave the server. */
async function visit(options) {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  const faults = [];
  context.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) faults.push(request.url());
  });
  context.on("console", (message) => {
    // The browser tells each refusal, which the page tells too.
    if (message.type() === "error" && !/the server responded with a status of [45]/.test(message.text())) {
      faults.push(message.text());
    }
  });
  context.on("weberror", (error) => faults.push(String(error.error())));
  const reader = await context.newPage();
  reader.setDefaultTimeout(60_000);
  return { reader, faults, end: () => context.close() };
}
