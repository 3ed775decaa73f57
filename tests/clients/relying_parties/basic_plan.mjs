// What the modules of the OpenID Foundation's plans "Config OP" and "Basic OP" ask of a provider, module by module, under
// their names; not their suite, which runs at https names that the world can reach:
//
//   node basic_plan.mjs SETTINGS
//
// SETTINGS is a file with `issuer`, `user` and the `clients` first, second and posting, which may come without PKCE, as the
// plan does. All faults are told, not the first alone.

import { strict as assert } from "node:assert";
import { setTimeout as wait } from "node:timers/promises";
import * as oauth from "oauth4webapi";
import { conclude } from "./outcome.mjs";
import { Person } from "./person.mjs";
import { WebApp } from "./web_app.mjs";

const insecure = { [oauth.allowInsecureRequests]: true };
const encode = (part) => Buffer.from(JSON.stringify(part)).toString("base64url");
const unsigned = (claims) => `${encode({ alg: "none" })}.${encode(claims)}.`;

await conclude(async ({ issuer, user, clients }) => {
  const found = await oauth.discoveryRequest(new URL(issuer), insecure);
  const server = await oauth.processDiscoveryResponse(new URL(issuer), found);
  const [first, second] = [clients.first, clients.second].map((client) => new WebApp(server, client, oauth.ClientSecretBasic));
  const posting = new WebApp(server, clients.posting, oauth.ClientSecretPost);
  const somebody = () => new Person(user);

  const modules = {
    "oidcc-discovery-endpoint-verification"() {
      assert.equal(server.issuer, issuer);
      for (const name of ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"]) {
        assert.equal(new URL(server[name]).origin, new URL(issuer).origin, name);
      }
      assert.ok(server.response_types_supported.includes("code"));
      assert.ok(server.id_token_signing_alg_values_supported.includes("RS256"));
      assert.ok(server.subject_types_supported.length && server.scopes_supported.includes("openid"));
      assert.ok(server.claims_supported.includes("sub"));
      // Left out, it would mean true.
      if (server.request_uri_parameter_supported !== undefined) assert.equal(server.request_uri_parameter_supported, false);
      assert.equal(server.request_parameter_supported ?? false, false);
    },
    async "oidcc-server"() {
      await first.signIn(somebody());
    },
    async "oidcc-response-type-missing"() {
      const answer = await first.ask(somebody(), { response_type: undefined });
      assert.ok(["invalid_request", "unsupported_response_type"].includes(answer.error), JSON.stringify(answer));
    },
    async "oidcc-idtoken-signature"() {
      const { header } = await first.signIn(somebody());
      const { keys } = await (await fetch(server.jwks_uri)).json();
      assert.equal(header.alg, "RS256");
      assert.equal(keys.filter(({ kid }) => kid === header.kid).length, 1);
      assert.ok(keys.every(({ d, p, q, k }) => !d && !p && !q && !k), "nothing private");
    },
    "oidcc-idtoken-unsigned"() {
      assert.ok(!server.id_token_signing_alg_values_supported.includes("none"));
    },
    async "oidcc-userinfo-get"() {
      await first.profile(await first.signIn(somebody()), { method: "GET" });
    },
    async "oidcc-userinfo-post-header"() {
      await first.profile(await first.signIn(somebody()), { method: "POST" });
    },
    async "oidcc-userinfo-post-body"() {
      const { tokens } = await first.signIn(somebody());
      const body = new URLSearchParams({ access_token: tokens.access_token });
      const { status } = await fetch(server.userinfo_endpoint, { method: "POST", body });
      // A provider may know the header alone.
      assert.ok([200, 400, 401, 405].includes(status), `${status}`);
    },
    async "oidcc-ensure-request-without-nonce-succeeds-for-code-flow"() {
      const { claims } = await first.signIn(somebody(), { nonce: undefined });
      assert.equal(claims.nonce, undefined);
    },
    async "oidcc-scope-profile"() {
      const { name } = await first.profile(await first.signIn(somebody(), { scope: "openid profile" }));
      assert.equal(name, user.name);
    },
    async "oidcc-scope-email"() {
      const profile = await first.profile(await first.signIn(somebody(), { scope: "openid email" }));
      assert.deepEqual([profile.email, typeof profile.email_verified], [user.email, "boolean"]);
    },
    async "oidcc-scope-all"() {
      const all = ["openid", "profile", "email", "address", "phone"];
      const scope = all.filter((name) => server.scopes_supported.includes(name)).join(" ");
      await first.profile(await first.signIn(somebody(), { scope }));
    },
    async "oidcc-ensure-other-scope-order-succeeds"() {
      await first.signIn(somebody(), { scope: "email openid profile" });
    },
    async "oidcc-prompt-login"() {
      const person = somebody();
      const before = await first.signIn(person);
      await wait(1_100);
      const after = await first.signIn(person, { prompt: "login" });
      assert.ok(after.pressed.includes("sign-in"), "asked for the password again");
      assert.ok(after.claims.auth_time > before.claims.auth_time, "a later sign-in");
      assert.equal(after.claims.sub, before.claims.sub);
    },
    async "oidcc-prompt-none-not-logged-in"() {
      const answer = await first.ask(somebody(), { prompt: "none" });
      assert.deepEqual([answer.error, answer.pressed], ["login_required", []]);
    },
    async "oidcc-prompt-none-logged-in"() {
      const person = somebody();
      const before = await first.signIn(person);
      const after = await first.signIn(person, { prompt: "none" });
      assert.deepEqual(after.pressed, []);
      assert.deepEqual([after.claims.sub, after.claims.auth_time], [before.claims.sub, before.claims.auth_time]);
    },
    async "oidcc-max-age-1"() {
      const person = somebody();
      const before = await first.signIn(person, { max_age: "10000" });
      await wait(2_100);
      const after = await first.signIn(person, { max_age: "1" });
      assert.ok(after.pressed.includes("sign-in"), "asked for the password again");
      assert.ok(after.claims.auth_time > before.claims.auth_time, "a later sign-in");
    },
    async "oidcc-max-age-10000"() {
      const person = somebody();
      const before = await first.signIn(person, { max_age: "10000" });
      const after = await first.signIn(person, { max_age: "10000" });
      assert.ok(!after.pressed.includes("sign-in"));
      assert.equal(after.claims.auth_time, before.claims.auth_time);
    },
    async "oidcc-id-token-hint"() {
      const person = somebody();
      const { tokens, claims } = await first.signIn(person);
      const after = await first.signIn(person, { prompt: "none", id_token_hint: tokens.id_token });
      assert.equal(after.claims.sub, claims.sub);
    },
    async "oidcc-codereuse"() {
      const answer = await first.ask(somebody());
      const { tokens } = await first.redeem(answer);
      const again = await first.exchange(answer);
      assert.deepEqual([again.status, (await again.json()).error], [400, "invalid_grant"]);
      const begun = Date.now();
      for (const headers = { authorization: `Bearer ${tokens.access_token}` }; ; ) {
        if ((await fetch(server.userinfo_endpoint, { headers })).status === 401) break;
        assert.ok(Date.now() - begun < 1_500, "the access token still works");
      }
    },
    async "oidcc-ensure-registered-redirect-uri"() {
      const answer = await first.ask(somebody(), { redirect_uri: `${first.settings.redirect_uri}/another` });
      assert.equal(answer.status, 400, "a page, and no way back");
    },
    async "oidcc-ensure-post-request-succeeds"() {
      await first.redeem(await first.post(somebody()));
    },
    async "oidcc-server-client-secret-post"() {
      await posting.signIn(somebody());
    },
    async "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported"() {
      const answer = await first.ask(somebody(), { request: unsigned({ scope: "openid", state: "inside" }) });
      assert.equal(answer.error, "request_not_supported");
    },
    async "oidcc-ensure-request-object-with-redirect-uri"() {
      const answer = await first.ask(somebody(), { request: unsigned({ redirect_uri: "https://elsewhere.example/cb" }) });
      assert.equal(answer.error, "request_not_supported");
    },
    async "oidcc-claims-essential"() {
      const claims = JSON.stringify({ userinfo: { name: { essential: true } } });
      const { name } = await first.profile(await first.signIn(somebody(), { claims, scope: "openid" }));
      assert.equal(name, user.name);
    },
    async "oidcc-refresh-token"() {
      const person = somebody();
      const scope = server.scopes_supported.includes("offline_access") ? "openid offline_access" : "openid";
      const { tokens, claims } = await first.signIn(person, { scope, prompt: "consent" });
      const others = await second.refresh(tokens);
      assert.deepEqual([others.status, (await others.json()).error], [400, "invalid_grant"], "by another client");
      const renewed = await first.refreshed(tokens);
      for (const name of ["iss", "sub", "aud", "auth_time"]) assert.deepEqual(renewed.claims[name], claims[name], name);
      await second.refreshed((await second.signIn(person, { scope, prompt: "consent" })).tokens);
    },
    async "oidcc-ensure-request-with-valid-pkce-succeeds"() {
      const verifier = oauth.generateRandomCodeVerifier();
      const code_challenge = await oauth.calculatePKCECodeChallenge(verifier);
      const answer = await first.ask(somebody(), { code_challenge, code_challenge_method: "S256" });
      await first.redeem({ ...answer, verifier });
    },
  };
  const wishes = {
    "oidcc-scope-address": { scope: "openid address" },
    "oidcc-scope-phone": { scope: "openid phone" },
    "oidcc-display-page": { display: "page" },
    "oidcc-display-popup": { display: "popup" },
    "oidcc-ensure-request-with-unknown-parameter-succeeds": { extra: "foobar" },
    "oidcc-login-hint": { login_hint: user.email },
    "oidcc-ui-locales": { ui_locales: "se" },
    "oidcc-claims-locales": { claims_locales: "se" },
    "oidcc-ensure-request-with-acr-values-succeeds": { acr_values: "1 2" },
  };
  for (const [name, wish] of Object.entries(wishes)) modules[name] = () => first.signIn(somebody(), wish);

  const faults = [];
  for (const [name, work] of Object.entries(modules)) {
    try {
      await work();
    } catch (error) {
      faults.push(`${name}: ${error.message} ${error.cause ? JSON.stringify(error.cause) : ""}`);
    }
  }
  assert.deepEqual(faults, []);
  return `${Object.keys(modules).length} modules of the plans Config OP and Basic OP`;
});
