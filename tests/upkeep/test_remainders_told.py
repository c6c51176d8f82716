"""`seloste verify-erasure` tells by place what is left in rows, wherever it came from."""

from pathlib import Path

import pytest
from anyio import to_thread
from sqlalchemy import insert

from app.subject_requests.tables import leases
from tests.cli.running import CommandLine
from tests.subject_requests.people import Desk
from tests.upkeep.files import NAME, PERSON
from tests.worlds import World

pytestmark = pytest.mark.anyio


async def test_what_is_left_is_told_by_place(
    world: World, desk: Desk, seloste: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A copy that somebody made by hand is found; what other people share is told apart; bad input is refused."""
    person = await desk.person(77, **PERSON)
    other = await desk.person(78, **{**PERSON, "email": "other@example.fi", "phone": "040 100 9999"})
    case = (await desk.asks("erasure", person))["case_number"]
    await desk.decides(case)
    world.later(minutes=1)
    await world.run_due()
    copied = {"holder": NAME, "until": world.now}
    await world.db.write(lambda c: c.execute(insert(leases).values(name="a copy by hand", **copied)))

    monkeypatch.setenv("DATABASE_URL", world.url)
    monkeypatch.setenv("SELOSTE_SECRET_FILE", str(world.settings.secret_file))
    values = tmp_path / "values.txt"
    values.write_text(f"{PERSON['email']}\n{NAME}\n", encoding="utf-8")
    ran = await to_thread.run_sync(seloste, "verify-erasure", case, "--values-from", values)
    assert ran.code == 1
    assert "LEFT: leases.holder, 1 rows (line 2)" in ran.out
    assert "of other people who share it: customers.name, 1 rows (line 2)" in ran.out
    assert other not in ran.out
    values.write_text("Li\n", encoding="utf-8")
    for about, file, said in (
        (case, values, "too short"),
        (case, tmp_path / "none", "No such file"),
        ("2026-99999", values, "too short"),
    ):
        refused = await to_thread.run_sync(seloste, "verify-erasure", about, "--values-from", file)
        assert refused.code == 1
        assert said in refused.err
    values.write_text(f"{NAME}\n", encoding="utf-8")
    refused = await to_thread.run_sync(seloste, "verify-erasure", "2026-99999", "--values-from", values)
    assert "2026-99999 is no erasure of anybody in this register" in refused.err
    values.unlink()
