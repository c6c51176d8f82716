"""Signing in at a provider: who gets in, and every answer that is not taken."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from app.auth import provider as signing_in
from app.auth.id_token import Expected, TokenRefused, claims_of
from app.settings import Settings
from tests.console.browsing import Browser, check
from tests.console.providing import CLIENT, ISSUER, FakeProvider, ec_jwk, raw, rsa_jwk, signed
from tests.pages.reading import BROWSER
from tests.worlds import STARTED, Caller, World

pytestmark = pytest.mark.anyio

NOW = STARTED.timestamp()
GOOD: dict[str, Any] = {"iss": ISSUER, "aud": CLIENT, "nonce": "n", "iat": NOW, "exp": NOW + 60}
EXPECTED = Expected(ISSUER, CLIENT, "n")


@pytest.fixture
async def provider(world: World, call: Caller, monkeypatch: pytest.MonkeyPatch) -> FakeProvider:
    """The installation signs in at a provider, where the data-protection contact is known by their address."""
    made = FakeProvider(NOW)
    monkeypatch.setattr(signing_in, "new_client", made.client)
    secret = SecretStr("secret")
    named = {"oidc_issuer": ISSUER, "oidc_client_id": CLIENT, "oidc_client_secret": secret, "oidc_role_claim": "roles"}
    world.services.settings.__dict__.update(named)
    made.claims["roles"] = ["dpo", "other"]
    (dpo,) = [
        one for one in (await call("owner", "GET", "/v1/api-clients", expect=200))["items"] if one["name"] == "dpo"
    ]
    await call("owner", "PUT", f"/v1/api-clients/{dpo['id']}/email", {"email": "mari@example.com"}, expect=200)
    return made


async def arrive(api: httpx.AsyncClient, provider: FakeProvider, **said: str) -> httpx.Response:
    """Begin, sign in there, come back."""
    begun = await api.get("/console/provider", headers=BROWSER)
    assert begun.status_code == 303
    code, state = provider.sign_in(begun.headers["location"])
    query = {"code": code, "state": state, "iss": ISSUER, **said}
    return await api.get("/console/provider/callback", params=query, headers=BROWSER)


async def test_whom_the_provider_knows_gets_in_as_their_own_client(
    api: httpx.AsyncClient, provider: FakeProvider, world: World
) -> None:
    """With a cookie that only the way back may carry, once per code; the trail names the client."""
    browser = Browser(api)
    assert "/console/provider" in [a.get("href") for a in (await browser.open("/console/sign-in")).named("a")]
    begun = await api.get("/console/provider", headers=BROWSER)
    flags = begun.headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=lax"} <= set(flags)
    arrived = await arrive(api, provider)
    assert arrived.status_code == 200
    assert "dpo" in (await browser.open("/console")).text
    (row,) = await world.rows("SELECT action, role FROM audit_events WHERE action = 'sign_in'")
    assert row.role == "dpo"


@pytest.mark.parametrize(
    ("claims", "said", "status"),
    [
        ({}, {"state": "forged"}, 403),
        ({}, {"iss": "https://evil.example.com"}, 403),
        ({}, {"code": "guessed"}, 403),
        ({}, {"code": ""}, 403),
        ({"nonce": "another"}, {}, 403),
        ({"email_verified": False}, {}, 403),
        ({"email": "nobody@example.com"}, {}, 403),
        ({"roles": ["owner"]}, {}, 403),
        ({"roles": None}, {}, 403),
    ],
)
async def test_what_does_not_fit_signs_nobody_in(
    api: httpx.AsyncClient,
    provider: FakeProvider,
    world: World,
    claims: Mapping[str, Any],
    said: dict[str, str],
    status: int,
) -> None:
    """Forged answers, unverified addresses, strangers, roles that are not theirs."""
    api.cookies.clear()
    provider.claims.update(claims)
    check(await arrive(api, provider, **said), status)
    assert await world.rows("SELECT 1 FROM console_sessions") == []


async def test_a_provider_that_fails(api: httpx.AsyncClient, provider: FakeProvider, world: World) -> None:
    """Silent, or speaking for somebody else: try later. Without one in the settings there is no such page."""
    provider.down = True
    check(await api.get("/console/provider", headers=BROWSER), 503)
    provider.down, provider.issuer = False, "https://other.example.com"
    check(await api.get("/console/provider", headers=BROWSER), 503)
    world.services.settings.__dict__["oidc_issuer"] = None
    check(await api.get("/console/provider", headers=BROWSER), 404)


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
def test_a_token_that_holds(algorithm: str) -> None:
    """Three algorithms; a list of one audience is one."""
    token = signed({**GOOD, "aud": [CLIENT]}, algorithm)
    assert claims_of(token, [{"kty": "oct"}, rsa_jwk(), ec_jwk()], EXPECTED, STARTED)["iss"] == ISSUER


@pytest.mark.parametrize(
    "token",
    [
        signed({**GOOD, "iss": "https://other.example.com"}),
        signed({**GOOD, "aud": "another"}),
        signed({**GOOD, "aud": [CLIENT, "another"]}),
        signed({**GOOD, "azp": "another"}),
        signed({**GOOD, "nonce": ""}),
        signed({**GOOD, "exp": NOW - 121}),
        signed({**GOOD, "iat": NOW + 121}),
        signed({name: value for name, value in GOOD.items() if name != "exp"}),
        signed({**GOOD, "exp": True}),
        signed(GOOD, "none"),
        signed(GOOD, "HS256"),
        signed(GOOD, "RS256", kid="two"),
        signed(GOOD)[:-8] + "AAAAAAAA",
        signed(GOOD).replace(".", ".x", 1),
        f"{raw(b'[]')}.{raw(b'{}')}.{raw(b'')}",
        "no token",
        "é.é.é",
        "x" * 40_000,
    ],
)
def test_a_token_that_does_not_hold(token: str) -> None:
    """Another's, for another, replayed, too old, from the future, unsigned, signed with the wrong key, damaged."""
    with pytest.raises(TokenRefused):
        claims_of(token, [rsa_jwk(), ec_jwk()], EXPECTED, STARTED + timedelta(0))


def test_an_issuer_that_cannot_be_trusted_is_no_setting() -> None:
    """Without TLS whoever stands between could be anybody; half a provider is none."""
    for wrong in ({"oidc_issuer": "http://login.example.com", "oidc_client_id": CLIENT}, {"oidc_issuer": ISSUER}):
        with pytest.raises(ValueError, match=r"https|belong together"):
            Settings.model_validate(wrong)
    assert Settings(oidc_issuer=f"{ISSUER}/", oidc_client_id=CLIENT).oidc_issuer == ISSUER
    assert Settings(oidc_issuer="http://127.0.0.1:9000", oidc_client_id=CLIENT).oidc_issuer
