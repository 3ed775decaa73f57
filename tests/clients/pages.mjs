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
/** The password of whoever signs in to the gallery. */
const own = "correct horse battery staple";

/** Each state of each page: how one gets there, and whether something is wrong that the page tells. */
const states = {
  "sign-in": (reader) => open(reader, "/sign-in"),
  "sign-in-app": (reader) => open(reader, "/sign-in?continue=%2Foauth2%2Fauthorize%3Fclient_id%3Da"),
  "sign-in-error": (reader) => send(reader, "/sign-in", { username: grace, password: "wrong" }, "sign-in"),
  "sign-in-missing": (reader) => send(reader, "/sign-in", { username: "grace" }, "sign-in"),
  "sign-in-wait": (reader) => signIn(reader, "wait@example.org"),
  "sign-in-disabled": (reader) => signIn(reader, "disabled@example.org"),
  "sign-in-unverified": (reader) => signIn(reader, "unverified@example.org"),
  "sign-in-busy": (reader) => signIn(reader, "down@example.org"),
  "sign-in-confirmed": async (reader) => {
    await signUp(reader);
    await fill(reader, { code: "123456" }, "continue");
  },
  "sign-up": (reader) => open(reader, "/sign-up"),
  "sign-up-error": (reader) => send(reader, "/sign-up", { username: "grace", "new-password": "short" }, "create"),
  "sign-up-check-mail": (reader) => signUp(reader),
  "signed-out": async (reader) => {
    await signIn(reader, somebody());
    await openMenu(reader);
    await fill(reader, {}, "sign-out");
  },
  account: (reader) => signIn(reader, somebody()),
  "account-long": (reader) => signIn(reader, `long-${somebody()}`),
  "account-menu": async (reader) => {
    await signIn(reader, somebody());
    await openMenu(reader);
  },
  "account-profile": (reader) => inside(reader, "/account/profile"),
  "account-profile-saved": async (reader) => {
    await inside(reader, "/account/profile");
    await fill(reader, { name: "Amazing Grace" }, "save");
  },
  "account-profile-waiting": async (reader) => {
    await inside(reader, "/account/profile");
    await fill(reader, { email: `new-${somebody()}` }, "save-email");
  },
  "account-profile-error": async (reader) => {
    await inside(reader, "/account/profile");
    await fill(reader, { name: "" }, "save");
  },
  "account-password": (reader) => inside(reader, "/account/password"),
  "account-password-error": async (reader) => {
    await inside(reader, "/account/password");
    await fill(reader, { "current-password": "wrong", "new-password": password }, "save");
  },
  "account-password-done": async (reader) => {
    await inside(reader, "/account/password");
    await fill(reader, { "current-password": own, "new-password": password }, "save");
  },
  "account-password-none": async (reader) => {
    await signIn(reader, `passwordless-${somebody()}`);
    await open(reader, "/account/password");
  },
  "account-linked": (reader) => inside(reader, "/account/linked"),
  "account-linked-last": async (reader) => {
    await signIn(reader, `linked-${somebody()}`);
    await open(reader, "/account/linked");
    await Promise.all([reader.waitForNavigation(), reader.locator("button[id^=unlink-]").click()]);
    assert.equal(await reader.locator("#error-code").textContent(), "last_way_in");
  },
  "confirm-identity-linked": async (reader) => {
    await signIn(reader, `linked-${somebody()}`);
    await open(reader, "/account/confirm?continue=%2Faccount%2Flinked");
    assert.equal(await reader.locator("[id^=social-]").count(), 1);
  },
  "account-sessions": (reader) => inside(reader, "/account/sessions"),
  "account-sessions-done": async (reader) => {
    await inside(reader, "/account/sessions");
    await fill(reader, {}, "end-others");
  },
  consent: (reader) => open(reader, "/oauth2/authorize?page=consent"),
  "consent-long": (reader) => open(reader, `/oauth2/authorize?page=consent&app=${"Paperlesspaperless".repeat(6)}`),
  "consent-open": async (reader) => {
    await open(reader, "/oauth2/authorize?page=consent");
    await reader.context().clearCookies({ name: "portcullis-browser" });
    await fill(reader, {}, "allow");
  },
  chooser: (reader) => open(reader, "/oauth2/authorize?page=chooser"),
  "flow-refused": (reader) => open(reader, "/oauth2/authorize?page=refused"),
  "flow-no-access": (reader) => open(reader, "/oauth2/authorize?page=no-access"),
  "flow-no-access-form": (reader) => open(reader, "/oauth2/authorize?page=no-access-form"),
  "flow-no-sign-out": (reader) => open(reader, "/oauth2/authorize?page=no-sign-out"),
  "app-sign-out": (reader) => open(reader, "/oauth2/logout?state=x"),
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

let counted = 0;

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
  await inAndOutWithoutScript();
  await whatIsTypedIsShown();
  await byKeyboardAlone();
  await byMenu();
  await onToAnotherOrigin();
} finally {
  await browser.close();
}

