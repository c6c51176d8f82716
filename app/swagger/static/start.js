// Starts Swagger UI on the document of this service.

// Swagger UI works through the whole document anew for each operation that is opened, seconds on a small machine. In
// this document every reference leads to a place of its own, so it is enough to follow those of the operation.
async function resolveSubtree(document, path) {
  const at = (steps) => steps.reduce((part, step) => part?.[step], document);
  const named = (step) => decodeURIComponent(step).replace(/~1/g, "/").replace(/~0/g, "~");
  const whole = (part, within) => {
    if (Array.isArray(part)) return part.map((one) => whole(one, within));
    if (part === null || typeof part !== "object") return part;
    const {$ref: place, ...beside} = part;
    if (typeof place !== "string" || within.includes(place)) {
      return Object.fromEntries(Object.entries(part).map(([name, one]) => [name, whole(one, within)]));
    }
    return {...whole(at(place.slice(2).split("/").map(named)), [...within, place]), ...beside, $$ref: place};
  };
  return {spec: whole(at(path), []), errors: []};
}

const place = document.getElementById("swagger-ui");
const ui = SwaggerUIBundle({
  url: "/openapi.json",
  domNode: place,
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  filter: true,
  persistAuthorization: false,
  oauth2RedirectUrl: `${location.origin}/docs/oauth2-redirect`,
  syntaxHighlight: false,
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [() => ({fn: {resolveSubtree}})],
});

// A provider that people sign in at: by a client that has no secret, so with PKCE (RFC 7636).
const {clientId, scopes} = place.dataset;
if (clientId) ui.initOAuth({clientId, scopes, usePkceWithAuthorizationCodeGrant: true});
