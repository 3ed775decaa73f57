// Signs a person in to Portcullis by another provider of OpenID Connect, in Debian's Chromium, as people do.
//
//   node sign_in_by_a_provider.mjs CHROMIUM PORTCULLIS PROVIDER_PORT NAME SECRET
//
// Portcullis has the provider NAME with the issuer http://127.0.0.1:PROVIDER_PORT, the client `portcullis` and that secret.
// The provider is `oidc-provider` of npm: this program serves it. Fails if something is not as it should be.

import { strict as assert } from "node:assert";
import { Provider } from "oidc-provider";
import { chromium } from "playwright-core";

const [executablePath, portcullis, port, name, secret] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "portcullis",
      client_secret: secret,
      redirect_uris: [`${portcullis}/auth/social/${name}/callback`],
    },
  ],
  pkce: { required: () => true },
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  cookies: { keys: ["a key of this test"] },
  // It tells of people at its userinfo endpoint alone, as the specification has it.
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      email: id === "mallory" ? "ada@example.org" : `${id}@example.org`,
      email_verified: true,
      name: `${id} of elsewhere`,
    }),
  }),
});
const serving = provider.listen(Number(port), "127.0.0.1");
const failures = [];
provider.on("server_error", (_, error) => failures.push(error));
provider.on("grant.error", (_, error) => failures.push(error));

/** Fills in the provider's pages: who one is, and that Portcullis may know it. */
async function answerTheProvider(page, who) {
  await page.locator("input[name=login]").fill(who);
  await page.locator("input[name=password]").fill("whatever");
  await page.locator("button[type=submit]").click();
  await page.waitForLoadState();
  await page.locator("button[type=submit]").click();
  await page.waitForLoadState();
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
try {
  for (const [who, javaScriptEnabled] of [
    ["ada", true],
    ["grace", false],
  ]) {
    const context = await browser.newContext({ javaScriptEnabled, locale: "en" });
    const page = await context.newPage();
    const complaints = [];
    page.on("console", (message) => message.location().url.startsWith(portcullis) && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));

    // A stranger gets an account, and goes on to where he was going.
    await page.goto(`${portcullis}/sign-in?continue=%2Faccount%2Fprofile`);
    await page.locator(`#social-${name}`).click();
    await page.waitForURL(`${issuer}/interaction/**`);
    await answerTheProvider(page, who);
    await page.waitForURL(`${portcullis}/account/profile`);
    assert.match(await page.content(), new RegExp(`${who} of elsewhere`));
    await page.goto(`${portcullis}/account/linked`);
    assert.match(await page.locator("main").innerText(), new RegExp(`${who}@example\\.org|${who} of elsewhere`));

    // He signs out here; the provider still knows him, and he is in at once.
    await context.clearCookies({ name: /portcullis-session/ });
    await page.goto(`${portcullis}/account`);
    await page.waitForURL(`${portcullis}/sign-in**`);
    await page.locator(`#social-${name}`).click();
    await page.waitForURL(`${portcullis}/account`);
    assert.deepEqual(complaints, [], who);
    await context.close();
  }

  // Who has the address of somebody else's account there is not let into it.
  const context = await browser.newContext({ locale: "en" });
  const page = await context.newPage();
  await page.goto(`${portcullis}/sign-in`);
  await page.locator(`#social-${name}`).click();
  await page.waitForURL(`${issuer}/interaction/**`);
  await answerTheProvider(page, "mallory");
  await page.waitForURL(`${portcullis}/**`);
  assert.match(await page.locator("main").innerText(), /There is an account with the address ada@example\.org/);
  await page.goto(`${portcullis}/account`);
  await page.waitForURL(`${portcullis}/sign-in**`);
  await context.close();

  // Who has a password links the provider, comes in by it, and unlinks it.
  const email = "hedy@elsewhere.example";
  const password = "correct horse battery";
  await fetch(`${portcullis}/auth/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password, full_name: "Hedy Lamarr" }),
  });
  const own = await browser.newContext({ locale: "en" });
  const account = await own.newPage();
  const signIn = async () => {
    await account.locator("#username").fill(email);
    await account.locator("#password").fill(password);
    await account.locator("#sign-in").click();
  };
  await account.goto(`${portcullis}/sign-in?continue=%2Faccount%2Flinked`);
  await signIn();
  await account.waitForURL(`${portcullis}/account/linked`);
  await account.locator(`#link-${name}`).click();
  await account.waitForURL(`${issuer}/interaction/**`);
  await answerTheProvider(account, "hedy");
  await account.waitForURL(`${portcullis}/account/linked**`);
  assert.match(await account.locator("main").innerText(), /Linked/);
  await own.clearCookies({ name: /portcullis-session/ });
  await account.goto(`${portcullis}/sign-in?continue=%2Faccount%2Flinked`);
  await account.locator(`#social-${name}`).click();
  await account.waitForURL(`${portcullis}/account/linked`);
  await account.locator("[id^=unlink-]").click();
  await account.waitForURL(`${portcullis}/account/linked**`);
  await account.locator(`#link-${name}`).waitFor();
  // The account is still the one with the password.
  await account.goto(`${portcullis}/account`);
  assert.match(await account.locator("main").innerText(), /Hedy Lamarr/);
  await own.close();

  // Who says no at the provider is told so, and can try again.
  const second = await (await browser.newContext({ locale: "en" })).newPage();
  await second.goto(`${portcullis}/sign-in`);
  await second.locator(`#social-${name}`).click();
  await second.waitForURL(`${issuer}/interaction/**`);
  await second.locator("a[href$='/abort']").click();
  await second.waitForURL(`${portcullis}/**`);
  assert.match(await second.locator("main").innerText(), /did not sign you in/);
  assert.ok(await second.locator(`#social-${name}`).isVisible());
  assert.deepEqual(failures, []);
} finally {
  await browser.close();
  serving.close();
  serving.closeAllConnections();
}
