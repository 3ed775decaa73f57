// A confidential client of a provider, as a program plays it.

import { strict as assert } from "node:assert";
import * as oauth from "oauth4webapi";

const insecure = { [oauth.allowInsecureRequests]: true };

/** One that sends people to the provider and redeems what comes back. */
export class WebApp {
  constructor(server, settings, proof) {
    this.server = server;
    this.settings = settings;
    this.client = { client_id: settings.client_id };
    this.proof = proof(settings.client_secret);
  }

  #request(parameters) {
    const expected = { state: oauth.generateRandomState().repeat(3).slice(0, 128), nonce: oauth.generateRandomNonce() };
    const { redirect_uri } = this.settings;
    const all = { ...this.client, redirect_uri, response_type: "code", scope: "openid", ...expected, ...parameters };
    const query = new URLSearchParams(Object.entries(all).filter(([, value]) => value !== undefined));
    return { query, expected: { ...expected, nonce: all.nonce } };
  }

  /** What comes back to the client: a code, or an error; or the page where nothing does. */
  async ask(person, parameters = {}) {
    const { query, expected } = this.#request(parameters);
    const callback = this.settings.redirect_uri;
    return this.#answer(await person.browse(`${this.server.authorization_endpoint}?${query}`, { callback }), expected);
  }

  /** The same by a form of the client's page. */
  async post(person) {
    const { query: form, expected } = this.#request({});
    const callback = this.settings.redirect_uri;
    return this.#answer(await person.browse(this.server.authorization_endpoint, { callback, form }), expected);
  }

  #answer({ url, status, pressed }, expected) {
    if (status !== undefined) return { status, pressed };
    const { searchParams } = new URL(url);
    assert.equal(searchParams.get("state"), expected.state, "the state as it was");
    assert.equal(searchParams.get("iss"), this.server.issuer);
    return { url: new URL(url), error: searchParams.get("error") ?? undefined, pressed, ...expected };
  }

  exchange({ url, state, verifier = oauth.nopkce }) {
    const { server, client, proof, settings } = this;
    const parameters = oauth.validateAuthResponse(server, client, url, state);
    const { redirect_uri } = settings;
    return oauth.authorizationCodeGrantRequest(server, client, proof, parameters, redirect_uri, verifier, insecure);
  }

  async redeem(answer) {
    assert.ok(answer.url, `a page (${answer.status}) and no way back`);
    const response = await this.exchange(answer);
    const checks = { expectedNonce: answer.nonce ?? oauth.expectNoNonce, requireIdToken: true };
    const tokens = await oauth.processAuthorizationCodeResponse(this.server, this.client, response, checks);
    await oauth.validateApplicationLevelSignature(this.server, response, insecure);
    const header = JSON.parse(Buffer.from(tokens.id_token.split(".")[0], "base64url"));
    return { tokens, header, claims: oauth.getValidatedIdTokenClaims(tokens), pressed: answer.pressed };
  }

  async signIn(person, parameters) {
    return this.redeem(await this.ask(person, parameters));
  }

  /** What userinfo says of the same person. */
  async profile({ tokens, claims }, { method = "GET" } = {}) {
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    const answer = await fetch(this.server.userinfo_endpoint, { method, headers });
    return oauth.processUserInfoResponse(this.server, this.client, claims.sub, answer);
  }

  refresh({ refresh_token }) {
    return oauth.refreshTokenGrantRequest(this.server, this.client, this.proof, refresh_token, insecure);
  }

  async refreshed(old) {
    const response = await this.refresh(old);
    const tokens = await oauth.processRefreshTokenResponse(this.server, this.client, response);
    await oauth.validateApplicationLevelSignature(this.server, response, insecure);
    return { tokens, claims: oauth.getValidatedIdTokenClaims(tokens) };
  }
}
