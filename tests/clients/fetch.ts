// The client of openapi-typescript and openapi-fetch.

import createClient from "openapi-fetch";
import { account, baseUrl, equal, present } from "./check.js";
import type { components, paths } from "./schema.js";

const client = createClient<paths>({ baseUrl });
const { email, password } = account;

const registered = await client.POST("/auth/register", { body: account });
equal(present(registered.data, "the user").email, email, "who signed up");

const signedIn = present((await client.POST("/auth/login", { body: { email, password } })).data, "the tokens");
const form = await client.POST("/auth/token", {
  body: { username: email, password },
  headers: { "Content-Type": "application/x-www-form-urlencoded" },
});
equal(present(form.data, "the tokens of the form").token_type, signedIn.token_type, "the type");

const headers = { Authorization: `Bearer ${signedIn.access_token}` };
const me = present((await client.GET("/users/me", { headers })).data, "the profile");
equal<components["schemas"]["Role"]>(me.role, "USER", "the role");
const sessions = await client.GET("/users/me/sessions", { headers, params: { query: { limit: 5 } } });
equal(present(sessions.data, "the sessions").items.length, 2, "sessions");

const refreshed = await client.POST("/auth/refresh", { body: { refresh_token: present(signedIn.refresh_token, "the refresh token") } });
const next = present(refreshed.data, "the next tokens");

const refused = await client.POST("/auth/login", { body: { email, password: "another password" } });
const problem = present(refused.error, "the problem");
equal<components["schemas"]["Problem"]["code"]>(problem.code, "invalid_credentials", "the code");

const signedOut = await client.POST("/auth/logout", { body: { refresh_token: present(next.refresh_token, "the next refresh token") } });
equal(signedOut.response.status, 204, "signing out");
equal((await client.GET("/users/me", { headers })).response.status, 401, "after signing out");
