// Services that get tokens for themselves (RFC 6749, 4.4), and an API that checks them, with openid-client and
// oauth4webapi:
//
//   node services.mjs SETTINGS
//
// SETTINGS is a file with `issuer`, the `resource`, and the `clients` worker-basic, worker-form, robot (by a key) and
// orders-api, which owns the resource. Its scopes are orders:read and orders:write.

import { strict as assert } from "node:assert";
import * as oauth from "oauth4webapi";
import * as client from "openid-client";
import { privateKey } from "./keys.mjs";
import { conclude, isRefused } from "./outcome.mjs";

const insecure = { [oauth.allowInsecureRequests]: true };

await conclude(async ({ issuer, resource, clients }) => {
  const { "worker-basic": basic, "worker-form": form, robot, "orders-api": api } = clients;
  const key = await privateKey(robot);
  const ways = [
    [basic, client.ClientSecretBasic(basic.client_secret)],
    [form, client.ClientSecretPost(form.client_secret)],
    [robot, client.PrivateKeyJwt(key)],
  ];
  const owner = await configure(issuer, api, client.ClientSecretBasic(api.client_secret));
  const server = owner.serverMetadata();
  const tokens = [];
  for (const [{ client_id }, authentication] of ways) {
    const service = await configure(issuer, { client_id }, authentication);
    const got = await client.clientCredentialsGrant(service, { scope: "orders:read", resource });
    const { token_type, scope, refresh_token, id_token } = got;
    assert.deepEqual([token_type, scope, refresh_token, id_token], ["bearer", "orders:read", undefined, undefined]);
    tokens.push([service, got.access_token]);

    // The API believes the token by the provider's keys alone (RFC 9068), and by asking (RFC 7662).
    const claims = await oauth.validateJwtAccessToken(server, bearing(got.access_token, resource), resource, insecure);
    assert.deepEqual([claims.client_id, claims.scope], [client_id, "orders:read"]);
    const told = await client.tokenIntrospection(owner, got.access_token);
    assert.deepEqual([told.active, told.client_id, told.scope], [true, client_id, "orders:read"]);
    assert.equal(told.aud, resource);
    const elsewhere = () =>
      oauth.validateJwtAccessToken(server, bearing(got.access_token, resource), "https://elsewhere.example", insecure);
    await isRefused("a token for another API", elsewhere, "OAUTH_JWT_CLAIM_COMPARISON_FAILED");
    const wider = () => client.clientCredentialsGrant(service, { scope: "openid", resource });
    await isRefused("a scope of people", wider, "invalid_scope");
  }

  // Services do not see each other's tokens, and nobody gets one without the secret.
  const [[one, token], [other]] = tokens;
  assert.deepEqual(await client.tokenIntrospection(other, token), { active: false });
  const { privateKey: another } = await oauth.generateKeyPair("ES256");
  for (const [who, wrong] of [
    [basic, client.ClientSecretBasic("no secret of mine")],
    [basic, client.ClientSecretPost("no secret of mine")],
    [basic, client.None()],
    [robot, client.PrivateKeyJwt({ key: another, kid: key.kid })],
  ]) {
    const stranger = await configure(issuer, who, wrong);
    const ask = () => client.clientCredentialsGrant(stranger, { scope: "orders:read", resource });
    // The library tells of a 401 by its challenge where there is one.
    await isRefused(`${who.client_id}, by a stranger`, ask, "invalid_client", "OAUTH_WWW_AUTHENTICATE_CHALLENGE");
  }

  await client.tokenRevocation(one, token);
  const begun = Date.now();
  while ((await client.tokenIntrospection(owner, token)).active) {
    assert.ok(Date.now() - begun < 1_500, "the token is active after its revocation");
  }
  return "three services get tokens, an API checks them offline and by asking, and a revoked one is over";
});

function configure(issuer, { client_id }, authentication) {
  const options = { execute: [client.allowInsecureRequests], timeout: 30 };
  return client.discovery(new URL(issuer), client_id, undefined, authentication, options);
}

/** A request to the API as a service sends it. */
function bearing(token, resource) {
  return new Request(resource, { headers: { authorization: `Bearer ${token}` } });
}
