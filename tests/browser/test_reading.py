"""What anybody reads: on a phone, on paper, and as far as a machine can say with a screen reader (WCAG 2.2 AA)."""

import re

from playwright.sync_api import expect

from tests.browser.visiting import Visitors, check_fits, check_wcag, shoot


def test_the_notice_on_a_phone_and_on_paper(visitors: Visitors) -> None:
    """In Finnish: no scrolling sideways, nothing for axe-core, a first Tab that leads to the content, a printed A4."""
    page = visitors.come(phone=True)
    page.goto("/notice")
    expect(page.locator("html")).to_have_attribute("lang", "fi")
    check_fits(page)
    check_wcag(page)
    shoot(page, "notice-phone")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("href", "#content")
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF-")
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert len(boxes) >= 3, "sections run over several pages"
    assert {(round(float(wide)), round(float(high))) for wide, high in boxes} == {(595, 842)}


def test_the_forms_fail_no_rule_in_light_and_in_dark(visitors: Visitors) -> None:
    """The list of rights, a form with its faults, a case, and the page behind a wrong link; in dark, their colours."""
    for scheme in ("light", "dark"):
        dark = scheme == "dark"
        page = visitors.come(phone=True, color_scheme=scheme)
        page.goto("/requests")
        check_wcag(page, colours=dark)
        page.goto("/requests/erasure")
        page.get_by_role("button").click()
        expect(page.get_by_role("alert")).to_be_focused()
        check_fits(page)
        check_wcag(page, colours=dark)
        shoot(page, f"erasure-form-{scheme}")
        page.get_by_label("Nimi").fill("Matti Mallikas")
        page.get_by_label("Puhelin").fill("040 000 0002")
        page.get_by_label("Tietoja ei enää tarvita").check()
        page.get_by_role("button").click()
        expect(page.get_by_role("status")).to_be_visible()
        check_wcag(page, colours=dark)
        page.goto("/cases/nobodys")
        check_wcag(page, colours=dark)
