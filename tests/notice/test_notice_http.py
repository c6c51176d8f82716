"""The notice over HTTP: page, PDF, versions that nobody can change, what changed between them, findings."""

import csv
import hashlib
import io
import re
from base64 import b64encode

import httpx
import pytest
from sqlalchemy.exc import DBAPIError

from app.notice.keeping import keep_once
from app.notice.publishing import publish_due
from tests.processors.calls import agreement
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


async def test_anybody_reads_the_notice(api: httpx.AsyncClient, world: World) -> None:
    """By language, without a token, as a page that loads nothing and as a PDF; the version shown is stored."""
    page = await api.get("/notice", headers={"Accept-Language": "de, sv;q=0.8, en;q=0.5"})
    assert (page.status_code, page.headers["content-language"]) == (200, "sv")
    assert '<html lang="sv">' in page.text
    assert "Version 1 · Gäller från och med" in page.text
    assert not re.search(r"<script|<img|<link rel=.stylesheet|src=|@import|url\(", page.text)
    style = re.search(r"<style>(.*?)</style>", page.text, re.DOTALL)
    assert style is not None
    known = b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"'sha256-{known}'" in page.headers["content-security-policy"]
    assert "set-cookie" not in page.headers
    again = await api.get("/notice?lang=sv", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    finnish = await api.get("/notice?lang=fi", headers={"Accept-Language": "sv"})
    assert "Lumicos Oy:n asiakasrekisterin tietosuojaseloste" in finnish.text
    document = await api.get("/notice.pdf?lang=fi")
    assert document.content.startswith(b"%PDF-")
    assert document.headers["content-disposition"] == 'inline; filename="notice-1-fi.pdf"'
    assert (await api.get("/notice?version=2")).json()["code"] == "notice-version-not-found"
    assert len(await world.rows("SELECT version FROM notice_versions")) == 1


async def test_a_version_is_stored_when_the_words_change(api: httpx.AsyncClient, call: Caller, world: World) -> None:
    """With practice and with the definition; what was shown stays as it was, and the difference can be read."""
    assert await keep_once(world.services, world.registers) == 1
    assert await keep_once(world.services, world.registers) is None
    found = await call("dpo", "GET", "/v1/notice/findings", expect=200)
    assert ("agreement_missing", "tehden") in {(one["code"], one["about"]) for one in found["findings"]}
    assert (found["notice_version"], found["published"]) == (1, True)

    change = {"country": "FI", "legal_name": "Tehden Oy", "legal_name_confirmed": True}
    await call("dpo", "PATCH", "/v1/processors/tehden", change, expect=200, If_Match="*")
    await call("dpo", "POST", "/v1/processors/tehden/agreements", agreement(), expect=201)
    found = await call("dpo", "GET", "/v1/notice/findings", expect=200)
    assert "tehden" not in {one["about"] for one in found["findings"]} - {"tehden"}
    assert {one["code"] for one in found["findings"] if one["about"] == "tehden"} == {"role_unconfirmed"}
    assert found["published"] is False
    world.later(minutes=6)
    assert await keep_once(world.services, world.registers) == 2

    document = (await call("owner", "GET", "/v1/register", expect=200))["document"]
    by_class = document.replace("profile: as_notice", "profile: by_class")
    await call("owner", "PUT", "/v1/register", {"document": by_class}, expect=200, If_Match="*")
    listed = await call("webshop", "GET", "/v1/notice/versions?limit=2", expect=200)
    assert [(one["version"], one["register_version"]) for one in listed["items"]] == [(3, 2), (2, 1)]
    assert listed["next"] is not None
    assert await publish_due(world.services, world.registers) is None

    changed = await call("dpo", "GET", "/v1/notice/versions/2/changes?lang=en", expect=200)
    rows = {(one["section"], text) for one in changed["changes"] for text in one["added"]}
    assert any(section == "recipients" and "Tehden (Tehden Oy)" in text and "Finland" in text for section, text in rows)
    changed = await call("dpo", "GET", "/v1/notice/versions/3/changes?against=1&lang=fi", expect=200)
    removed = [text for one in changed["changes"] for text in one["removed"]]
    assert any("10 vuotta tilikauden päättymisestä" in text for text in removed)
    first = await call("dpo", "GET", "/v1/notice/versions/1", expect=200)
    assert first["languages"] == ["fi", "sv", "en"]
    old = await api.get("/notice?version=1&lang=en")
    assert "This is an earlier version. Version 3 is in force." in old.text
    assert "Tehden Oy" not in old.text
    asked = {"right": "access", "claimed_identity": {"name": "Testi Henkilö"}, "channel": "post"}
    case = await call(
        "dpo", "POST", "/v1/subject-requests", {**asked, "received_at": "2026-11-22T10:00:00Z"}, expect=201
    )
    letters = await call("dpo", "GET", f"/v1/subject-requests/{case['case_number']}/letters", expect=200)
    letter = await call("dpo", "GET", f"/v1/letters/{letters['items'][0]['number']}", expect=200)
    assert (letter["notice_version"], letter["register_version"]) == (3, 2)
    with pytest.raises(DBAPIError):
        await world.rows("UPDATE notice_versions SET digest = 'x' RETURNING version")


async def test_the_record_of_processing(api: httpx.AsyncClient, call: Caller, world: World) -> None:
    """Art. 30(1)(a)-(g) for each purpose, as JSON, CSV, page and PDF; the accountant has no business there."""
    found = await call("dpo", "GET", "/v1/processing-record?lang=en", expect=200)
    assert found["controller"]["name"] == "Lumicos Oy"
    activities = {one["code"]: one for one in found["activities"]}
    newsletter = activities["newsletter"]
    assert (newsletter["basis"], newsletter["basis_text"]) == ("6(1)(a)", "consent")
    assert newsletter["persons"] == ["customers", "subscribers and people who have allowed marketing"]
    assert [one["name"] for one in newsletter["recipients"]] == ["The Rocket Science Group LLC"]
    assert [(one["country"], one["article"]) for one in newsletter["transfers"]] == [("United States (USA)", None)]
    assert any(
        "10 years from the end of the financial year" in one["period"] for one in activities["accounting"]["limits"]
    )
    assert all(one["categories"] and one["limits"] for one in activities.values())
    table = await call("dpo", "GET", "/v1/processing-record/table?lang=fi")
    rows = list(csv.reader(io.StringIO(table.text)))
    assert rows[0][0] == "Käyttötarkoitus"
    assert len(rows) == len(activities) + 1
    page = await call("owner", "GET", "/v1/processing-record/page?lang=sv")
    assert "<h1>Register över behandling</h1>" in page.text
    document = await call("admin", "GET", "/v1/processing-record/document")
    assert document.content.startswith(b"%PDF-")
    await call("accountant", "GET", "/v1/processing-record", expect=403)
