"""The person's pages without JavaScript: a request with its private page, a withdrawal with the preferences."""

import re
from datetime import UTC, datetime

from playwright.sync_api import expect

from tests.browser.visiting import Visitors, check_fits, check_wcag, shoot
from tests.cli.running import Process


def test_a_request_from_the_list_of_rights_to_its_private_page(visitors: Visitors, service: Process) -> None:
    """By keyboard alone: a fault leads to its field, what was written is kept, and the case is there for the admin."""
    page = visitors.come(scripts=False, phone=True)
    page.goto("/requests")
    page.get_by_role("link", name="Pääsy omiin tietoihin").press("Enter")
    name, email = page.get_by_label("Nimi"), page.get_by_label("Sähköposti")
    name.fill("Aino Esimerkki")
    email.fill("aino.esimerkki")
    email.press("Enter")
    page.get_by_role("alert").get_by_role("link", name="Sähköposti: tämä ei ole sähköpostiosoite").press("Enter")
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_value("Aino Esimerkki")
    check_fits(page)
    shoot(page, "request-form-fault")

    page.keyboard.press("Tab")  # the link led to the field or just before it
    email.fill("aino.esimerkki@example.fi")
    email.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Kiitos. Pyyntösi on vastaanotettu.")
    expect(page.get_by_text("Vastaamme viimeistään")).to_be_visible()
    number = page.get_by_text(re.compile(r"^\d{4}-\d{5}$")).inner_text()
    check_fits(page)
    shoot(page, "case")
    status, case = service.call(service.tokens["admin"], "GET", f"/v1/subject-requests/{number}")
    assert (status, case["right"], case["channel"], case["state"]) == (200, "access", "form", "received")

    private = page.url.partition("?")[0]
    assert not any(part in private for part in (number, "aino"))
    later = visitors.come(scripts=False)
    later.goto(private)
    expect(later.get_by_text(number)).to_be_visible()
    expect(later.get_by_role("status")).to_have_count(0)
    later.get_by_role("link", name="Svenska").click()
    expect(later.get_by_role("heading", level=1)).to_have_text("Din begäran")


def test_a_withdrawal_by_the_link_of_a_message(visitors: Visitors, service: Process) -> None:
    """Opening changes nothing; one press withdraws the newsletter, another the booking data; both hold at once."""
    tokens, who = service.tokens, {"system": "booking", "id": "demo-5"}
    given = {
        "event_id": "newsletter-of-demo-5",
        "customer": who,
        "purpose": "newsletter",
        "channels": ["email"],
        "action": "given",
        "wording": {"id": "newsletter_form", "version": 1},
        "collected_via": "booking_form",
        "occurred_at": datetime.now(UTC).isoformat(),
    }
    assert service.call(tokens["booking"], "POST", "/v1/consents", given)[0] == 201
    asked = {"purpose": "newsletter", "channel": "email", "subjects": [who]}
    status, made = service.call(tokens["mailer"], "POST", "/v1/unsubscribe-links", asked)
    assert status == 200

    def is_suppressed() -> bool:
        _, checked = service.call(tokens["mailer"], "POST", "/v1/processing-checks", asked)
        return "suppressed" in {reason["code"] for reason in checked["results"][0]["reasons"]}

    link = made["results"][0]["link"]["url"] + "?lang=fi"
    examiner = visitors.come()  # axe-core is a script
    examiner.goto(link)
    check_wcag(examiner)
    page = visitors.come(scripts=False, phone=True)
    page.goto(link)
    check_fits(page)
    shoot(page, "unsubscribe")
    assert not is_suppressed()
    page.get_by_role("button", name="Peruuta", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Se on voimassa heti.")
    assert is_suppressed()

    page.get_by_role("button", name="Peruuta suostumus").first.click()
    expect(page.get_by_role("status")).to_contain_text("Peruutettu: ")
    expect(page.get_by_role("button", name="Peruuta suostumus")).to_have_count(0)
    shoot(page, "preferences")
