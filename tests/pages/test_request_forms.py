"""The request forms: every right in every language, on the way of every request; faults; how often one may send."""

from typing import Any
from urllib.parse import urlencode

import pytest

from app.auth.failures import Failures
from app.policy.vocabulary import Right
from tests.consents.calls import given, register, suppressed
from tests.pages.calls import URLENCODED, WHO, followed, send, stored
from tests.pages.reading import BROWSER, check_page
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


@pytest.fixture
def template(request: pytest.FixtureRequest) -> Any:
    """What a form says does not depend on the engine."""
    return request.getfixturevalue("sqlite_template")


@pytest.fixture(autouse=True)
def patient(world: World) -> None:
    """The limit has a test of its own."""
    world.app.state.request_forms = Failures(1_000)


async def test_every_right_has_its_form_in_every_language(call: Caller) -> None:
    """Chosen by the address or by the browser; labels, legends, one heading; nothing loads, nothing runs."""
    titles = set()
    for language in ("fi", "sv", "en"):
        listed = check_page(await call.api.get("/requests", headers=BROWSER | {"Accept-Language": language}), language)
        assert len(listed.named("li")) == 3 + len(Right)
        for right in Right:
            answer = await call.api.get(f"/requests/{right.value}?lang={language}", headers=BROWSER)
            page = check_page(answer, language)
            titles.add(page.text.split("–")[0].strip())
            assert len(page.named("legend")) == len(page.named("fieldset"))
            assert {"name", "email", "phone", "details"} <= {str(field.get("id")) for _, field in page.tags}
    assert len(titles) == 3 * len(Right)
    assert (await call.api.get("/requests/astrology", headers=BROWSER)).status_code == 404


@pytest.mark.parametrize(
    ("right", "fields", "holds"),
    [
        ("access", {"details": "Kaikki.\nKiitos."}, {"details": "Kaikki.\nKiitos."}),
        ("erasure", {"ground": "17(1)(b)", "reference": "#1001"}, {"ground": "17(1)(b)"}),
        ("restriction", {"restriction_ground": "18(1)(c)"}, {"restriction_ground": "18(1)(c)"}),
        ("portability", {}, {}),
        ("objection", {"purposes": ["telling_about_services", "astrology"]}, {"purposes": ["telling_about_services"]}),
        ("rectification", {"new_email": "aino.e@example.fi", "kind": "incomplete"}, {}),
        ("marketing_ban", {"channels": ["email"]}, {"channels": ["email"], "state": "executing"}),
        ("consent_withdrawal", {"purposes": ["newsletter"]}, {"purposes": ["newsletter"], "state": "executing"}),
    ],
)
async def test_a_form_becomes_a_case(call: Caller, world: World, right: str, fields: Any, holds: Any) -> None:
    """By the intake that every request takes: number, clock, acknowledgement; linked to nobody; a private page."""
    who = await register(call)
    await call("booking", "POST", "/v1/consents", given(who), expect=201)
    form = check_page(await call.api.get(f"/requests/{right}?lang=en", headers=BROWSER), "en")
    (nonce,) = form.values("form")
    sent = await send(call, right, {"form": nonce, **WHO, **fields}, **{"Accept-Language": "en"})
    again = await send(call, right, {"form": nonce, **WHO, **fields}, **{"Accept-Language": "en"})
    path, opened = await followed(call, sent)
    page = check_page(opened, "en")

    (row,) = await stored(world)
    assert again.headers["location"] == sent.headers["location"]
    assert (row.channel, row.customer_id, row.right) == ("form", None, right)
    read = await call("dpo", "GET", f"/v1/subject-requests/{row.case_number}", expect=200)
    assert {name: read[name] for name in holds} == holds
    assert row.case_number in page.text
    assert "Thank you" in page.text
    assert not [word for word in ("Aino", "example.fi", "Kaikki") if word in opened.text]
    assert path.removeprefix("/cases/") not in str(row)
    (letter,) = await world.rows("SELECT kind FROM letters WHERE kind = 'acknowledgement'")
    assert letter
    stopped = right in {"marketing_ban", "consent_withdrawal"}
    assert (("newsletter", "email") in await suppressed(call, who)) == stopped


FAULTS: list[tuple[str, dict[str, str], list[str]]] = [
    ("access", {}, ["email", "name"]),
    ("access", {"name": "Aino", "email": "aino(at)example"}, ["email"]),
    ("access", {"name": "Aino", "phone": "123abc", "reference": "no spaces please"}, ["phone", "reference"]),
    ("access", {"name": "Aino 131052-308T", "email": "aino@example.fi"}, ["name"]),
    ("access", {**WHO, "details": "Tunnus 131052-308T"}, ["details"]),
    ("access", {**WHO, "details": "x" * 5000}, ["details"]),
    ("erasure", {"name": "Aino", "street": "Hämeenkatu 1", "city": "Tampere"}, ["postal_code"]),
    ("rectification", WHO, ["details"]),
    ("rectification", {**WHO, "new_email": "aino", "new_phone": "+1"}, ["new_email", "new_phone"]),
    (
        "consent_withdrawal",
        {"name": "Aino", "street": "Hämeenkatu 1", "postal_code": "33200", "city": "Tampere"},
        ["email"],
    ),
]


async def test_faults_are_told_where_they_are(call: Caller, world: World) -> None:
    """On the page and to a program; nothing is stored."""
    for right, fields, faulty in FAULTS:
        await _is_told(call, right, fields, faulty)
        assert await stored(world) == [], fields
        program = await call.api.post(f"/requests/{right}", content=urlencode(fields), headers=URLENCODED)
        assert (program.status_code, program.json()["code"]) == (422, "form-invalid"), fields


async def _is_told(call: Caller, right: str, fields: dict[str, str], faulty: list[str]) -> None:
    """422 with a summary that leads to each field, the words that were written kept."""
    answer = await send(call, right, fields, **{"Accept-Language": "sv"})
    page = check_page(answer, "sv")

    assert answer.status_code == 422
    assert page.text.lstrip().startswith("Fel:")
    wrong = [tags for _, tags in page.tags if tags.get("aria-invalid") == "true"]
    assert sorted(str(one["id"]) for one in wrong) == sorted(faulty)
    assert all(f"{one['id']}-fault" in str(one["aria-describedby"]) for one in wrong)
    links = [str(link["href"]) for link in page.named("a") if str(link["href"]).startswith("#")]
    assert sorted(links) == sorted(["#content", *(f"#{name}" for name in faulty)])
    if "131052-308T" not in str(fields):
        assert all(value in answer.text for name, value in fields.items() if name != "details")


async def test_forms_are_limited(call: Caller, world: World) -> None:
    """So many cases a minute from one address; faults and reading are free; the refusal says how long to wait."""
    world.app.state.request_forms = Failures(2)
    for _ in range(3):
        assert (await send(call, "access", {})).status_code == 422
    for number in range(2):
        assert (await send(call, "access", {**WHO, "details": str(number)})).status_code == 303
    refused = await send(call, "access", WHO)
    assert (refused.status_code, len(await stored(world))) == (429, 2)
    assert int(refused.headers["retry-after"]) > 0
    check_page(refused, "fi")
    assert (await call.api.get("/requests/access")).status_code == 200
    assert (await call.api.post("/requests/access", json=WHO)).status_code == 415
