"""Time in a register definition: public holidays and financial years."""

import calendar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Annotated, Literal

import holidays
from holidays.registry import EntityLoader
from pydantic import StringConstraints, model_validator

from app.policy import retention
from app.register.definition_base import Contradiction, CountryCode, Day, Part, Text, refuse

LONGEST_FINANCIAL_YEAR_MONTHS = 18
"""Kirjanpitolaki 1336/1997 1:4 §: twelve months, up to eighteen when starting, ending or changing."""


@lru_cache(maxsize=512)
def _public_holidays(country: str, subdivision: str | None, with_eves: bool, year: int) -> frozenset[date]:
    listed = holidays.country_holidays(country, subdiv=subdivision, years=year, language="en_US")
    return frozenset(
        day
        for day, names in listed.items()
        if with_eves or not all(name.endswith(" Eve") for name in names.split(holidays.HOLIDAY_NAME_DELIMITER))
    )


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The public holidays of a place, any year, as a `Container[date]`; each year is computed once."""

    country: str
    subdivision: str | None = None
    with_eves: bool = False

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date):
            return False
        return day in _public_holidays(self.country, self.subdivision, self.with_eves, day.year)


class HolidayCalendar(Part):
    """Which days a deadline rolls past (Regulation 1182/71 Art. 2, 3(4)).

    `eves` says whether eves that the calendar lists as public holidays (in Finland Midsummer Eve and
    Christmas Eve) count as such; as working days they give the earlier and thus safe date.
    """

    country: CountryCode
    subdivision: Text | None = None
    eves: Literal["working_days", "holidays"] = "working_days"

    @model_validator(mode="after")
    def _is_known(self) -> "HolidayCalendar":
        # The library's own list of places would load the calendar of every country.
        if self.country not in EntityLoader.get_country_codes():
            refuse("holiday_calendar", [Contradiction(("country",), "there is no calendar for this country")])
        if self.subdivision is not None and self.subdivision not in getattr(holidays, self.country).subdivisions:
            refuse(
                "holiday_calendar",
                [Contradiction(("subdivision",), "is not a subdivision of the country's calendar")],
            )
        return self

    def holidays(self) -> PublicHolidays:
        """The public holidays, for `policy.deadlines`."""
        return PublicHolidays(self.country, self.subdivision, with_eves=self.eves == "holidays")


class FinancialYear(Part):
    """One financial year, both days included."""

    start: Day
    end: Day

    @model_validator(mode="after")
    def _is_a_financial_year(self) -> "FinancialYear":
        if self.end <= self.start:
            refuse("financial_year", [Contradiction(("end",), "is not after the start")])
        if self.end >= _months_later(self.start, LONGEST_FINANCIAL_YEAR_MONTHS):
            message = f"the financial year is longer than {LONGEST_FINANCIAL_YEAR_MONTHS} months"
            refuse("financial_year", [Contradiction(("end",), message)])
        return self


class FinancialYears(Part):
    """The financial years: those that differ one by one, the rest by the day on which a year closes."""

    explicit: tuple[FinancialYear, ...] = ()
    closing: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}-[0-9]{2}$")]

    @model_validator(mode="after")
    def _are_consistent(self) -> "FinancialYears":
        refuse("financial_years", self._contradictions())
        return self

    def _contradictions(self) -> list[Contradiction]:
        found = []
        if not _is_day_of_year(self.closing):
            found.append(Contradiction(("closing",), "is not a day of the year", "write month-day, such as 12-31"))
        for position, (before, after) in enumerate(zip(self.explicit, self.explicit[1:], strict=False), start=1):
            if after.start <= before.start:
                found.append(Contradiction(("explicit", position, "start"), "the financial years are not in order"))
            elif after.start <= before.end:
                found.append(Contradiction(("explicit", position, "start"), "overlaps the financial year before it"))
        return found

    def policy(self) -> retention.FinancialYears:
        """The same as `policy.retention` takes it."""
        listed = tuple(retention.FinancialYear(year.start, year.end) for year in self.explicit)
        return retention.FinancialYears(listed, (int(self.closing[:2]), int(self.closing[3:])))


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))


def _is_day_of_year(text: str) -> bool:
    try:
        date.fromisoformat(f"2024-{text}")
    except ValueError:
        return False
    return True
