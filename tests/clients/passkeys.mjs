// Uses passkeys in Debian's Chromium, on devices that Chromium makes up (WebAuthn.addVirtualAuthenticator).
//
//   node passkeys.mjs CHROMIUM ORIGIN OTHER_PORT EMAIL PASSWORD [PICTURES]
//
// ORIGIN is http://localhost:PORT. OTHER_PORT is free. The account has a password and no second factor. With a folder for
// pictures, each page is drawn there. Fails if something is not as it should be, and prints what the server does not show.

import { strict as assert } from "node:assert";
import { createHash, createHmac } from "node:crypto";
import { createServer } from "node:http";
import { chromium } from "playwright-core";

const [executablePath, origin, otherPort, email, password, pictures] = process.argv.slice(2);

/** A device of the context: it verifies its user, or does not. */
async function addDevice(page, more = {}) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const options = {
    protocol: "ctap2",
    transport: "internal",
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
    ...more,
  };
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", { options });
  const send = (method, parameters = {}) => devtools.send(`WebAuthn.${method}`, { authenticatorId, ...parameters });
  return {
    send,
    verifies: (isUserVerified) => send("setUserVerified", { isUserVerified }),
    present: (enabled) => send("setAutomaticPresenceSimulation", { enabled }),
    async keys() {
      return (await send("getCredentials")).credentials;
    },
  };
}

let drawn = 0;
async function draw(page, name) {
  if (!pictures) return;
  drawn += 1;
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    await page.screenshot({ path: `${pictures}/${String(drawn).padStart(2, "0")}-${name}-${width}.png`, fullPage: true });
  }
}

/** Calls the API from a page, as its own script would. */
function call(page, method, path, body, token) {
  return page.evaluate(
    async ([method, path, body, token]) => {
      const headers = { "content-type": "application/json" };
      if (token) headers.authorization = `Bearer ${token}`;
      const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
      const text = await answer.text();
      return { status: answer.status, body: text ? JSON.parse(text) : null };
    },
    [method, path, body, token],
  );
}

/** Has the device answer options that may be another than the server's. */
function get(page, publicKey, more = {}) {
  return page.evaluate(
    async ([publicKey, more]) => {
      const options = PublicKeyCredential.parseRequestOptionsFromJSON({ ...publicKey, ...more });
      return (await navigator.credentials.get({ publicKey: options })).toJSON();
    },
    [publicKey, more],
  );
}

/** To sign in, to go on with a sign-in, or to prove once more who somebody is. */
async function options(page, body = {}, token = undefined) {
  const asked = await call(page, "POST", "/auth/passkeys/options", body, token);
  assert.equal(asked.status, 200);
  return asked.body;
}

/** What the page's device answers to the server's question. */
async function answerOf(page, body, token) {
  const { challenge, publicKey } = await options(page, body, token);
  return { challenge, credential: await get(page, publicKey) };
}

/** The code of an authenticator app (RFC 6238). */
function codeOf(secret) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)));
  const digest = createHmac("sha1", key).update(step).digest();
  const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;
  return String(number % 1000000).padStart(6, "0");
}

async function refused(page, shown, status, code) {
  const answer = await call(page, "POST", "/auth/passkeys", shown);
  assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(answer.body));
}

const claims = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());

async function signIn(page) {
  await page.goto(`${origin}/sign-in`);
  await page.fill("#username", email);
  await page.fill("#password", password);
  await page.click("#sign-in");
}

/** Has an app ask, which demands a passkey, and gives the address that it is answered at. */
async function askForApp(page, onTheWay) {
  const challenge = createHash("sha256").update("a".repeat(43)).digest("base64url");
  const query = new URLSearchParams({
    client_id: "vault",
    response_type: "code",
    redirect_uri: `http://localhost:${otherPort}/cb`,
    scope: "openid",
    state: "of-the-app",
    code_challenge: challenge,
    code_challenge_method: "S256",
  });
  await page.goto(`${origin}/oauth2/authorize?${query}`);
  await onTheWay();
  await page.waitForURL((url) => url.port === otherPort || url.pathname === "/oauth2/authorize");
  if (await page.isVisible("#allow")) await page.click("#allow");
  await page.waitForURL((url) => url.port === otherPort);
  const answer = new URL(page.url()).searchParams;
  assert.ok(answer.get("code") && answer.get("state") === "of-the-app", page.url());
}

