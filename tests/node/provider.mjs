// A real OpenID provider on loopback, for the tests of signing in. Its one argument is JSON: the clients that it knows,
// and the claims of each account by the name one signs in with; whatever the password. It prints its issuer when it is
// ready, and ends with the process that started it.

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const { clients, accounts } = JSON.parse(process.argv[2]);
const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });

async function findAccount(_, accountId) {
  const claims = accounts[accountId];
  return claims && { accountId, claims: async () => ({ sub: accountId, ...claims }) };
}

async function loadExistingGrant({ oidc }) {
  const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
  grant.addOIDCScope("openid email profile");
  await grant.save();
  return grant;
}

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: clients.map((client) => ({ id_token_signed_response_alg: "ES256", ...client })),
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "roles"] },
    conformIdTokenClaims: false,
    cookies: { keys: ["of the tests"] },
    findAccount,
    jwks: { keys: [{ ...key, use: "sig", alg: "ES256", kid: "tests" }] },
    loadExistingGrant,
    pkce: { required: () => true },
  });
  server.on("request", provider.callback());
  console.log(JSON.stringify({ issuer }));
});
process.stdin.on("end", () => process.exit(0)).resume();
