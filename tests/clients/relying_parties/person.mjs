// Somebody who signs in by the provider's pages as they are without scripts: follows redirects, keeps cookies, reads
// forms and presses buttons. The ids of fields and buttons are the provider's contract with automation.

import { request as send } from "node:http";
import { parse } from "node-html-parser";

/** More redirects and forms than any sign-in has. */
const STEPS = 20;

export class Person {
  #user;
  #cookies = new Map();

  /** `user` has an `email` and a `password`. */
  constructor(user) {
    this.#user = user;
  }

  /**
   * Goes to `url`, answers what the provider asks on the way, and stops before the request that goes to `callback`, or at
   * the first page without a form of the provider.
   *
   * Gives what was stopped before (`url`, `method`, `body`) or the page (`url`, `status`, `headers`, `text`), and in `pressed` the
   * ids of the buttons on the way. At a consent page `decision` is pressed. With a `form`, its fields are sent there from a
   * page of another site.
   */
  async browse(url, { callback, decision = "allow", form } = {}) {
    const pressed = [];
    const begun = form ? { method: "POST", body: String(form), from: "http://elsewhere.example" } : { method: "GET" };
    let request = { url: String(url), ...begun };
    for (let step = 0; step < STEPS; step += 1) {
      if (callback && isBelow(request.url, callback)) return { ...request, pressed };
      const answer = await this.#send(request);
      const { location } = answer.headers;
      if ([301, 302, 303].includes(answer.status) && location) {
        request = { url: new URL(location, request.url).href, method: "GET", from: request.url };
        continue;
      }
      const next = this.#fill(answer.text, request.url, decision);
      if (!next) return { url: request.url, ...answer, pressed };
      if (next.button === "sign-in" && pressed.includes("sign-in")) {
        throw new Error(`${request.url} asks for the password again (${answer.status}): ${words(answer.text)}`);
      }
      if (next.button) pressed.push(next.button);
      request = next;
    }
    throw new Error(`no end after ${STEPS} steps, the last is ${request.url}; pressed: ${pressed}`);
  }

  /** One request with this browser's cookies. Those of the answer are kept. */
  async #send({ url, method, body, from }) {
    const to = new URL(url);
    const headers = { accept: "text/html", "accept-language": "en", "sec-fetch-mode": "navigate" };
    headers["sec-fetch-site"] = !from ? "none" : new URL(from).origin === to.origin ? "same-origin" : "cross-site";
    const cookies = [...this.#cookies.values()].filter(
      ({ host, path }) => host === to.hostname && to.pathname.startsWith(path),
    );
    if (cookies.length) headers.cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
    if (method === "POST") {
      headers["content-type"] = "application/x-www-form-urlencoded";
      headers.origin = new URL(from).origin;
    }
    const answer = await exchange(to, { method, headers, signal: AbortSignal.timeout(30_000) }, body);
    for (const line of answer.headers["set-cookie"] ?? []) this.#keep(line, to);
    return answer;
  }

  /** Keeps or forgets a cookie. As in browsers, the port has no part in whose it is. */
  #keep(line, { hostname: host }) {
    const [pair, ...rest] = line.split(";").map((part) => part.trim());
    const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
    const named = rest.map((part) => part.split("=")).map(([key, text = ""]) => [key.toLowerCase(), text]);
    const { path = "/", expires, "max-age": seconds } = Object.fromEntries(named);
    const isOver = seconds === undefined ? Date.parse(expires) <= Date.now() : Number(seconds) <= 0;
    const key = `${host} ${path} ${name}`;
    if (isOver) this.#cookies.delete(key);
    else this.#cookies.set(key, { host, path, name, value });
  }

  /** The request that a page's form makes, or nothing where it has none of those that a sign-in shows. */
  #fill(text, url, decision) {
    const page = parse(text);
    const by = (id) => page.getElementById(id);
    const button = ["sign-in", decision, "continue"].find((id) => by(id)?.tagName === "BUTTON");
    // The form that carries an answer to the client submits itself by a script in browsers that run it.
    const form = button ? by(button).closest("form") : page.querySelector("input[name=code], input[name=error]")?.closest("form");
    if (!form) return undefined;
    const fields = new URLSearchParams();
    const typed = { username: this.#user.email, password: this.#user.password };
    const pressed = button ? [by(button)] : [];
    for (const field of [...form.querySelectorAll("input"), ...pressed]) {
      const name = field.getAttribute("name");
      if (name) fields.append(name, typed[name] ?? field.getAttribute("value") ?? "");
    }
    const there = new URL(form.getAttribute("action") || url, url).href;
    return { url: there, method: "POST", body: String(fields), from: url, button };
  }
}

/** By plain HTTP, since `fetch` names its requests as those of a script, and a person's are none. */
function exchange(url, options, body) {
  return new Promise((resolve, reject) => {
    const request = send(url, options, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part) => (text += part)).on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
    });
    request.on("error", reject).end(body);
  });
}

/** Whether an address is this one with any query. */
function isBelow(url, callback) {
  const [one, other] = [new URL(url), new URL(callback)];
  return one.origin === other.origin && one.pathname === other.pathname;
}

/** What a page says, short enough for a line. */
function words(text) {
  const page = parse(text);
  for (const element of page.querySelectorAll("style, script, head")) element.remove();
  return page.text.replace(/\s+/g, " ").trim().slice(0, 400);
}
