"""The whole story over HTTP on both databases, and the commands as an operator calls them."""

import random
from pathlib import Path

import pytest

from app.commands import console, demo
from app.commands.console import Refused
from app.demo_story.exports import audience_csv, write_audience
from app.demo_story.people import people
from app.demo_story.story import Scale
from app.demo_story.teller import Teller, Untrue
from app.settings import Settings
from tests.databases import create_database, drop_database

pytestmark = pytest.mark.anyio

TOKEN = "seloste_story-token-of-the-owner-0123"
SCALE = Scale(audience=300, buyers=100, bookings=120, live=20)
"""Bookings in several batches, and somebody of every kind."""


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a private service on an empty database of each kind."""
    if request.param == "sqlite":
        return demo.private_settings(tmp_path, f"sqlite:///{tmp_path}/story.db", TOKEN)
    server, name = request.getfixturevalue("postgres_url"), f"story_{tmp_path.name}".lower()[:60]
    url = create_database(server, name)
    request.addfinalizer(lambda: drop_database(server, name))  # noqa: PT021 (only of one parameter)
    return demo.private_settings(tmp_path, url, TOKEN)


async def test_the_story_is_true_from_beginning_to_end(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Imports, integrations at work, erasure, what stays until when, and the address that stays suppressed."""
    async with console.opened(settings) as session:
        await demo.prepare(session)
        async with demo.serving(settings) as url:
            await demo.told(url, TOKEN, session, tmp_path, SCALE)
    printed = capsys.readouterr().out

    assert "The end: 27 claims, each checked." in printed
    assert "2033-12-31" in printed
    assert "2:10 §" in printed
    assert "@example" not in printed


def test_a_claim_that_does_not_hold_ends_the_story() -> None:
    """Nothing untrue is printed as true."""
    said: list[str] = []
    teller = Teller(said.append)
    with pytest.raises(Untrue, match="the moon is cheese"):
        teller.claim("the moon is cheese", holds=False)
    assert said == []
    assert teller.claims == 0


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_the_story_can_be_told_again_on_the_same_register(settings: Settings, tmp_path: Path) -> None:
    """Clients, systems and people of a telling are its own."""
    small = Scale(audience=200, buyers=20, bookings=60, live=5)
    async with console.opened(settings) as session:
        await demo.prepare(session)
        async with demo.serving(settings) as url:
            for _ in range(2):
                await demo.told(url, TOKEN, session, tmp_path, small)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_the_story_ends_where_the_service_refuses(settings: Settings, tmp_path: Path) -> None:
    """With a token that is nobody's the story says so and does not go on."""
    async with console.opened(settings) as session:
        await demo.prepare(session)
        async with demo.serving(settings) as url:
            with pytest.raises(Refused, match="401"):
                await demo.told(url, "nobody", session, tmp_path, Scale(audience=200))


def test_generated_exports_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    """Deterministic, with reserved domains only, and one part for each kind."""
    first = write_audience(tmp_path / "a.zip", 400, seed=7)
    second = write_audience(tmp_path / "b.zip", 400, seed=7)
    assert first.path.read_bytes() == second.path.read_bytes()
    assert (len(first.subscribed), len(first.unsubscribed), len(first.cleaned)) == (320, 60, 20)
    assert all(p.email.endswith(("@example.com", "@example.fi")) for p in people(7, 400))
    assert "UNSUB_TIME" in audience_csv("unsubscribed", [], random.Random(1))
