// oauth4webapi, step by step, as a confidential client that proves who it is by a key (RFC 7523):
//
//   node oauth4webapi.mjs SETTINGS
//
// SETTINGS is a file with `issuer`, `user` and the client ledger, whose ID tokens are signed with RS256.

import { strict as assert } from "node:assert";
import * as oauth from "oauth4webapi";
import { privateKey } from "./keys.mjs";
import { conclude, isRefused } from "./outcome.mjs";
import { Person } from "./person.mjs";

const insecure = { [oauth.allowInsecureRequests]: true };

await conclude(async ({ issuer, user, clients: { ledger } }) => {
  const person = new Person(user);
  const identifier = new URL(issuer);
  const server = await discover(identifier, "oidc");
  // The same under the name of RFC 8414, where the provider has that.
  const plain = await oauth.discoveryRequest(identifier, { ...insecure, algorithm: "oauth2" });
  if (plain.status !== 404) assert.deepEqual(await oauth.processDiscoveryResponse(identifier, plain), server);
  const client = { client_id: ledger.client_id };
  const proof = oauth.PrivateKeyJwt(await privateKey(ledger));

  const first = await ask(server, client, ledger, person);
  assert.throws(() => oauth.validateAuthResponse(server, client, first.url, "another state"), /state/);
  const parameters = oauth.validateAuthResponse(server, client, first.url, first.state);
  const redeem = (authentication, verifier = first.verifier) =>
    oauth.authorizationCodeGrantRequest(server, client, authentication, parameters, ledger.redirect_uri, verifier, insecure);

  // Nobody is the client without its key, and whoever tries does not spend its code.
  const others = await oauth.generateKeyPair("ES256");
  const stranger = oauth.PrivateKeyJwt({ key: others.privateKey, kid: ledger.key_id });
  for (const authentication of [stranger, oauth.None(), oauth.ClientSecretBasic("no secret of mine")]) {
    const refused = await redeem(authentication);
    assert.ok([400, 401].includes(refused.status), `${refused.status}`);
    assert.equal((await refused.json()).error, "invalid_client");
  }

  const answer = await redeem(proof);
  const checks = { expectedNonce: first.nonce, maxAge: 600, requireIdToken: true };
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, checks);
  await oauth.validateApplicationLevelSignature(server, answer, insecure);
  const claims = oauth.getValidatedIdTokenClaims(tokens);

  const told = await oauth.userInfoRequest(server, client, tokens.access_token, insecure);
  const profile = await oauth.processUserInfoResponse(server, client, claims.sub, told);
  assert.equal(profile.email, user.email);
  await isRefused("a profile of somebody else", async () => {
    const another = await oauth.userInfoRequest(server, client, tokens.access_token, insecure);
    return oauth.processUserInfoResponse(server, client, "somebody else", another);
  }, "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED");

  const renewal = await oauth.refreshTokenGrantRequest(server, client, proof, tokens.refresh_token, insecure);
  const renewed = await oauth.processRefreshTokenResponse(server, client, renewal);
  await oauth.validateApplicationLevelSignature(server, renewal, insecure);

  const shown = await oauth.introspectionRequest(server, client, proof, renewed.access_token, insecure);
  const introspected = await oauth.processIntrospectionResponse(server, client, shown);
  assert.deepEqual([introspected.active, introspected.client_id], [true, ledger.client_id]);

  const ended = await oauth.revocationRequest(server, client, proof, renewed.refresh_token, insecure);
  await oauth.processRevocationResponse(ended);
  const late = await oauth.refreshTokenGrantRequest(server, client, proof, renewed.refresh_token, insecure);
  await isRefused("a refresh after revocation", () => oauth.processRefreshTokenResponse(server, client, late), "invalid_grant");
  return "oauth4webapi signs in with private_key_jwt, and nobody does with another key";
});

async function discover(identifier, algorithm) {
  const answer = await oauth.discoveryRequest(identifier, { ...insecure, algorithm });
  return oauth.processDiscoveryResponse(identifier, answer);
}

async function ask(server, client, { redirect_uri }, person) {
  const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()];
  const request = new URL(server.authorization_endpoint);
  request.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri,
    response_type: "code",
    scope: "openid email",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    max_age: "600",
    state,
    nonce,
  });
  const { url } = await person.browse(request, { callback: redirect_uri });
  return { url: new URL(url), verifier, state, nonce };
}
