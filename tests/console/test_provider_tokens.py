"""The provider's ID tokens at the API: whose are taken, under whose name, and what Swagger UI is told."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from app.auth import provider as signing_in
from app.auth.actor import Clients
from app.auth.failures import Failures
from app.auth.provider import roles_in
from app.settings import Settings
from tests.console.providing import CLIENT, ISSUER, FakeProvider, signed
from tests.worlds import STARTED, TOKENS, Caller, Template, World

pytestmark = pytest.mark.anyio

NOW = STARTED.timestamp()
BROWSER = "docs"
GOOD: dict[str, Any] = {
    "iss": ISSUER,
    "aud": BROWSER,
    "sub": "1",
    "iat": NOW,
    "exp": NOW + 300,
    "email": "Mari@example.com",
    "email_verified": True,
    "roles": ["dpo"],
}
Bearer = Callable[..., Any]


@pytest.fixture
def template(sqlite_template: Template) -> Template:
    """One database is enough."""
    return sqlite_template


@pytest.fixture
async def provider(world: World, call: Caller, monkeypatch: pytest.MonkeyPatch) -> FakeProvider:
    """The data-protection contact is known by their address; browsers are a client of their own at the provider."""
    made = FakeProvider(NOW)
    monkeypatch.setattr(signing_in, "new_client", made.client)
    named = {"oidc_issuer": ISSUER, "oidc_client_id": CLIENT, "oidc_browser_client_id": BROWSER}
    world.services.settings.__dict__.update(named, oidc_role_claim="roles")
    await address(call, "dpo")
    return made


async def address(call: Caller, name: str) -> Any:
    """The person of that name has the address; answers their client."""
    every = (await call("owner", "GET", "/v1/api-clients", expect=200))["items"]
    (found,) = [one for one in every if one["name"] == name]
    await call("owner", "PUT", f"/v1/api-clients/{found['id']}/email", {"email": "mari@example.com"}, expect=200)
    return found


async def ask(api: httpx.AsyncClient, token: str, path: str = "/v1/audit-events?limit=1") -> httpx.Response:
    """Something that leaves a row in the trail."""
    return await api.get(path, headers={"Authorization": f"Bearer {token}"})


async def test_a_person_acts_as_their_own_client(api: httpx.AsyncClient, provider: FakeProvider, world: World) -> None:
    """The trail tells no difference to their token; scopes are the role's; keys are asked for once."""
    for token in (signed(GOOD), signed({**GOOD, "aud": [BROWSER], "azp": BROWSER}, "ES256"), TOKENS["dpo"]):
        assert (await ask(api, token)).status_code == 200
    rows = await world.rows("SELECT client_id, role FROM audit_events WHERE action = 'read' ORDER BY id DESC LIMIT 3")
    assert len(rows) == 3
    assert len({tuple(row) for row in rows}) == 1
    refused = await ask(api, signed(GOOD), "/v1/api-clients")
    assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing")
    assert provider.asked == ["/realm/.well-known/openid-configuration", "/realm/keys"]


UNFIT = [
    signed({**GOOD, "aud": CLIENT}),
    signed({**GOOD, "aud": [BROWSER, "another"]}),
    signed({**GOOD, "azp": "another"}),
    signed({**GOOD, "iss": "https://other.example.com"}),
    signed({**GOOD, "email_verified": "true"}),
    signed({**GOOD, "email": "nobody@example.com"}),
    signed({**GOOD, "roles": ["owner"]}),
    signed({name: value for name, value in GOOD.items() if name != "roles"}),
    signed({**GOOD, "exp": NOW - 1}),
    signed({**GOOD, "iat": NOW - 8 * 3600}),
    signed({**GOOD, "iat": NOW + 121}),
    signed(GOOD, typ="at+jwt"),
    signed(GOOD, typ="logout+jwt"),
    signed(GOOD, crit=["b64"], b64=False),
    signed(GOOD, "none"),
    signed(GOOD, "HS256"),
    signed(GOOD)[:-8] + "AAAAAAAA",
    "eyJ.eyJ.eyJ",
]


async def test_what_does_not_fit_is_nobodys(api: httpx.AsyncClient, provider: FakeProvider) -> None:
    """For the console, for another, of another, unverified, a stranger's, with no such role, over, of another kind."""
    for number, token in enumerate(UNFIT):
        answer = await ask(api, token)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized"), number


async def test_an_id_token_ends_with_the_client_and_in_its_time(
    api: httpx.AsyncClient, provider: FakeProvider, call: Caller, world: World
) -> None:
    """However well it is remembered: at its own end, and in the instant in which the client is withdrawn."""
    world.app.state.clients = Clients(world.db, 60, Failures(10), world.app.state.provider_tokens)
    short, lasting = signed({**GOOD, "exp": NOW + 60}), signed({**GOOD, "exp": NOW + 3600})
    assert [(await ask(api, token)).status_code for token in (short, lasting)] == [200, 200]
    world.now = STARTED.fromtimestamp(NOW + 60, STARTED.tzinfo)
    assert [(await ask(api, token)).status_code for token in (short, lasting)] == [401, 200]
    dpo = await address(call, "dpo")
    await call("owner", "DELETE", f"/v1/api-clients/{dpo['id']}", expect=204)
    assert (await ask(api, lasting)).status_code == 401


