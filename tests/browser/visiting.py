"""Windows of visitors, what they look like, and what a machine can say of how usable they are."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
PATIENCE = 20_000
"""Milliseconds that a page may take on a busy machine."""
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
COLOURS = ("color-contrast", "link-in-text-block")
"""All that can differ between a page in light and the same page in dark."""
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}


@dataclass
class Visitors:
    """Whoever looks at the service."""

    browser: Browser
    url: str
    _contexts: list[BrowserContext] = field(default_factory=list)
    _signed_in: list[BrowserContext] = field(default_factory=list)
    _abroad: list[BrowserContext] = field(default_factory=list)
    _elsewhere: list[str] = field(default_factory=list)

    def come(
        self,
        *,
        scripts: bool = True,
        phone: bool = False,
        cookies: bool = False,
        abroad: str | None = None,
        **options: Any,
    ) -> Page:
        """A new window of somebody who reads Finnish, with nothing remembered; paths are those of the service.

        `cookies`: of somebody who will sign in, which nobody has to for a page of the people's. `abroad`: the provider
        that they will sign in at, which gives them cookies of its own.
        """
        context = self.browser.new_context(
            base_url=self.url,
            java_script_enabled=scripts,
            locale="fi-FI",
            viewport=PHONE if phone else DESK,  # type: ignore[arg-type]  # a typed dict of the library's own
            is_mobile=phone,
            **options,
        )
        context.set_default_timeout(PATIENCE)
        if abroad:
            context.route("https://**", lambda route: route.abort())
        context.on("request", lambda request: self._note(request, abroad))
        (self._abroad if abroad else self._signed_in if cookies else self._contexts).append(context)
        return context.new_page()

    def _note(self, asked: Request, abroad: str | None) -> None:
        """What a page of the provider's asks for is its own affair, and not asked in a test."""
        theirs = abroad is not None and asked.headers.get("referer", "").startswith(abroad)
        if not theirs and not asked.url.startswith((self.url, "data:", abroad or self.url)):
            self._elsewhere.append(asked.url)

    def leave(self) -> None:
        """Close every window: only who signed in was given a cookie, and no other site was asked for anything."""
        cookies = [cookie for context in self._contexts for cookie in context.cookies()]
        kept = [cookie for context in self._signed_in for cookie in context.cookies()]
        for context in (*self._contexts, *self._signed_in, *self._abroad):
            context.close()
        assert (self._elsewhere, cookies) == ([], [])
        assert [one["name"] for one in kept if not one["httpOnly"] or one["sameSite"] != "Strict"] == []


def shoot(page: Page, name: str, *, whole: bool = True) -> None:
    """Keep what the page looks like, for whoever wants to see (build/screenshots, which git ignores)."""
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=whole)


def check_wcag(page: Page, *, colours: bool = False) -> None:
    """Nothing on this page fails a rule of axe-core for WCAG 2.2, levels A and AA; or none about colours."""
    only = {"type": "rule", "values": COLOURS} if colours else {"type": "tag", "values": WCAG}
    options = {"runOnly": only, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options)
    assert found.response["passes"], "axe-core did not look"
    assert not found.violations_count, found.generate_report()


def check_fits(page: Page) -> None:
    """Nobody has to scroll sideways (WCAG 1.4.10)."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url}: {wide} px too wide"
