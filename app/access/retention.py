"""How long each record is kept: what an erasure would do to it today, or the period of its own kind (Art. 15(1)(d))."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Literal, assert_never

from sqlalchemy import Row

from app.access.labels import Speech
from app.access.schemas import DataRetentionOut
from app.access.sections import Section
from app.access.showing import day
from app.policy.deadlines import nominal
from app.policy.erasure import Ask, Continue, Erase, Restrict, Retain, Verdict
from app.register.definition import Definition
from app.register.definition_retention import Years
from app.subject_requests.judging import Judge

Outcome = Literal["erase", "retain", "restrict", "continue", "ask", "period"]


class Retention:
    """Says of a row what `subject_requests.judging` says of its holding, in the person's language."""

    def __init__(self, definition: Definition, judge: Judge, speech: Speech) -> None:
        self._definition = definition
        self._judge = judge
        self._speech = speech
        self._said: dict[Any, DataRetentionOut] = {}

    def of(self, section: Section, row: Row[Any]) -> DataRetentionOut | None:
        """The retention of a row of a section; None where the section's context says it."""
        if section.kept == "row":
            return self._verdict(self._judge.of_row(section.table.name, row)[1])
        if section.kept == "reference":
            return self.of_holding(f"reference:{row.system}")
        if section.kept == "period:audit":
            return self._since(self._definition.retention.audit, row.at)
        if section.kept == "letter" and row.request_id is None:
            return None
        if section.kept in {"letter", "period:request_files"}:
            return self._since(self._definition.retention.request_files, row.case_closed_at)
        return self.of_holding(section.kept)

    def of_holding(self, name: str) -> DataRetentionOut | None:
        """The retention of a holding that is not a row."""
        verdict = self._judge.rest.get(name)
        return None if verdict is None else self._verdict(verdict)

    def _since(self, period: Years, event: datetime | None) -> DataRetentionOut:
        zone = self._definition.zone
        until = None if event is None else nominal(event.astimezone(zone).date(), 12 * period.years)

        def say() -> DataRetentionOut:
            name = "period_open" if until is None else "period"
            return self._out("period", name, until, period.law, period.section, years=period.years)

        return self._once((period.years, period.section, until), say)

    def _verdict(self, verdict: Verdict) -> DataRetentionOut:
        """The same verdict is said once: a person with many rows has few kinds of them."""
        return self._once(self._alike(verdict), lambda: self._say(verdict))

    def _once(self, key: Any, say: Callable[[], DataRetentionOut]) -> DataRetentionOut:
        if key not in self._said:
            if len(self._said) >= 1000:
                self._said.clear()
            self._said[key] = say()
        return self._said[key]

    def _alike(self, verdict: Verdict) -> Any:
        match verdict:
            case Erase():
                return verdict.ground, verdict.kept_by, verdict.kept_until
            case Retain():
                return verdict.exception, verdict.law, verdict.section, verdict.until
            case Restrict():
                return verdict.ground, verdict.until
            case Continue():
                return verdict.basis
            case Ask():
                return "ask"
            case _ as unreachable:
                assert_never(unreachable)

    def _say(self, verdict: Verdict) -> DataRetentionOut:
        match verdict:
            case Erase(kept_by=None):
                return self._out("erase", "erase", None, None, None, ground=verdict.ground.value)
            case Erase():
                ground, kept_by = verdict.ground.value, verdict.kept_by
                return self._out("erase", "erase_kept_by", verdict.kept_until, None, None, ground, kept_by)
            case Retain():
                name, ground = "retain_open" if verdict.until is None else "retain", verdict.exception.value
                return self._out("retain", name, verdict.until, verdict.law, verdict.section, ground)
            case Restrict():
                return self._out("restrict", "restrict", verdict.until, None, None, verdict.ground.value)
            case Continue():
                return self._out("continue", "continue", None, None, None, verdict.basis.value)
            case Ask():
                return self._out("ask", "ask", None, None, None)
            case _ as unreachable:
                assert_never(unreachable)

    def _out(
        self,
        outcome: Outcome,
        name: str,
        until: date | None,
        law: str | None,
        section: str | None,
        ground: str | None = None,
        kept_by: str | None = None,
        years: int | None = None,
    ) -> DataRetentionOut:
        meaning = self._speech.code("basis" if (ground or "").startswith("6") else "ground", ground or "")
        words: Mapping[str, Any] = {
            "until": day(until, self._speech.language) if until else "",
            "law": law or "",
            "section": section or "",
            "ground": meaning,
            "kept_by": kept_by or "",
            "years": years,
        }
        text = self._speech.kept(name, **words).replace(" .", ".")
        return DataRetentionOut(
            outcome=outcome, until=until, ground=ground, law=law, section=section, kept_by=kept_by, text=text
        )
