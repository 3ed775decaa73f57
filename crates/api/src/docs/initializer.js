window.addEventListener("load", () => {
  SwaggerUIBundle({
    url: "{base}/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    persistAuthorization: false,
    validatorUrl: null,
    tryItOutEnabled: true,
  });
});
