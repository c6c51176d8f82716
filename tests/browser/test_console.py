"""The console in a browser: a whole erasure from the call to the last letter, and the pages beside it."""

import re
import time

from playwright.sync_api import Page, expect

from tests.browser.visiting import DESK, PHONE, Visitors, check_fits, check_wcag, shoot
from tests.cli.running import PATIENCE, Process


def look(page: Page, name: str, *, phone: bool = False) -> None:
    """A picture, nothing for axe-core, and no scrolling sideways on a phone, of which `phone` keeps a picture too."""
    check_wcag(page)
    see(page, name, phone=phone)


def see(page: Page, name: str, *, phone: bool = False) -> None:
    """The same of a page that another has shown to be built alike."""
    shoot(page, f"console-{name}")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a typed dict of the library's own
    check_fits(page)
    if phone:
        shoot(page, f"console-{name}-phone")
    page.set_viewport_size(DESK)  # type: ignore[arg-type]  # the same


def sign_in(visitors: Visitors, service: Process) -> Page:
    """The data-protection contact, by an API token, at what is due today."""
    page = visitors.come(cookies=True)
    page.goto("/console")
    page.get_by_label("API token").fill(service.tokens["dpo"])
    page.get_by_role("button", name="Kirjaudu sisään").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tänään")
    return page


def test_an_erasure_from_sign_in_to_completion(visitors: Visitors, service: Process) -> None:
    """Somebody rings: registered, identified, assessed, decided, carried out, told to everybody, answered by letter."""
    page = sign_in(visitors, service)
    look(page, "today", phone=True)
    page.get_by_role("link", name="Pyynnöt").click()
    see(page, "requests")
    number = _registers_a_call(page)
    expect(page.get_by_role("table", name="Arvio tietue tietueelta").get_by_text("säilytetään")).not_to_have_count(0)
    look(page, "request", phone=True)
    _asks_who_it_is(page)
    _decides(page)
    case_page = page.url
    _answers_for_recipients(page, service)

    page.goto(case_page)
    for _ in range(page.get_by_role("button", name="Merkitse lähetetyksi").count()):
        page.get_by_role("button", name="Merkitse lähetetyksi").first.click()
        _done(page, "Kirje on merkitty lähetetyksi.")
    expect(page.locator("dl").first).to_contain_text("päättynyt")
    expect(page.locator(".timeline li").last).to_contain_text("päättynyt")
    look(page, "completed")
    page.get_by_role("link", name="K-").last.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    case = service.call(service.tokens["admin"], "GET", f"/v1/subject-requests/{number}")[1]
    gone = service.call(service.tokens["admin"], "GET", f"/v1/customers/{case['customer_id']}")
    assert (case["state"], gone[0], gone[1]["code"]) == ("completed", 410, "customer-erased")


def test_a_person_a_reply_and_a_breach(visitors: Visitors, service: Process) -> None:
    """Found by name; the page of their reply; a breach reported by keyboard, with its 72 hours."""
    page = sign_in(visitors, service)
    page.get_by_role("link", name="Ihmiset").click()
    page.get_by_label("Nimi").fill("erik")
    page.get_by_label("Nimi").press("Enter")
    page.get_by_role("link", name="Erik Provberg").click()
    see(page, "person")
    page.get_by_role("link", name="Kirjaa pyyntö").click()
    page.get_by_label("Oikeus", exact=True).select_option("access")
    page.get_by_label("Saapumistapa").select_option("in_person")
    page.get_by_role("button", name="Kirjaa pyyntö").click()
    page.get_by_role("link", name="Katso, mitä vastaus sisältää").click()
    look(page, "reply")

    page.get_by_role("link", name="Tietoturvaloukkaukset").click()
    page.get_by_role("link", name="Kirjaa tietoturvaloukkaus").click()
    see(page, "breach-new")
    page.get_by_label("Mitä tapahtui").fill("Kirje meni väärään kuoreen.")
    page.get_by_label("luottamuksellisuus").check()
    page.get_by_label("Miten se huomattiin").fill("Vastaanottaja soitti.")
    page.get_by_role("button", name="Kirjaa tietoturvaloukkaus").press("Enter")
    _done(page, "Tietoturvaloukkaus on kirjattu.")
    expect(page.get_by_text(re.compile("7[12] tuntia jäljellä"))).to_be_visible()
    look(page, "breach")


def _done(page: Page, said: str) -> None:
    expect(page.get_by_role("status")).to_have_text(said)


def _registers_a_call(page: Page) -> str:
    """Somebody rang, with their customer number; the case's number."""
    page.get_by_role("link", name="Kirjaa pyyntö").click()
    look(page, "receive")
    page.get_by_label("Järjestelmä").fill("webshop")
    page.get_by_label("Asiakasnumero").fill("demo-3")
    page.get_by_label("Oikeus", exact=True).select_option("erasure")
    page.get_by_label("Saapumistapa").select_option("phone")
    page.get_by_role("button", name="Kirjaa pyyntö").click()
    _done(page, "Pyyntö on kirjattu.")
    return page.get_by_role("heading", level=1).inner_text().rpartition(" ")[2]


def _asks_who_it_is(page: Page) -> None:
    """A question to the person and the answer, as described."""
    for step, said in (("asked", "Tilausnumero."), ("sufficient", "Luki tilausnumeron.")):
        page.get_by_text("Henkilöllisyys", exact=True).click()
        form = page.locator("form", has=page.get_by_label("Vaihe"))
        form.get_by_label("Vaihe").select_option(step)
        if step == "asked":
            form.get_by_label("Mitä epäillään").fill("Soittaja ei ollut rekisterin numerossa.")
            form.get_by_label("Mitä pyydettiin").fill(said)
        else:
            form.get_by_label("Tunnistamisen varmuus").select_option("substantial")
            form.get_by_label("Miten henkilö tunnistettiin").fill(said)
        form.get_by_role("button").click()
        _done(page, "Kysymys tai vastaus on tallennettu.")


def _decides(page: Page) -> None:
    """As assessed, with reasons of one's own; the service carries it out while they look on."""
    form = page.locator("form", has=page.get_by_role("button", name="Päätä", exact=True))
    form.get_by_label("Lopputulos").select_option("as_assessed")
    form.get_by_label("Omat perustelusi").fill("Avoimia tilauksia ei ole.")
    form.get_by_label("Tunnistamisen varmuus").select_option("substantial")
    form.get_by_label("Miten henkilö tunnistettiin").fill("Soitettiin numeroon, joka on rekisterissä.")
    form.get_by_role("button").click()
    _done(page, "Päätös on tallennettu.")
    case_page, give_up_at = page.url.partition("?")[0], time.monotonic() + PATIENCE
    while not page.get_by_text("toteutetaan", exact=True).count():
        assert time.monotonic() < give_up_at, page.content()
        page.goto(case_page)


def _answers_for_recipients(page: Page, service: Process) -> None:
    """The first is read, told by hand and answers; what the others answer, their machines say (Art. 19)."""
    links = page.get_by_role("table", name="Kenelle on kerrottava").get_by_role("link")
    first, *others = [str(link.get_attribute("href")).removeprefix("/console") for link in links.all()]
    page.goto(f"/console{first}")
    look(page, "notification")
    page.get_by_role("button", name="Tallenna").click()
    _done(page, "Vastaus on kirjattu.")
    for place in others:
        answer = {"outcome": "acknowledged"}
        assert service.call(service.tokens["dpo"], "POST", f"/v1{place}/answer", answer)[0] == 200
