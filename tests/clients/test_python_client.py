"""A Python client, generated from the published document, tells a story to the service."""

import compileall
import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.openapi import PUBLISHED
from app.openapi_operations import operations
from tests.worlds import STARTED, TOKENS, Template, World

pytestmark = pytest.mark.anyio

GENERATOR = Path(sys.prefix) / "generator"
CONFIG = Path(__file__).with_name("generator.yaml")
NAME = "seloste_client"
Part = Callable[[str], Any]


@pytest.fixture
def template(sqlite_template: Template) -> Template:
    """What a client says does not depend on the engine."""
    return sqlite_template


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, generated without a warning and compiled to the last file."""
    if not GENERATOR.is_dir():
        pytest.skip("the generator is not installed: make venv-dev")
    made = tmp_path_factory.mktemp("client") / NAME
    asked = ["generate", "--path", PUBLISHED, "--meta", "none", "--config", CONFIG, "--output-path", made]
    ran = subprocess.run(
        [sys.executable, "-c", "from openapi_python_client.cli import app; app()", *map(str, asked)],
        env={**os.environ, "PYTHONPATH": str(GENERATOR)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    said = ran.stdout + ran.stderr
    assert (ran.returncode, said.split(), "Warning" in said) == (0, ["Generating", str(made)], False), said
    assert compileall.compile_dir(made, quiet=1)
    return made


@pytest.fixture
def part(built: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Part]:
    """A module of the client by its name."""
    monkeypatch.syspath_prepend(str(built.parent))
    yield lambda name: importlib.import_module(f"{NAME}.{name}")
    for name in [each for each in sys.modules if each.partition(".")[0] == NAME]:
        del sys.modules[name]


def test_every_operation_is_a_function_of_the_client(app: Any, built: Path) -> None:
    """Under its own name, in the module of its tag."""
    wanted = {operation["operationId"] for operation in operations(app.openapi()).values()}
    assert {path.stem for path in built.glob("api/*/*.py")} - {"__init__"} == wanted


async def test_a_webshop_and_an_admin_by_the_generated_client(part: Part, world: World, api: httpx.AsyncClient) -> None:
    """A buyer, the question before a mail, a request and what an erasure would do; a refusal is a typed problem."""
    models, customers = part("models"), "api.customers"

    def signed_in(role: str) -> Any:
        client = part("client").AuthenticatedClient(base_url="http://seloste.test", token=TOKENS[role])
        calling = httpx.AsyncClient(
            transport=httpx.ASGITransport(world.app),
            base_url="http://seloste.test",
            headers={"Authorization": f"Bearer {TOKENS[role]}"},
        )
        return client.set_async_httpx_client(calling)

    shop, admin, dpo = signed_in("webshop"), signed_in("admin"), signed_in("dpo")
    bought = models.Interaction(kind=models.InteractionKind.PURCHASE, occurred_at=STARTED - timedelta(days=1))
    buyer = models.CustomerFields(source="customer_relationship", interaction=bought, name="Veera Verkko")
    buyer.email = "veera@example.fi"
    upsert = part(f"{customers}.upsert_customer")
    known = await upsert.asyncio("webshop", "1001", client=shop, body=buyer)
    assert (type(known).__name__, known.name, known.references[0].id) == ("CustomerOut", "Veera Verkko", "1001")

    asked = models.CheckIn.from_dict({"purpose": "newsletter", "channel": "email", "subjects": [{"id": str(known.id)}]})
    (told,) = (await part("api.processing_checks.check_processing").asyncio(client=shop, body=asked)).results
    assert (told.allowed, "no_consent" in {reason.code for reason in told.reasons}) == (False, True)

    case = await part("api.subject_requests.receive_request").asyncio(
        client=admin,
        body=models.RequestNew.from_dict(
            {
                "right": "erasure",
                "customer": {"id": str(known.id)},
                "channel": "email",
                "received_at": STARTED.isoformat(),
            }
        ),
    )
    assert (case.right, case.due_on > STARTED.date()) == ("erasure", True)
    assessed = await part("api.subject_requests.assess_request").asyncio(case.case_number, client=dpo)
    assert assessed.questions == []
    nobody = await part(f"{customers}.read_customer").asyncio_detailed(case.id, client=dpo)
    assert (nobody.status_code, type(nobody.parsed).__name__, nobody.parsed.code) == (
        404,
        "Problem",
        "customer-not-found",
    )
    for client in (shop, admin, dpo):
        await client.get_async_httpx_client().aclose()
