"""The picture of data flows: what is drawn where, and what an arrow out of the EEA says."""

from datetime import date

from app.console.calendar import months
from app.console.flow_picture import LINES, Receiver, Way, drawn
from app.console.trend import last_months

US = Way("US", outside=True, holds=True, why="Art. 45: adequacy decision")
FI = Way("FI", outside=False, holds=True, why="")
NOWHERE = Way("IN", outside=True, holds=False, why="stopped: no transfer on record " + "and much more " * 5)


def test_every_arrow_out_of_the_eea_says_what_it_rests_on() -> None:
    """One line for each use, gift and country; a note for each arrow outside, cut to the room that there is."""
    mail = Receiver("Mailer", ["Newsletter"], ["Contact details"], [US, NOWHERE])
    shop = Receiver("Shop", ["Orders"], ["Contact details", "Orders"], [FI])
    long = "A category whose name is far too long for a box of two lines and goes on and on"
    picture = drawn([("Newsletter", ["Contact details"]), ("Accounting", ["Orders", long])], [mail, shop])

    kinds = [line.kind for line in picture.lines]
    assert (kinds.count("line"), kinds.count("held"), kinds.count("stopped")) == (3 + 3 + 1, 1, 1)
    assert (picture.notes[0].text, picture.notes[0].holds) == (US.why, True)
    assert picture.notes[1].text.endswith("…")
    assert not picture.notes[1].holds
    assert picture.notes[0].y < picture.notes[1].y
    assert all(1 <= len(box.lines) <= LINES for box in picture.boxes)
    assert [box.name for box in picture.boxes][-3:] == ["US", "IN", "FI"]
    assert len({(box.x, box.y) for box in picture.boxes}) == len(picture.boxes)


def test_a_calendar_has_whole_weeks() -> None:
    """From Monday to Sunday, over the end of a year, and days of other months stand outside."""
    december, january = months(date(2026, 12, 15), [])
    assert (december.first, january.first) == (date(2026, 12, 1), date(2027, 1, 1))
    for month in (december, january):
        assert all([day.on.weekday() for day in week] == list(range(7)) for week in month.weeks)
        inside = [day.on for week in month.weeks for day in week if not day.outside]
        assert (inside[0], len(inside)) == (month.first, 31)
    assert last_months(date(2026, 3, 31))[0] == date(2025, 4, 1)
    assert last_months(date(2026, 3, 31))[-1] == date(2026, 3, 1)