/** One state in one form: no fault, no finding, no sideways scrolling, and a picture. */
async function look(picture, go, { locale, width, colorScheme }) {
  const { reader, faults, end } = await visit({ locale, colorScheme, viewport: { width, height: 760 } });
  await go(reader);
  assert.equal(await reader.locator("html").getAttribute("lang"), locale, picture);
  assert.equal(await reader.locator("h1").count(), 1, picture);
  const hasTrouble = (await reader.locator(".notice:is(.danger, .warn):visible").count()) > 0;
  const isTold = (await reader.title()).startsWith(locale === "ko" ? "오류: " : "Error: ");
  assert.equal(isTold, hasTrouble, `${picture}: the title tells of an error`);
  if ((await reader.locator(".notice:not(.info):visible").count()) > 0) {
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

/** In, to one's devices, and out again, where no script runs. */
async function inAndOutWithoutScript() {
  const { reader, faults, end } = await visit({ javaScriptEnabled: false, locale: "en" });
  await open(reader, "/account/sessions");
  await fill(reader, { username: somebody(), password: own }, "sign-in");
  assert.equal(await reader.locator("h1").textContent(), "Your devices");
  await Promise.all([reader.waitForNavigation(), reader.locator("button[id^=end-]").first().click()]);
  assert.match(await reader.locator(".notice h2").textContent(), /The device is signed out/);
  await fill(reader, {}, "sign-out");
  assert.equal(await reader.locator("h1").textContent(), "You are signed out");
  assert.deepEqual(faults, []);
  await end();
}

/** On a phone the menu opens by Enter, is left by Esc, and gives the focus back. */
async function byMenu() {
  const { reader, end } = await visit({ locale: "en", viewport: { width: 360, height: 760 } });
  await signIn(reader, somebody());
  const button = reader.locator(".menu-button");
  await button.focus();
  await reader.keyboard.press("Enter");
  assert.ok(await reader.locator("#menu").isVisible());
  await reader.keyboard.press("Tab");
  assert.equal(await reader.evaluate(() => document.activeElement.textContent), "Overview");
  await reader.keyboard.press("Escape");
  assert.ok(!(await reader.locator("#menu").isVisible()));
  assert.ok(await button.evaluate((element) => element === document.activeElement));
  await end();
}

/** The policy of a consent lets the browser go on to the app, and the form of an app sends itself. */
async function onToAnotherOrigin() {
  const { reader, end } = await visit({ locale: "en" });
  const elsewhere = origin.replace("127.0.0.1", "localhost");
  await open(reader, "/oauth2/authorize?page=consent");
  await Promise.all([reader.waitForURL(`${elsewhere}/signed-out?pressed=allow`), reader.locator("#allow").click()]);
  await open(reader, "/sign-in?continue=%2Foauth2%2Fauthorize%3Fpage%3Dform-post");
  await Promise.all([reader.waitForURL(`${elsewhere}/signed-out`), open(reader, "/oauth2/authorize?page=form-post")]);
  await end();
}

/** A button shows the password and hides it again, and what is sent is a password. */
async function whatIsTypedIsShown() {
  for (const path of ["/new-password?token=good", "/join?token=good", "/sign-up"]) {
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
  await signIn(reader, somebody());
  for (const path of [
    "/join?token=good",
    "/was-it-you?token=good",
    "/verify-email?token=used",
    "/sign-in",
    "/account",
    "/account/profile",
    "/account/sessions",
    "/oauth2/authorize?page=consent",
  ]) {
    await open(reader, path);
    const controls = await reader.evaluate(() => {
      const all = document.querySelectorAll("a, button, summary, select, input:not([type=hidden], [hidden])");
      const reachable = [...all].filter((control) => control.checkVisibility());
      return reachable.map((control, index) => ((control.dataset.number = index), index));
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

/** An address that nobody else in this run has. */
function somebody() {
  counted += 1;
  return `grace-${counted}@example.org`;
}

async function signIn(reader, username) {
  await send(reader, "/sign-in", { username, password: own }, "sign-in");
}

async function signUp(reader) {
  await send(reader, "/sign-up", { name: "Grace Hopper", username: somebody(), "new-password": password }, "create");
}

async function inside(reader, path) {
  await signIn(reader, somebody());
  await open(reader, path);
}

/** On a wide screen it stands open. */
async function openMenu(reader) {
  const button = reader.locator(".menu-button");
  if (await button.isVisible()) await button.click();
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
