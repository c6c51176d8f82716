"""The authority's file: whole, the same for the same register, and without a customer in it."""

import hashlib
import io
import json
import zipfile

import pytest

from app.audit.sealing import seal_all
from app.audit.seals import Signer
from app.db import settled_before
from app.notice.publishing import publish_due
from app.openapi import examples
from tests.processors.calls import agreement
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

PERSON = {"name": "Iida Salaisuus", "email": "iida.salaisuus@example.fi", "phone": "+358 40 765 4321"}


async def register(call: Caller, world: World) -> list[str]:
    """Something of everything; what of it names a customer."""
    desk, bodies = Desk(call), examples()["bodies"]
    await publish_due(world.services, world.registers)
    person = await desk.person(1, **PERSON)
    case = await desk.asks("erasure", person, details="I am Iida Salaisuus.")
    await call("dpo", "POST", "/v1/processors/tehden/agreements", agreement(), expect=201)
    await call("dpo", "POST", "/v1/processors/mailchimp/transfers", bodies["record_transfer"], expect=201)
    breach = {**bodies["report_breach"], "case_number": case["case_number"]}
    await call("dpo", "POST", "/v1/breaches", breach, expect=201)
    await seal_all(world.db, Signer(world.services.keys), world.now, settled_before(-1))
    keys = await world.rows("SELECT audit_key FROM customers WHERE erased_at IS NULL")
    return [*PERSON.values(), "358407654321", person, case["id"], case["case_number"], str(keys[0][0])]


async def test_everything_is_in_it_and_nobody(call: Caller, world: World) -> None:
    """Each file as the index says, with its article; no value, id, case or subject key of a customer.
    Made again at the same instant it is the same to the byte, and leaves another row."""
    secrets = await register(call, world)
    answer = await call("dpo", "GET", "/v1/authority-file")
    assert answer.headers["content-disposition"] == 'attachment; filename="authority-file-2026-11-23.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as made:
        files = {name: made.read(name) for name in made.namelist()}
    index = json.loads(files["index.json"])
    assert [one["name"] for one in index["files"]] == [name for name in files if name != "index.json"]
    for one in index["files"]:
        content = files[one["name"]]
        assert (one["size"], one["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert one["what"]
        assert one["law"]
    assert (index["register_version"], index["notice_version"]) == (1, 1)
    assert {name.partition("/")[0] for name in files} - {"index.json"} == {
        *("definition", "notice", "record", "recipients", "transfers", "requests", "breaches", "audit")
    }
    everything = b"\n".join(files.values()).decode()
    for secret in secrets:
        assert secret not in everything, secret
        assert secret.replace("-", "") not in everything, secret

    assert [one["processor_id"] for one in json.loads(files["recipients/agreements.json"])]
    (transfer,) = json.loads(files["transfers/transfers.json"])
    assert transfer["evidence"]["tia"]
    assert len(json.loads(files["transfers/assessments.json"])) == 1
    (year,) = json.loads(files["requests/statistics.json"])
    assert (year["year"], year["received"]) == (2026, {"erasure": 1})
    (breach,) = json.loads(files["breaches/register.json"])
    assert (breach["number"], "timeline" in breach) == ("B-2026-0001", False)
    assert files["audit/seals.jsonl"].count(b"\n") == 1
    assert files["record/record-fi.csv"].count(b"\r\n") > 1

    again = await call("owner", "GET", "/v1/authority-file")
    assert again.content == answer.content
    rows = await world.rows("SELECT entity FROM audit_events WHERE action = 'export'")
    assert [row[0] for row in rows] == ["authority_file", "authority_file"]
    assert (await call("admin", "GET", "/v1/authority-file")).status_code == 403
