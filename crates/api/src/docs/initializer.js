// The document does not know by which address it is read. Its example for a shell gets the one of this page.
const EXAMPLE = "https://auth.example.org";

fetch("{base}/openapi.json")
  .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(`status ${answer.status}`))))
  .then((text) => show(text.replaceAll(EXAMPLE, `${location.origin}{base}`)))
  .catch((error) => {
    const place = document.querySelector("#reference");
    place.textContent = `The calls can't be shown: the OpenAPI document did not come (${error.message}). Load this page again.`;
  });

function show(content) {
  Scalar.createApiReference("#reference", {
    content,
    authentication: { preferredSecurityScheme: "password" },
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
