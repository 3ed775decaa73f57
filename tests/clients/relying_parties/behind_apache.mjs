// A page that Apache guards with mod_auth_openidc:
//
//   node behind_apache.mjs SETTINGS
//
// SETTINGS is a file with `issuer`, `user` and the `client` among the `clients` whose redirect URI is Apache's own. The page
// is /private/page at its origin; Apache tells of each request who the user is (`x-user`) and which access token it holds
// (`x-access-token`), and refreshes that before each.

import { strict as assert } from "node:assert";
import { conclude } from "./outcome.mjs";
import { Person } from "./person.mjs";

await conclude(async ({ issuer, user, clients, client: id }) => {
  const client = clients[id];
  const page = new URL("/private/page", client.redirect_uri);
  const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  const sent = await new Person(user).browse(page, { callback: metadata.authorization_endpoint });
  const request = new URL(sent.url);
  assert.equal(request.searchParams.get("code_challenge_method"), "S256");

  const person = new Person(user);
  const first = await person.browse(page);
  assert.equal(first.text.trim(), "the guarded page", `${first.url} ${first.status}: ${first.text}`);
  assert.equal(first.headers["x-user"], user.email);
  const [second, third] = [await person.browse(page), await person.browse(page)];
  const tokens = [first, second, third].map(({ headers }) => headers["x-access-token"]);
  assert.equal(new Set(tokens).size, 3, "another access token each time");
  assert.deepEqual([second.pressed, third.pressed], [[], []]);

  // What comes from another browser's sign-in is refused.
  const answer = await person.browse(request, { callback: client.redirect_uri });
  const stolen = await new Person(user).browse(`${answer.url}${answer.body ? `?${answer.body}` : ""}`);
  assert.ok(!stolen.text.includes("the guarded page"), stolen.text);
  return `Apache with mod_auth_openidc lets in whom the provider names (${request.searchParams.get("response_mode") ?? "query"})`;
});