async def test_guesses_count_and_keys_are_looked_for_seldom(
    api: httpx.AsyncClient, provider: FakeProvider, world: World
) -> None:
    """A key that is unknown is looked for once; an address with too many failures waits; a good token is heard."""
    world.app.state.clients = Clients(world.db, 0, Failures(3), world.app.state.provider_tokens)
    provider.keys, changed = provider.keys[1:], provider.keys
    assert (await ask(api, signed(GOOD, "ES256"))).status_code == 200
    assert (await ask(api, signed(GOOD))).status_code == 401
    assert provider.asked.count("/realm/keys") == 1, "asked for a moment ago"
    provider.keys = changed
    world.app.state.provider_tokens._looked.drop("keys")
    assert (await ask(api, signed(GOOD))).status_code == 200
    assert [(await ask(api, signed(GOOD, kid="three"))).status_code for _ in range(4)] == [401, 401, 429, 429]
    assert provider.asked.count("/realm/keys") == 2
    assert (await ask(api, signed(GOOD))).status_code == 200


async def test_a_provider_that_is_silent_or_not_asked(
    api: httpx.AsyncClient, provider: FakeProvider, world: World
) -> None:
    """503 for its tokens, once asked; others work, and the page does without. Unless settings name a client, 401."""
    provider.down = True
    for _ in range(2):
        assert (await ask(api, signed(GOOD))).json()["code"] == "sign-in-provider-silent"
    assert len(provider.asked) == 1
    assert (await ask(api, TOKENS["dpo"])).status_code == 200
    assert "data-client-id" not in (await api.get("/docs")).text
    world.services.settings.__dict__["oidc_browser_client_id"] = None
    assert (await ask(api, signed(GOOD))).status_code == 401
    assert len(provider.asked) == 1


async def test_swagger_ui_is_told_where_to_sign_in(
    api: httpx.AsyncClient, provider: FakeProvider, world: World
) -> None:
    """As a client without a secret; the page may call the provider's origin alone; the published document is silent."""
    page = await api.get("/docs")
    assert f'data-client-id="{BROWSER}" data-scopes="openid email profile"' in page.text
    assert "connect-src 'self' https://login.example.com;" in page.headers["content-security-policy"]
    document = (await api.get("/openapi.json")).json()
    scheme = document["components"]["securitySchemes"]["provider"]
    assert (scheme["type"], scheme["x-tokenName"]) == ("oauth2", "id_token")
    assert scheme["flows"]["authorizationCode"]["tokenUrl"] == f"{ISSUER}/token"
    assert [list(way) for way in document["paths"]["/v1/register"]["get"]["security"]] == [["bearer"], ["provider"]]
    assert document["paths"]["/healthz"]["get"]["security"] == []
    assert "provider" not in world.app.openapi()["components"]["securitySchemes"]
    back = await api.get("/docs/oauth2-redirect")
    assert "window.opener" in back.text
    assert "script-src 'sha256-" in back.headers["content-security-policy"]


async def test_the_claim_says_as_which_of_their_clients_somebody_acts(
    api: httpx.AsyncClient, provider: FakeProvider, call: Caller, world: World
) -> None:
    """Whoever has two must be given exactly one of them; none is made by a claim."""
    await address(call, "admin")
    answers = [await ask(api, signed({**GOOD, "roles": roles}), "/v1/register") for roles in ("admin", ["dpo"])]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert (await ask(api, signed({**GOOD, "roles": "admin"}))).json()["code"] == "scope-missing"
    assert (await ask(api, signed({**GOOD, "roles": ["admin", "dpo"]}))).status_code == 401
    assert (await ask(api, signed({**GOOD, "roles": ["owner"]}))).status_code == 401


def test_roles_are_found_where_providers_put_them() -> None:
    """A text, a list, the member of an object, a name with dots; nothing else names a role."""
    assert roles_in({"role": "dpo"}, "role") == {"dpo"}
    assert roles_in({"realm_access": {"roles": ["dpo", 1, None]}}, "realm_access.roles") == {"dpo"}
    assert roles_in({"https://example.com/roles": ["admin"]}, "https://example.com/roles") == {"admin"}
    for claims in ({}, {"a": "b"}, {"a": {"c": "dpo"}}, {"a": {"b": {"dpo": True}}}, {"a": {"b": [["dpo"]]}}):
        assert roles_in(claims, "a.b") == frozenset()


def test_a_browser_is_a_client_without_a_secret() -> None:
    """The console's own client is one for it only if that has none."""
    at = {"oidc_issuer": ISSUER, "oidc_client_id": CLIENT}
    assert Settings.model_validate({**at, "oidc_browser_client_id": CLIENT}).oidc_browser_client_id == CLIENT
    for wrong in ({**at, "oidc_client_secret": "s", "oidc_browser_client_id": CLIENT}, {"oidc_browser_client_id": "x"}):
        with pytest.raises(ValueError, match="OIDC_BROWSER_CLIENT_ID"):
            Settings.model_validate(wrong)
