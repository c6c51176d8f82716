"""What a browser and a screen reader find on a page."""

from html.parser import HTMLParser

import httpx

BROWSER = {"Accept": "text/html,application/xhtml+xml"}
VOID = {"meta", "input", "link", "br", "img", "wbr"}


class Page(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(answer.text)
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every such tag."""
        return [attributes for name, attributes in self.tags if name == tag]

    def values(self, name: str) -> list[str | None]:
        """The values of buttons and fields of this name."""
        fields = [*self.named("button"), *self.named("input")]
        return [field.get("value") for field in fields if field.get("name") == name]


def check_page(answer: httpx.Response, language: str) -> Page:
    """What holds for every page: its language, one heading, labels, nothing from elsewhere, nothing that runs."""
    page = Page(answer)
    assert answer.headers["content-type"].startswith("text/html")
    assert page.named("html") == [{"lang": language}]
    assert len(page.named("h1")) == 1
    assert not [tag for tag, _ in page.tags if tag in {"script", "img", "link", "iframe", "object"}]
    assert not [a for _, attributes in page.tags for a in attributes if a.startswith("on") or a == "style"]
    assert not [a for _, at in page.tags for a in (at.get("src"), at.get("action")) if a]
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    labelled = {label.get("for") for label in page.named("label")}
    for field in [*page.named("input"), *page.named("textarea"), *page.named("select")]:
        assert field.get("type") == "hidden" or field.get("id") in labelled, field
        for described in (field.get("aria-describedby") or "").split():
            assert described in ids
    return page
