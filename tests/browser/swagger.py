"""Swagger UI as a person works it: Authorize, open an operation, fill it in, Execute."""

import json
from typing import Any

from playwright.sync_api import Locator, Page, expect


class Swagger:
    """The page /docs of the service, as everybody opens it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        page.goto("/docs")

    def authorize(self, token: str) -> None:
        """Go on with this token, whoever was signed in before."""
        self._page.locator(".auth-wrapper > .authorize").click()
        dialog = self._page.locator(".modal-ux")
        logout = dialog.get_by_role("button", name="Remove authorization")
        if logout.is_visible():
            logout.click()
        dialog.locator("input").fill(token)
        dialog.locator("button.authorize").click()
        expect(logout).to_be_visible()
        dialog.locator("button.btn-done").click()

    def call(self, tag: str, operation: str, body: Any = None, **parameters: str) -> tuple[int, Any]:
        """Status and JSON of the answer; the page shows the same status."""
        block = self._opened(tag.replace(" ", "_"), operation)
        for name, value in parameters.items():
            block.locator(f"tr[data-param-name='{name}'] input").fill(value)
        if body is not None:
            block.locator("textarea.body-param__text").fill(json.dumps(body))
        with self._page.expect_response(lambda answer: "/v1/" in answer.url) as answered:
            block.locator("button.execute").click()
        answer = answered.value
        shown = block.locator(".live-responses-table .response-col_status").last
        expect(shown).to_contain_text(str(answer.status))
        shown.scroll_into_view_if_needed()
        return answer.status, answer.json()

    def _opened(self, tag: str, operation: str) -> Locator:
        """The operation, ready to be filled in."""
        block = self._page.locator(f"#operations-{tag}-{operation}")
        if not block.is_visible():
            self._page.locator(f"#operations-tag-{tag}").click()
        if not block.locator(".opblock-body").is_visible():
            for other in self._page.locator(".opblock.is-open .opblock-summary-control").all():
                other.click()  # what stays open is drawn again at every key
            block.locator(".opblock-summary-control").click()
            block.get_by_role("button", name="Try it out").click()
        return block
