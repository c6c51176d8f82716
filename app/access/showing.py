"""Values as people read them: days and instants in their language and time zone, codes in words, lists in lines."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.access.labels import Speech

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def day(value: date, language: str) -> str:
    """A date, as the language writes it."""
    if language == "en":
        return f"{value.day} {MONTHS[value.month - 1]} {value.year}"
    return f"{value.day}.{value.month}.{value.year}"


def instant(value: datetime, language: str, zone: ZoneInfo) -> str:
    """An instant in the controller's time zone."""
    local = value.astimezone(zone)
    mark = ":" if language == "en" else "."
    return f"{day(local.date(), language)} {local.hour}{mark}{local.minute:02d}"


class Shown:
    """Turns values into text."""

    def __init__(self, speech: Speech, zone: ZoneInfo, declared: Mapping[str, Mapping[str, str]]) -> None:
        """`declared`: by field, what codes of the register's definition are called."""
        self._speech = speech
        self._zone = zone
        self._declared = declared

    def text(self, field: str, codes: str | None, value: Any) -> str:
        """A value in words; an empty text for none."""
        match value:
            case None | "" | [] | {}:
                return ""
            case bool():
                return self._speech.word("yes" if value else "no")
            case date():  # an instant is one too
                return self._time(value)
            case list() | dict():
                return self._lines(field, codes, value)
            case _:
                return self._coded(field, codes, str(value))

    def _time(self, value: date) -> str:
        if isinstance(value, datetime):
            return instant(value, self._speech.language, self._zone)
        return day(value, self._speech.language)

    def _lines(self, field: str, codes: str | None, value: list[Any] | dict[str, Any]) -> str:
        if isinstance(value, dict):
            told = ((name, self.text(name, None, inner)) for name, inner in value.items())
            return ", ".join(f"{name}: {text}" for name, text in told if text)
        apart = "\n" if any(isinstance(one, dict) for one in value) else ", "
        return apart.join(filter(None, (self.text(field, codes, one) for one in value)))

    def _coded(self, field: str, codes: str | None, value: str) -> str:
        declared = self._declared.get(field, {}).get(value)
        if declared is not None:
            return declared
        return self._speech.code(codes or ("channel" if field == "channels" else None), value)
