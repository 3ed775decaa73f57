// The document does not know by which address it is read. Its example for a shell gets the one of this page.
const EXAMPLE = "https://auth.example.org";

fetch("{base}/openapi.json")
  .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(`status ${answer.status}`))))
  .then((text) => show(text.replaceAll(EXAMPLE, `${location.origin}{base}`)))
  .catch((error) => {
    const place = document.querySelector("#reference");
    place.textContent = `The calls can't be shown: the OpenAPI document did not come (${error.message}). Load this page again.`;
  });

// What clients of OAuth call, who show who they are in the form. Scalar adds the header of whoever is signed in here, or an empty
// one: a second way to show it, which is refused.
const OF_CLIENTS = /\/oauth2\/(token|introspect|revoke)$/;

function asClient(request) {
  if (!OF_CLIENTS.test(new URL(request.url).pathname)) return undefined;
  request.headers.delete("authorization");
  // A request without credentials opens no window of the browser's own where the client is not the one that it says it is.
  return { request: new Request(request, { credentials: "omit" }) };
}

function show(content) {
  Scalar.createApiReference("#reference", {
    content,
    authentication: { preferredSecurityScheme: "password" },
    onBeforeRequest: ({ request }) => asClient(request),
    defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
    operationTitleSource: "summary",
    // Nothing of what Scalar offers beside the page: no fonts, assistants, figures or other programs from elsewhere.
    withDefaultFonts: false,
    telemetry: false,
    agent: { disabled: true },
    mcp: { disabled: true },
    hideClientButton: true,
    showDeveloperTools: "never",
    persistAuth: false,
  });
}
