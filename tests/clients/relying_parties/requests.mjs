// Between the requests that Node.js serves and those of the web's standards, which Auth.js takes.

export async function toRequest(origin, incoming) {
  const parts = [];
  for await (const part of incoming) parts.push(part);
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
  const body = parts.length ? Buffer.concat(parts) : undefined;
  return new Request(new URL(incoming.url, origin), { method: incoming.method, headers, body });
}

export async function send(response, outgoing) {
  outgoing.statusCode = response.status;
  response.headers.forEach((value, name) => name !== "set-cookie" && outgoing.setHeader(name, value));
  outgoing.setHeader("set-cookie", response.headers.getSetCookie());
  outgoing.end(await response.text());
}
