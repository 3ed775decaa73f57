// The client of @hey-api/openapi-ts.

import { account, baseUrl, equal, present } from "./check.js";
import { client } from "./hey/client.gen.js";
import { getProfile, listSessions, logIn, logInByForm, logOut, refreshTokens, registerAccount } from "./hey/sdk.gen.js";
import type { Problem, Role } from "./hey/types.gen.js";

client.setConfig({ baseUrl });
const { email, password } = account;

const registered = await registerAccount({ body: account });
equal(present(registered.data, "the user").email, email, "who signed up");

const signedIn = present((await logIn({ body: { email, password } })).data, "the tokens");
const form = await logInByForm({ body: { username: email, password } });
equal(present(form.data, "the tokens of the form").token_type, signedIn.token_type, "the type");

const auth = () => signedIn.access_token;
const me = present((await getProfile({ auth })).data, "the profile");
equal<Role>(me.role, "USER", "the role");
const sessions = await listSessions({ auth, query: { limit: 5 } });
equal(present(sessions.data, "the sessions").items.length, 2, "sessions");

const next = present((await refreshTokens({ body: { refresh_token: present(signedIn.refresh_token, "the refresh token") } })).data, "the next tokens");

const refused = await logIn({ body: { email, password: "another password" } });
equal<Problem["code"]>(present(refused.error, "the problem").code, "invalid_credentials", "the code");

const signedOut = await logOut({ body: { refresh_token: present(next.refresh_token, "the next refresh token") } });
equal(present(signedOut.response, "the answer").status, 204, "signing out");
equal(present((await getProfile({ auth })).response, "the answer").status, 401, "after signing out");
