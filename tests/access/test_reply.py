"""The reply holds everything of the person, nothing of anybody else, and leaves only when it may."""

import pytest

from app.access.schemas import DataOut
from tests.access.people import identified, reply, rich_person
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


async def test_first(world: World, call: Caller, desk: Desk) -> None:
    person = await rich_person(call, desk)
    case = await identified(call, desk, person)
    found = await reply(call, case)
    import json
    print(json.dumps(found, indent=1, ensure_ascii=False)[:12000])
    DataOut.model_validate(found)
    page = await reply(call, case, "/page")
    open("/tmp/access_page.html", "wb").write(page)
    pdf = await reply(call, case, "/document")
    open("/tmp/access.pdf", "wb").write(pdf)
    z = await reply(call, case, "/archive")
    print({k: len(v) for k, v in z.items()})
    assert 0
