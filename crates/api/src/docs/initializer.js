Scalar.createApiReference("#reference", {
  url: "{base}/openapi.json",
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
