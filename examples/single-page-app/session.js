// Who is signed in, in every tab of this app. Nothing is written to localStorage: what a script can read there, any script
// that slipped into the page can read as well, also long after.

import { REFRESH_TOKEN_IN, SERVER } from "./config.js";

const BY_COOKIE = REFRESH_TOKEN_IN === "cookie";

/** How long before its end an access token is replaced. */
const EARLY = 60_000;

/** How long a new tab waits for another one that is signed in. */
const PATIENCE = 200;

/** Where people come back to from a provider: `REDIRECT_ALLOWLIST` has it, letter for letter. */
const HERE = location.origin + location.pathname;

/** Where the verifier waits meanwhile. It is of no use without the code, and is gone once they are back. */
const VERIFIER = "verifier";

/** What this tab knows: `{ access, expiresAt, refresh }`, where `refresh` is null with the cookie. */
let tokens = null;
let timer;
let told = () => {};

/** An answer that is not a success, with what the server says of it (RFC 9457). */
export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail ?? `The server answered ${status}.`);
    this.status = status;
    this.code = body?.code;
    this.errors = body?.errors ?? [];
  }
}

// The other tabs of this origin. A sign-in, a refresh and a sign-out in one of them counts in all.
const tabs = new BroadcastChannel("session");
tabs.onmessage = ({ data }) => {
  if (data.kind === "who is signed in?" && tokens) tabs.postMessage({ kind: "signed in", tokens });
  if (data.kind === "signed in") keep(data.tokens);
  if (data.kind === "signed out") forget();
};

/** Calls the listener with true or false, now and whenever that changes. */
export async function begin(listener) {
  told = listener;
  tabs.postMessage({ kind: "who is signed in?" });
  await new Promise((later) => setTimeout(later, PATIENCE));
  try {
    await comeBack();
  } finally {
    // Where the server is out of reach there is nobody signed in, either.
    if (!tokens && BY_COOKIE) await refresh().catch(() => {});
    if (!tokens) told(false);
  }
}

export async function signUp(email, password, fullName) {
  await answerOf(post("/auth/register", { email, password, full_name: fullName }));
  await signIn(email, password);
}

export async function signIn(email, password) {
  const path = BY_COOKIE ? "/auth/login?cookie=true" : "/auth/login";
  share(await answerOf(post(path, { email, password })));
}

/** The providers that people may sign in by: `{ id, name, authorize_url }` each. There may be none. */
export async function providers() {
  const { providers } = await answerOf(fetch(`${SERVER}/auth/social`));
  return providers;
}

/** Leaves for a provider. By the verifier this tab shows later that the code is its own (RFC 7636). */
export async function signInBy(provider) {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const challenge = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  sessionStorage.setItem(VERIFIER, verifier);
  const address = new URL(provider.authorize_url);
  address.searchParams.set("redirect_to", HERE);
  address.searchParams.set("code_challenge", base64url(new Uint8Array(challenge)));
  location.assign(address);
}

/** Takes what a provider's sign-in ended in, if this tab left for one. */
async function comeBack() {
  const verifier = sessionStorage.getItem(VERIFIER);
  const answer = new URLSearchParams(location.search);
  if (!verifier || !(answer.has("code") || answer.has("error"))) return;
  sessionStorage.removeItem(VERIFIER);
  history.replaceState(null, "", HERE);
  const error = answer.get("error");
  if (error) throw new Problem(0, { code: error, detail: `The provider signed nobody in (${error}).` });
  const path = BY_COOKIE ? "/auth/social/exchange?cookie=true" : "/auth/social/exchange";
  share(await answerOf(post(path, { code: answer.get("code"), code_verifier: verifier })));
}

function base64url(bytes) {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export async function signOut() {
  const refresh = tokens?.refresh;
  forget();
  tabs.postMessage({ kind: "signed out" });
  await post("/auth/logout", refresh ? { refresh_token: refresh } : undefined);
}

/** Calls the server as who is signed in. */
export async function call(method, path, body) {
  if (tokens && tokens.expiresAt < Date.now() + EARLY) await refresh();
  let answer = await send(method, path, body);
  // The session may have moved on meanwhile, such as when the role changed.
  if (answer.status === 401 && (await refresh())) answer = await send(method, path, body);
  return answerOf(answer);
}

/** Gets the next tokens. One tab does it at a time; the others take what it got. */
async function refresh() {
  const before = tokens;
  return navigator.locks.request("refresh", async () => {
    if (tokens !== before) return tokens !== null;
    if (!tokens && !BY_COOKIE) return false;
    const answer = await post("/auth/refresh", BY_COOKIE ? undefined : { refresh_token: tokens.refresh });
    if (answer.ok) {
      share(await answer.json());
    } else if (answer.status === 401 || answer.status === 422) {
      // 422 says that there was no cookie.
      forget();
      tabs.postMessage({ kind: "signed out" });
    }
    // Anything else, such as 503, is over soon. The tokens that are there stay.
    return answer.ok;
  });
}

function share(answer) {
  const { access_token: access, refresh_token: refresh = null, expires_in } = answer;
  const shared = { access, refresh, expiresAt: Date.now() + expires_in * 1000 };
  keep(shared);
  tabs.postMessage({ kind: "signed in", tokens: shared });
}

function keep(shared) {
  const wasSignedIn = tokens !== null;
  tokens = shared;
  clearTimeout(timer);
  timer = setTimeout(() => refresh().catch(() => {}), Math.max(0, tokens.expiresAt - Date.now() - EARLY));
  if (!wasSignedIn) told(true);
}

function forget() {
  const wasSignedIn = tokens !== null;
  tokens = null;
  clearTimeout(timer);
  if (wasSignedIn) told(false);
}

/** To /auth alone the browser sends the cookie. */
function post(path, body) {
  return fetch(SERVER + path, {
    method: "POST",
    credentials: BY_COOKIE ? "include" : "omit",
    headers: body && { "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
}

function send(method, path, body) {
  return fetch(SERVER + path, {
    method,
    credentials: "omit",
    headers: {
      ...(tokens && { authorization: `Bearer ${tokens.access}` }),
      ...(body && { "content-type": "application/json" }),
    },
    body: body && JSON.stringify(body),
  });
}

async function answerOf(sent) {
  const answer = await sent;
  const body = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Problem(answer.status, body);
  return body;
}
