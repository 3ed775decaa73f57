// openid-client against the provider as two confidential clients and a native app use it:
//
//   node openid_client.mjs SETTINGS
//
// SETTINGS is a file with `issuer`, `user` and the `clients` shop (RS256), till (ES256) and terminal (native).

import { strict as assert } from "node:assert";
import * as client from "openid-client";
import { conclude, isRefused } from "./outcome.mjs";
import { Person } from "./person.mjs";

await conclude(async ({ issuer, user, clients }) => {
  const person = new Person(user);
  const shop = await configure(issuer, clients.shop, "RS256", client.ClientSecretBasic(clients.shop.client_secret));
  const metadata = shop.serverMetadata();
  assert.equal(metadata.issuer, issuer);
  assert.equal(metadata.authorization_response_iss_parameter_supported, true);
  assert.deepEqual(metadata.code_challenge_methods_supported, ["S256"]);

  // Who says no is sent back with that, and the next time is asked again.
  const denied = await ask(shop, clients.shop, person, { decision: "deny" });
  assert.deepEqual(denied.pressed, ["sign-in", "deny"]);
  await isRefused("a consent that was denied", () => redeem(shop, denied), "access_denied");

  const asked = await ask(shop, clients.shop, person, {}, { max_age: "3600" });
  assert.deepEqual(asked.pressed, ["allow"], "signed in already, asked again for consent");
  assert.equal(asked.url.searchParams.get("iss"), issuer);
  const state = client.randomState();
  await isRefused("another state", () => redeem(shop, { ...asked, state }), "OAUTH_INVALID_RESPONSE");
  for (const iss of ["https://elsewhere.example", undefined]) {
    const url = new URL(asked.url);
    url.searchParams.delete("iss");
    if (iss) url.searchParams.set("iss", iss);
    await isRefused(`the issuer ${iss}`, () => redeem(shop, { ...asked, url }), "OAUTH_INVALID_RESPONSE");
  }
  const verifier = client.randomPKCECodeVerifier();
  await isRefused("a verifier of another request", () => redeem(shop, { ...asked, verifier }), "invalid_grant");
  // Providers may end a code at the first wrong verifier, so another one is asked for.
  const again = await ask(shop, clients.shop, person, {}, { max_age: "3600" });
  const tokens = await redeem(shop, again, { maxAge: 3600 });
  const claims = tokens.claims();
  assert.ok(Math.abs(Date.now() / 1000 - claims.auth_time) < 120, `auth_time: ${claims.auth_time}`);
  assert.ok(tokens.expires_in > 0 && tokens.refresh_token, "an access token with an end, and a refresh token");

  const profile = await client.fetchUserInfo(shop, tokens.access_token, claims.sub);
  assert.deepEqual([profile.name, profile.email], [user.name, user.email]);

  const renewed = await client.refreshTokenGrant(shop, tokens.refresh_token);
  const newer = renewed.claims();
  assert.deepEqual([newer.sub, newer.aud, newer.auth_time], [claims.sub, claims.aud, claims.auth_time]);
  await client.fetchUserInfo(shop, renewed.access_token, claims.sub);

  // Another client of the same browser: no password, a consent of its own, other keys.
  const till = await configure(issuer, clients.till, "ES256", client.ClientSecretPost(clients.till.client_secret));
  const second = await ask(till, clients.till, person);
  assert.deepEqual(second.pressed, ["allow"]);
  await isRefused("a code of another client", () => redeem(shop, second), "invalid_grant");
  const third = await ask(till, clients.till, person, {}, { prompt: "none" });
  assert.deepEqual(third.pressed, [], "what was agreed to is not asked again");
  const others = await redeem(till, third);
  assert.equal(others.claims().sub, claims.sub);
  assert.deepEqual(await client.tokenIntrospection(till, renewed.access_token), { active: false }, "not the till's token");

  const terminal = await configure(issuer, clients.terminal, "RS256", client.None());
  const native = await ask(terminal, clients.terminal, person);
  assert.deepEqual(native.pressed, ["allow"]);
  await redeem(terminal, native);
  const shown = await ask(terminal, clients.terminal, person);
  assert.deepEqual(shown.pressed, ["allow"], "an address on this device is never sent a code without a click");

  const told = await client.tokenIntrospection(shop, renewed.access_token);
  assert.deepEqual([told.active, told.client_id, told.sub], [true, clients.shop.client_id, claims.sub]);
  await client.tokenRevocation(shop, renewed.refresh_token);
  const ended = () => client.refreshTokenGrant(shop, renewed.refresh_token);
  await isRefused("a refresh after revocation", ended, "invalid_grant");
  await isEnded(() => client.fetchUserInfo(shop, renewed.access_token, claims.sub));
  assert.deepEqual(await client.tokenIntrospection(shop, renewed.access_token), { active: false });

  // The second use of a code ends what came of the first.
  await isRefused("a code that was used", () => redeem(till, third), "invalid_grant");
  const late = () => client.refreshTokenGrant(till, others.refresh_token);
  await isRefused("a refresh after a code's second use", late, "invalid_grant");
  return "openid-client signs in as three clients, refreshes, introspects and revokes, and refuses what it must";
});

async function configure(issuer, { client_id, redirect_uri }, algorithm, authentication) {
  const options = { execute: [client.allowInsecureRequests], timeout: 30 };
  const metadata = { id_token_signed_response_alg: algorithm, redirect_uris: [redirect_uri] };
  const configuration = await client.discovery(new URL(issuer), client_id, metadata, authentication, options);
  // Signatures too, which a token that came by TLS would not need.
  client.enableNonRepudiationChecks(configuration);
  return configuration;
}

/** Sends the person to the provider, and gives the answer with what is needed to redeem it. */
async function ask(configuration, { redirect_uri }, person, choice = {}, parameters = {}) {
  const [verifier, state, nonce] = [client.randomPKCECodeVerifier(), client.randomState(), client.randomNonce()];
  const request = client.buildAuthorizationUrl(configuration, {
    redirect_uri,
    scope: "openid profile email",
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
    ...parameters,
  });
  const { url, pressed, status, text } = await person.browse(request, { callback: redirect_uri, ...choice });
  assert.equal(status, undefined, `a page at ${url} instead of the way back: ${text}`);
  return { url: new URL(url), pressed, verifier, state, nonce };
}

function redeem(configuration, { url, verifier, state, nonce }, checks = {}) {
  const expected = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  return client.authorizationCodeGrant(configuration, url, { ...expected, ...checks });
}

/** An access token ends everywhere within a second. */
async function isEnded(use) {
  const begun = Date.now();
  for (;;) {
    try {
      await use();
    } catch (error) {
      assert.equal(error.status ?? error.cause?.status, 401, `${error}`);
      return;
    }
    assert.ok(Date.now() - begun < 1_500, "the access token still works");
  }
}
