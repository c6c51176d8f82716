"""Somebody at a browser: follows the console's pages, fills in its forms, keeps its cookies."""

from typing import Any
from urllib.parse import urlencode

import httpx

from tests.pages.reading import BROWSER, Page
from tests.subject_requests.people import DECISION
from tests.worlds import TOKENS

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}

DECIDED = {
    "outcome": "as_assessed",
    "reasoning": DECISION["reasoning"],
    "level": DECISION["identity"]["level"],
    "how": DECISION["identity"]["how"],
}


def check(answer: httpx.Response, status: int = 200) -> Page:
    """What holds for every page: language, one heading, labels, captions, marked forms, nothing from elsewhere."""
    assert answer.status_code == status, answer.text
    page = Page(answer)
    assert page.named("html")[0]["lang"] in {"fi", "sv", "en"}
    assert len(page.named("h1")) == 1
    assert len(page.named("table")) == len(page.named("caption"))
    assert not [tag for tag, _ in page.tags if tag in {"script", "img", "link", "iframe", "object"}]
    assert not [a for _, attributes in page.tags for a in attributes if a.startswith("on") or a == "style"]
    places = [at[name] for _, at in page.tags for name in ("href", "action") if at.get(name)]
    assert [place for place in places if not str(place).startswith(("/console", "#"))] == []
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    labelled = {label.get("for") for label in page.named("label")}
    fields = [*page.named("input"), *page.named("textarea"), *page.named("select")]
    assert [at for at in fields if at.get("type") != "hidden" and at.get("id") not in labelled] == []
    posts = [form for form in page.named("form") if form.get("method") == "post"]
    assert len(page.values("form_mark")) == len(posts)
    return page


class Browser:
    """One person's browser."""

    def __init__(self, api: httpx.AsyncClient) -> None:
        self.api = api
        api.cookies.clear()
        self.mark = ""

    async def open(self, path: str, status: int = 200) -> Page:
        """A page, checked; its forms can be sent from now on."""
        page = check(await self.api.get(path, headers=BROWSER | {"Accept-Language": "en"}), status)
        self.mark = next(iter(page.values("form_mark")), None) or self.mark
        return page

    async def send(self, path: str, fields: Any = None, status: int = 303, **headers: str) -> httpx.Response:
        """A form, with the mark of the page that was opened last unless the fields say another."""
        body = urlencode({"form_mark": self.mark, **(fields or {})})
        answer = await self.api.post(path, content=body, headers=BROWSER | FORM | {"Accept-Language": "en"} | headers)
        assert answer.status_code == status, answer.text
        return answer

    async def sign_in(self, role: str) -> None:
        """As the person of a role."""
        await self.open("/console/sign-in")
        answer = await self.send("/console/sign-in", {"token": TOKENS[role]})
        assert answer.headers["location"] == "/console"
        await self.open("/console")
