"""What every answer says to a browser, and what none says about the server."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.connections import _response
from app.errors import BadRequest
from tests.worlds import TOKENS, World

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]
OWNER = {"Authorization": f"Bearer {TOKENS['owner']}"}
WANTED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
CALLS: list[tuple[int, str, str, dict[str, str]]] = [
    (200, "GET", "/docs", {}),
    (200, "GET", "/docs-assets/swagger-ui.css", {}),
    (200, "GET", "/openapi.json", {}),
    (307, "GET", "/", {}),
    (200, "GET", "/healthz", {}),
    (200, "GET", "/readyz", {}),
    (200, "GET", "/metrics", {}),
    (200, "GET", "/v1/register", OWNER),
    (200, "HEAD", "/v1/register", OWNER),
    (204, "OPTIONS", "/v1/register", {}),
    (401, "GET", "/v1/register", {}),
    (403, "GET", "/v1/api-clients", {"Authorization": f"Bearer {TOKENS['dpo']}"}),
    (404, "GET", "/v1/nowhere", {}),
    (404, "GET", f"/consents/{'guess' * 5}", {}),
    (405, "TRACE", "/v1/register", OWNER),
    (405, "CONNECT", "/v1/register", OWNER),
    (405, "DELETE", "/v1/register", OWNER),
    (422, "GET", "/v1/register/versions/0", OWNER),
]


@pytest.fixture
def template(request: pytest.FixtureRequest) -> Any:
    """No header depends on the engine."""
    return request.getfixturevalue("sqlite_template")


async def test_every_answer_carries_every_header(api: httpx.AsyncClient, world: World) -> None:
    """Pages, files, problems, refusals of methods: sniffing, framing and loading are forbidden; no server is named."""
    for status, method, path, headers in CALLS:
        answer = await api.request(method, path, headers=headers)
        assert answer.status_code == status, (method, path)
        assert {name: answer.headers.get(name) for name in WANTED} == WANTED, (method, path)
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'"), (method, path)
        assert "frame-ancestors 'none'" in policy, (method, path)
        assert not {"server", "x-powered-by", "set-cookie", "strict-transport-security"} & set(answer.headers)


async def test_a_fault_of_ours_carries_them_too(
    api: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500 is a problem document with every header, without a trace, a type or a path."""

    async def fail(*_: Any) -> None:
        raise RuntimeError("the row (a, b)")

    monkeypatch.setattr(type(world.db), "read", fail)
    answer = await api.get("/v1/register", headers=OWNER)
    assert answer.status_code == 500
    assert answer.json() == {
        "type": "urn:seloste:problem:internal-error",
        "title": "Internal error",
        "status": 500,
        "code": "internal-error",
    }
    assert {name: answer.headers.get(name) for name in WANTED} == WANTED
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_what_is_no_request_is_refused_with_them_too() -> None:
    """The answer to what the app never sees is a problem document with every header."""
    head, _, body = _response(BadRequest()).decode().partition("\r\n\r\n")
    said = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:])
    assert {name: said.get(name) for name in WANTED} == {name: value.lower() for name, value in WANTED.items()}
    assert said["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert (said["cache-control"], said["content-type"]) == ("no-store", "application/problem+json")
    assert "server" not in said
    assert '"bad-request"' in body


async def test_no_other_origin_may_read_an_answer(api: httpx.AsyncClient) -> None:
    """CORS is off: neither a plain call nor a preflight of another origin gets any Access-Control header."""
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    for method, path in (
        ("GET", "/v1/register"),
        ("OPTIONS", "/v1/register"),
        ("OPTIONS", "/healthz"),
        ("GET", "/docs"),
    ):
        answer = await api.request(method, path, headers={**OWNER, **asked})
        assert not [name for name in answer.headers if name.startswith("access-control")], (method, path)


async def test_nothing_depends_on_a_cookie(api: httpx.AsyncClient) -> None:
    """A token in a cookie, a query or a body signs nobody in, so no other page can act with it."""
    token = TOKENS["owner"]
    cookie = await api.get("/v1/register", headers={"Cookie": f"token={token}; Authorization=Bearer {token}"})
    query = await api.get(f"/v1/register?access_token={token}")
    body = await api.post("/v1/customers/search", json={"access_token": token})
    assert [answer.status_code for answer in (cookie, query, body)] == [401, 401, 401]


def naming(words: set[str]) -> Iterator[tuple[Path, ast.Module]]:
    """The files of the program in which one of the words stands; to parse all of them takes a second."""
    found = re.compile(rf"\b({'|'.join(map(re.escape, words))})\b")
    for path in (ROOT / "app").rglob("*.py"):
        if found.search(text := path.read_text("utf-8")):
            yield path, ast.parse(text)


def test_the_service_asks_no_other_server() -> None:
    """But the demonstration, which plays a caller, connectors, which call recipients, and the sign-in at a provider.

    The last two call what the operator has configured, and nothing else.
    """
    clients = {"httpx", "requests", "aiohttp", "urllib3", "urllib.request", "http.client", "ftplib", "smtplib"}
    found = set()
    for path, tree in naming(clients):
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if clients & set(names):
                found.add(path.relative_to(ROOT / "app").parts[0])
    assert found <= {"demo_story", "connectors", "auth"}
    callers = [path.name for path in (ROOT / "app/auth").glob("*.py") if "import httpx" in path.read_text("utf-8")]
    assert callers == ["provider.py"]


def test_the_api_runs_no_shell_and_reads_no_pickle() -> None:
    """Neither processes nor unsafe formats are within reach of a request: YAML is read by the safe loader alone."""
    unsafe = {"subprocess", "pickle", "marshal", "shelve", "xml", "lxml"}
    for path, tree in naming(unsafe | {"eval", "exec", "yaml"}):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert not unsafe & {alias.name.split(".")[0] for alias in node.names}, path
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] not in unsafe, path
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec"}, path
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "yaml":
                assert node.attr not in {"load", "unsafe_load", "full_load", "FullLoader", "UnsafeLoader"}, path
