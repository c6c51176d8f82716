"""Double opt-in: a link, a small public page, and the person's own button."""

import asyncio
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.consents.calls import ban, erase, register, states, suppressed, withdrawn
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio
INVITATIONS = "/v1/consents/invitations"


def invitation(who: str, **members: Any) -> dict[str, Any]:
    purpose = members.get("purpose", "newsletter")
    wording = {"id": purpose, "version": 1}
    return {"customer": {"id": who}, "purpose": purpose, "channels": ["email"], "wording": wording, **members}


async def link(call: Caller, sent: dict[str, Any]) -> str:
    """The path of a new invitation's link."""
    made = await call("booking", "POST", INVITATIONS, sent, expect=201)
    return "/consents/" + str(made["link"]).rsplit("/", 1)[1]


class Page(HTMLParser):
    """What a browser and a screen reader find on the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.mark.parametrize(
    ("language", "button"), [("fi", "Annan suostumukseni"), ("sv", "Jag samtycker"), ("en", "I consent")]
)
async def test_the_page_speaks_the_persons_language(call: Caller, language: str, button: str) -> None:
    """In the language the person chose, with the wording in that language; opening it confirms nothing."""
    who = await register(call, language=language)
    path = await link(call, invitation(who))
    page = await call.api.get(path)

    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert button in page.text
    assert {"fi": "Annan luvan.", "sv": "Jag samtycker.", "en": "I agree."}[language] in page.text
    assert await states(call, who) == {}


async def test_the_button_confirms_once_and_pressing_again_is_harmless(call: Caller, world: World) -> None:
    """POST records the person's own confirmed act; again, or twice at once, changes nothing."""
    who = await register(call)
    path = await link(call, invitation(who))
    both = await asyncio.gather(*(call.api.post(path) for _ in range(4)))
    world.later(days=30)
    again = await call.api.post(path)
    opened = await call.api.get(path)
    read = await call("admin", "GET", f"/v1/customers/{who}/consents", expect=200)

    assert [answer.status_code for answer in (*both, again, opened)] == [200] * 6
    assert "Suostumuksesi on kirjattu" in again.text
    assert "Suostumuksesi on kirjattu" in opened.text
    assert [(e["action"], e["collected_via"]) for e in read["history"]] == [("given", "double_opt_in")]
    assert read["history"][0]["evidence"]["double_opt_in_confirmed_at"]


async def test_an_expired_link_says_so_and_records_nothing(call: Caller, world: World) -> None:
    """After its fourteen days the page says that the link has run out."""
    who = await register(call)
    path = await link(call, invitation(who))
    world.later(days=15)
    opened, pressed = await call.api.get(path), await call.api.post(path)

    assert (opened.status_code, pressed.status_code) == (200, 409)
    for page in (opened, pressed):
        assert "Linkki ei ole enää voimassa" in page.text
        assert "<form" not in page.text
    assert await states(call, who) == {}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_unknown_link_is_a_problem(call: Caller, method: str) -> None:
    """404, with nothing of the link in it."""
    answer = await call.api.request(method, "/consents/" + "x" * 43)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "xxxx" not in answer.text


async def test_the_link_is_shown_once(call: Caller, world: World) -> None:
    """A replay with the same Idempotency-Key is the same invitation, without its link; only a hash is stored."""
    who = await register(call)
    key = {"Idempotency_Key": "invite-1"}
    made = await call("booking", "POST", INVITATIONS, invitation(who), expect=201, **key)
    again = await call("booking", "POST", INVITATIONS, invitation(who), expect=201, **key)
    stored = await world.rows("SELECT token_hash FROM consent_invitations")

    assert made["link"]
    assert again == {**made, "link": None}
    assert [row[0] for row in stored] == [sha256(made["link"].rsplit("/", 1)[1].encode()).hexdigest()]


async def test_the_page_loads_nothing_and_runs_nothing(call: Caller) -> None:
    """A strict policy, its only style known by hash, no script, no address of anybody else, not stored, not told on."""
    page = await call.api.get(await link(call, invitation(await register(call))))
    policy = page.headers["content-security-policy"]
    style = re.search(r"<style>(.*?)</style>", page.text, re.DOTALL)
    html = Page(page.text)

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert style
    assert b64encode(sha256(style[1].encode()).digest()).decode() in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert not {"script", "img", "link", "iframe", "object"} & {tag for tag, _ in html.tags}
    assert not [a for _, attributes in html.tags for a in attributes if a in {"src", "onclick", "style"}]
    links = [attributes["href"] for _, attributes in html.tags if "href" in attributes]
    assert links == ["/notice?lang=fi"], "what the consent is informed by (Art. 4(11))"
    assert "http" not in page.text.replace("http-equiv", "")


async def test_the_page_is_accessible(call: Caller) -> None:
    """Language, title, one heading, one main part, one button with words, text that scales, enough contrast."""
    page = await call.api.get(await link(call, invitation(await register(call))))
    html = Page(page.text)

    assert html.named("html") == [{"lang": "fi"}]
    assert [len(html.named(tag)) for tag in ("title", "h1", "main", "form", "button")] == [1] * 5
    assert html.named("form")[0] == {"method": "post"}
    viewport = next(meta["content"] for meta in html.named("meta") if meta.get("name") == "viewport")
    assert viewport
    assert "maximum-scale" not in viewport
    colour = re.search(r"button \{ background: #(\w{6})", page.text)
    assert colour
    assert contrast_with_white(colour[1]) >= 4.5


def contrast_with_white(colour: str) -> float:
    """WCAG 2's contrast ratio."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


async def test_confirming_lifts_an_older_suppression_for_that_purpose_and_channel_only(
    call: Caller, world: World
) -> None:
    """What was withdrawn and banned before is allowed again where the person confirmed it, and nowhere else."""
    who = await register(call)
    everything = {"purpose": "marketing", "channels": ["email", "sms"]}
    await call("booking", "POST", "/v1/consents", withdrawn(who), expect=201)
    await call("booking", "POST", "/v1/consents", withdrawn(who, "w-2", **everything), expect=201)
    await ban(call, world, customer={"id": who})
    world.later(hours=1)
    await call.api.post(await link(call, invitation(who, purpose="marketing")))

    assert await suppressed(call, who) == {("newsletter", "email")}
    world.later(hours=1)
    await ban(call, world, customer={"id": who})
    assert await suppressed(call, who) == {("newsletter", "email"), ("marketing", "email")}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"purpose": "astrology", "wording": {"id": "newsletter", "version": 1}}, "purpose-unknown"),
        ({"purpose": "accounting", "wording": {"id": "newsletter", "version": 1}}, "not-a-consent-purpose"),
        ({"channels": []}, "consent-invalid"),
        ({"channels": ["sms"]}, "consent-invalid"),
        ({"wording": {"id": "newsletter", "version": 9}}, "wording-unknown"),
        ({"wording": {"id": "newsletter", "version": 1, "language": "de"}}, "wording-unknown"),
    ],
    ids=str,
)
async def test_an_invitation_asks_only_for_what_can_be_given(call: Caller, changed: Any, code: str) -> None:
    """Refused when it is made, not when the person presses the button."""
    who = await register(call)
    assert (await call("booking", "POST", INVITATIONS, invitation(who, **changed), expect=422))["code"] == code


async def test_an_erased_persons_link_leads_nowhere(call: Caller, world: World) -> None:
    """The invitation goes with the person."""
    who = await register(call)
    path = await link(call, invitation(who))
    await erase(call, world, who)
    assert (await call.api.post(path)).status_code == 404