async function signOut(page) {
  await page.goto(`${origin}/account`);
  await page.evaluate(() => document.querySelector("#sign-out").form.submit());
  await page.waitForURL(`${origin}/signed-out`);
}

/** Presses the button of a page of sign-in. Without anybody at the device until then, so that autofill is not faster. */
async function press(page, device, go) {
  await device.present(false);
  await go();
  await page.waitForTimeout(300);
  await device.present(true);
  await page.click("#passkey", { noWaitAfter: true });
}

async function addOnThePage(page, name) {
  await page.goto(`${origin}/account/passkeys`);
  await page.click("#add");
  await page.fill("#name", name);
  await draw(page, "new");
  await page.click("#create");
  await page.waitForURL(`${origin}/account/passkeys`);
  assert.match(await page.textContent(".notice"), /Passkey added/);
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const elsewhere = createServer((_, response) => {
  response.setHeader("content-type", "text/html").end("<title>Elsewhere</title>");
});
await new Promise((listening) => elsewhere.listen(Number(otherPort), listening));
try {
  const context = await browser.newContext();
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => message.type() !== "info" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));

  // By another name of this machine no passkey works: pages lead to the one that was set.
  await page.goto(`${origin.replace("localhost", "127.0.0.1")}/sign-in?continue=%2Faccount`);
  assert.equal(page.url(), `${origin}/sign-in?continue=%2Faccount`);

  // Without a device the page says that nothing happened, and the password is as good as ever.
  const device = await addDevice(page);
  await page.goto(`${origin}/sign-in`);
  await draw(page, "sign-in");
  await signIn(page);
  await page.waitForURL(`${origin}/account`);
  await page.goto(`${origin}/account/passkeys`);
  await draw(page, "none");
  // An app that demands a passkey has it added, and goes on.
  await askForApp(page, async () => {
    assert.equal(new URL(page.url()).pathname, "/account/passkeys/new", await page.textContent("body"));
    await page.fill("#name", "First key");
    await page.click("#create");
  });
  await page.goto(`${origin}/account/passkeys`);
  assert.equal((await device.keys()).length, 1);
  await draw(page, "one");
  // A name is refused before the device makes a passkey that nobody here would know.
  await page.goto(`${origin}/account/passkeys/new`);
  await page.evaluate(() => {
    document.querySelector("#name").value = "x".repeat(120);
  });
  await page.click("#create");
  await page.waitForSelector("#name-error");
  assert.equal((await device.keys()).length, 1);
  assert.ok(complaints.splice(0).every((text) => text.includes("422")));
  await page.goto(`${origin}/account`);
  await draw(page, "account");
  assert.match(await page.textContent("main"), /1 passkey/);

  // By the button.
  await signOut(page);
  await press(page, device, () => page.goto(`${origin}/sign-in?continue=%2Faccount%2Fpasskeys`));
  await page.waitForURL(`${origin}/account/passkeys`);
  assert.match(await page.textContent(".list"), /Last used/);
  assert.deepEqual(complaints, []);

  // By the API: the access token tells how, and each challenge is answered once, however many answer it.
  let { challenge, publicKey } = await options(page);
  let credential = await get(page, publicKey);
  const inside = await call(page, "POST", "/auth/passkeys", { challenge, credential });
  assert.equal(inside.status, 200, JSON.stringify(inside.body));
  const token = inside.body.access_token;
  const told = claims(token);
  assert.equal(told.acr, "phr");
  assert.ok(told.amr.includes("mfa") && told.amr.includes("user"), JSON.stringify(told.amr));
  assert.ok(Math.abs(told.auth_time - Date.now() / 1000) < 60);
  await refused(page, { challenge, credential }, 401, "invalid_passkey");
  ({ challenge, publicKey } = await options(page));
  // What counts would tell copies apart; a challenge alone is what is raced for.
  credential = await get(page, publicKey);
  const raced = await Promise.all(
    Array.from({ length: 12 }, () => call(page, "POST", "/auth/passkeys", { challenge, credential })),
  );
  assert.equal(raced.filter(({ status }) => status === 200).length, 1, JSON.stringify(raced.map(({ status }) => status)));
  assert.ok(raced.every(({ status }) => [200, 400, 401, 429].includes(status)));

  // Without user verification: the server asked for it, whatever a page asks of the device.
  await device.verifies(false);
  ({ challenge, publicKey } = await options(page));
  credential = await get(page, publicKey, { userVerification: "discouraged" });
  await refused(page, { challenge, credential }, 401, "invalid_passkey");
  await device.verifies(true);

  // On a page of another origin, which may ask for the same relying party.
  ({ challenge, publicKey } = await options(page));
  const stranger = await context.newPage();
  await stranger.goto(`http://localhost:${otherPort}/`);
  const strange = await addDevice(stranger);
  for (const key of await device.keys()) await strange.send("addCredential", { credential: key });
  credential = await get(stranger, publicKey);
  await refused(page, { challenge, credential }, 401, "invalid_passkey");
  // And of another relying party: its passkeys are nobody's here.
  const below = await context.newPage();
  await below.goto(`${origin.replace("localhost", "sub.localhost")}/problems/busy`);
  const other = await addDevice(below);
  const [first] = await device.keys();
  await other.send("addCredential", { credential: { ...first, rpId: "sub.localhost" } });
  ({ challenge, publicKey } = await options(page));
  credential = await get(below, publicKey, { rpId: "sub.localhost" });
  await refused(page, { challenge, credential }, 401, "invalid_passkey");
  await stranger.close();
  await below.close();

  // A copy of the key counts from where it was: it is refused, and the key itself goes on.
  const [key] = await device.keys();
  await device.send("removeCredential", { credentialId: key.credentialId });
  await device.send("addCredential", { credential: { ...key, signCount: 0 } });
  ({ challenge, publicKey } = await options(page));
  credential = await get(page, publicKey);
  await refused(page, { challenge, credential }, 401, "invalid_passkey");
  await device.send("removeCredential", { credentialId: key.credentialId });
  await device.send("addCredential", { credential: { ...key, signCount: key.signCount + 100 } });

  // A fresh proof by the API. What was given to sign in is none.
  const toSignIn = await answerOf(page);
  const misused = await call(page, "POST", "/auth/reauthenticate", { passkey: toSignIn }, token);
  assert.deepEqual([misused.status, misused.body.code], [401, "invalid_passkey"], JSON.stringify(misused.body));
  const inSession = await answerOf(page, {}, token);
  const again = await call(page, "POST", "/auth/reauthenticate", { passkey: inSession }, token);
  assert.equal(again.status, 200, JSON.stringify(again.body));
  assert.equal(claims(again.body.access_token).acr, "phr");
  const mine = await call(page, "GET", "/users/me/passkeys", undefined, again.body.access_token);
  assert.equal(mine.body.items.length, 1);
  assert.equal(mine.body.items[0].name, "First key");

  // A second device, with its own passkey. The password alone adds none where there is one: it takes that one first.
  const second = await browser.newContext();
  const phone = await second.newPage();
  const own = await addDevice(phone, { transport: "usb" });
  await signIn(phone);
  await phone.waitForURL(`${origin}/account`);
  await phone.goto(`${origin}/account/passkeys/new`);
  assert.match(phone.url(), /\/account\/confirm/);
  assert.ok(!(await phone.isVisible("#password")), "the password is no proof");
  const [lent] = await device.keys();
  await own.send("addCredential", { credential: { ...lent, signCount: lent.signCount + 100 } });
  await phone.click("#passkey");
  await phone.waitForURL(`${origin}/account/passkeys/new`);
  await own.send("removeCredential", { credentialId: lent.credentialId });
  await addOnThePage(phone, "Second key");
  assert.equal((await own.keys()).length, 1);
  await signOut(phone);
  await press(phone, own, () => phone.goto(`${origin}/sign-in`));
  await phone.waitForURL(`${origin}/account`);

  // Another name, and away with it.
  await page.goto(`${origin}/account/passkeys`);
  await page.click(".list li:first-child a");
  await draw(page, "manage");
  await page.fill("#name", "Renamed <b>key</b>");
  await page.click("#save");
  await page.waitForURL(`${origin}/account/passkeys`);
  assert.match(await page.textContent(".list"), /Renamed <b>key<\/b>/);
  await page.click(".list li:first-child a");
  await page.click("#delete");
  await page.waitForURL(`${origin}/account/passkeys`);
  assert.match(await page.textContent(".notice"), /removed/);
  // The other device is signed out by that, and its passkey signs it in again.
  await press(phone, own, async () => {
    await phone.goto(`${origin}/account`);
    await phone.waitForURL(/\/sign-in/);
  });
  await phone.waitForURL(`${origin}/account`);
  // The removed one is nobody's.
  ({ challenge, publicKey } = await options(page));
  credential = await get(page, publicKey);
  await refused(page, { challenge, credential }, 401, "invalid_passkey");
  await press(page, device, () => page.goto(`${origin}/sign-in`));
  await page.waitForSelector("#error-code");
  assert.equal(await page.textContent("#error-code"), "invalid_passkey");
  await draw(page, "refused");

  // As the second half: by the API, and on the page.
  const proved = await call(phone, "POST", "/auth/passkeys", await answerOf(phone));
  const inHand = proved.body.access_token;
  const enrolment = await call(phone, "POST", "/users/me/mfa/totp", { password }, inHand);
  assert.equal(enrolment.status, 201, JSON.stringify(enrolment.body));
  const confirmed = await call(phone, "POST", "/users/me/mfa/totp/confirm", { code: codeOf(enrolment.body.secret) }, inHand);
  assert.equal(confirmed.status, 200, JSON.stringify(confirmed.body));
  const half = await call(phone, "POST", "/auth/login", { email, password });
  assert.equal(half.body.code, "mfa_required", JSON.stringify(half.body));
  assert.ok(half.body.methods.includes("passkey"), JSON.stringify(half.body.methods));
  const whole = await call(phone, "POST", "/auth/login/mfa", {
    mfa_token: half.body.mfa_token,
    passkey: await answerOf(phone, { mfa_token: half.body.mfa_token }),
  });
  assert.equal(whole.status, 200, JSON.stringify(whole.body));
  assert.equal(claims(whole.body.access_token).acr, "phr");
  assert.ok(claims(whole.body.access_token).amr.includes("pwd"));
  await phone.context().clearCookies();
  await own.present(false);
  await signIn(phone);
  await phone.waitForURL(/\/sign-in\/code/);
  await own.present(true);
  await phone.click("a[href*='/sign-in/passkey']");
  await draw(phone, "second-half");
  await phone.click("#passkey");
  await phone.waitForURL(`${origin}/account`);

  // An app that demands a passkey has it asked for, whatever else was shown.
  await phone.context().clearCookies();
  await press(phone, own, () => phone.goto(`${origin}/sign-in`));
  await phone.waitForURL(`${origin}/account`);
  await askForApp(phone, async () => {});

  // Without JavaScript the page says so, and offers the other ways.
  const plain = await browser.newContext({ javaScriptEnabled: false });
  const still = await plain.newPage();
  await still.goto(`${origin}/sign-in`);
  assert.ok(!(await still.isVisible("#passkey")));
  assert.ok(await still.isVisible(".without-script"));
  await draw(still, "no-script");
  await plain.close();
  // The account asks for a second factor by now.
  console.log(JSON.stringify({ access_token: whole.body.access_token }));
} finally {
  await browser.close();
  elsewhere.close();
}
