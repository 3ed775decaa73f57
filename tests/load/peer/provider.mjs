// node-oidc-provider with its store in memory, to measure beside Portcullis, and to see that programs that drive
// Portcullis are right themselves:
//
//   node provider.mjs PORT FILE
//
// FILE is JSON: `users` (email, password, name), `clients` (the metadata of RFC 7591, and `require_pkce: false` for a
// client that may come without) and `resources` (by URI: `scopes`, the client that is the `owner`, and the `format` of
// tokens, jwt or opaque). It listens on 127.0.0.1. Its pages have the ids and fields of Portcullis' pages.

import { readFileSync } from "node:fs";
import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

const [port, file] = process.argv.slice(2);
const { users, clients, resources = {} } = JSON.parse(readFileSync(file, "utf8"));
const issuer = `http://127.0.0.1:${port}`;
const withoutPkce = clients.filter((client) => client.require_pkce === false).map((client) => client.client_id);

const provider = new Provider(issuer, {
  clients: clients.map(({ require_pkce, ...client }) => client),
  jwks: { keys: [key("rsa", { modulusLength: 2048 }, "RS256"), key("ec", { namedCurve: "P-256" }, "ES256")] },
  cookies: { keys: ["only for measurements"] },
  scopes: ["openid", "offline_access", ...Object.values(resources).flatMap(({ scopes }) => scopes)],
  claims: { openid: ["sub"], profile: ["name"], email: ["email", "email_verified"], auth_time: null },
  responseTypes: ["code"],
  pkce: { required: (_, client) => !withoutPkce.includes(client.clientId) },
  // As Portcullis: to every client that has the grant type, and whoever refreshes twice at once is not signed out.
  issueRefreshToken: (_, client) => client.grantTypeAllowed("refresh_token"),
  rotateRefreshToken: false,
  clientBasedCORS: (_, origin, client) => client.redirectUris.some((uri) => new URL(uri).origin === origin),
  enabledJWA: { idTokenSigningAlgValues: ["RS256", "ES256"] },
  features: {
    devInteractions: { enabled: false },
    claimsParameter: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: {
      enabled: true,
      // As Portcullis: to whom the token was given, and to the API that it is for.
      allowedPolicy: (_, client, token) =>
        client.clientId === token.clientId || client.clientId === resources[token.aud]?.owner,
    },
    revocation: { enabled: true },
    rpInitiatedLogout: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_, client) =>
        client.grantTypeAllowed("client_credentials") ? Object.keys(resources)[0] : undefined,
      getResourceServerInfo: (_, resource) => ({
        scope: resources[resource].scopes.join(" "),
        audience: resource,
        accessTokenFormat: resources[resource].format ?? "jwt",
        jwt: { sign: { alg: "ES256" } },
      }),
    },
  },
  findAccount: (_, id) => {
    const user = users.find(({ email }) => email === id);
    return user && { accountId: id, claims: () => ({ sub: id, name: user.name, email: id, email_verified: true }) };
  },
  interactions: { url: (_, { uid }) => `/interaction/${uid}` },
});

// Refusals that a client may only see as a code are said aloud here.
for (const event of ["authorization.error", "grant.error", "userinfo.error", "introspection.error", "server_error"]) {
  provider.on(event, (ctx, error) => console.error(`${event}: ${ctx.oidc?.client?.clientId}: ${error.error_description ?? error}`));
}

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith("/interaction/")) return next();
  const { prompt, params, session, grantId } = await provider.interactionDetails(ctx.req, ctx.res);
  if (ctx.method === "GET") {
    ctx.type = "html";
    ctx.body = prompt.name === "login" ? signInPage(ctx.path) : consentPage(ctx.path, params.client_id);
    return;
  }
  const form = new URLSearchParams(await body(ctx.req));
  if (form.get("csrf") !== "genuine" || form.get("continue") !== ctx.path) {
    ctx.status = 403;
    return;
  }
  if (prompt.name === "login") {
    const user = users.find(({ email, password }) => email === form.get("username") && password === form.get("password"));
    if (!user) {
      ctx.status = 401;
      ctx.type = "html";
      ctx.body = signInPage(ctx.path, "The email address and password don’t match.");
      return;
    }
    return finish(ctx, { login: { accountId: user.email } });
  }
  if (form.get("decision") === "deny") return finish(ctx, { error: "access_denied" });
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const { missingOIDCClaims = [], missingResourceScopes = {} } = prompt.details;
  grant.addOIDCClaims(missingOIDCClaims);
  for (const [resource, scopes] of Object.entries(missingResourceScopes)) grant.addResourceScope(resource, scopes.join(" "));
  return finish(ctx, { consent: { grantId: await grant.save() } });
});

provider.listen(Number(port), "127.0.0.1", () => console.log(issuer));

function key(type, options, alg) {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: "jwk" }), alg, use: "sig", kid: alg };
}

async function finish(ctx, result) {
  ctx.status = 303;
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
}

async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

function signInPage(path, error = "") {
  return `<!doctype html><h1>Sign in</h1>${error && `<p id="error-code">${error}</p>`}<form method="post">${hidden(path)}
<input id="username" name="username" type="email"><input id="password" name="password" type="password">
<button id="sign-in">Sign in</button></form>`;
}

function consentPage(path, client) {
  return `<!doctype html><h1>Let ${client} use your account?</h1><form method="post">${hidden(path)}
<button id="allow" name="decision" value="allow">Allow</button>
<button id="deny" name="decision" value="deny">Don’t allow</button></form>`;
}

function hidden(path) {
  return `<input type="hidden" name="continue" value="${path}"><input type="hidden" name="csrf" value="genuine">`;
}
