"""First consents in the same words: what is written once for all of them is what each would have said."""

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.consents.first import First, texts_like
from app.consents.rules import hashed_text
from app.consents.schemas import ConsentIn

WORDS = {
    "purpose": "newsletter",
    "channels": ["email"],
    "action": "given",
    "wording": {"id": "newsletter", "version": 1, "language": "fi"},
    "collected_via": "import",
    "occurred_at": "2026-01-15T10:00:00Z",
    "event_id": "import:",
    "customer": {"id": str(UUID(int=0))},
}
instants = st.datetimes(datetime(1990, 1, 1), datetime(2026, 11, 1), timezones=st.just(UTC))  # noqa: DTZ001 (Hypothesis adds it)


@given(
    form=st.none() | st.just("form/a.b:7"),
    event_id=st.from_regex(r"import:[0-9a-f]{48}", fullmatch=True),
    customer=st.uuids(),
    occurred_at=instants,
    confirmed_at=st.none() | instants,
)
def test_the_hashed_text_is_that_of_the_event_itself(
    form: str | None, event_id: str, customer: UUID, occurred_at: datetime, confirmed_at: datetime | None
) -> None:
    """So that the same row, taken singly once its person is known, is the same event."""
    words = ConsentIn.model_validate({**WORDS, "evidence": {"form": form}})
    evidence = {"form": form, "double_opt_in_confirmed_at": confirmed_at}
    said = {"event_id": event_id, "customer": {"id": str(customer)}, "occurred_at": occurred_at, "evidence": evidence}
    one = First(event_id, customer, occurred_at, confirmed_at)
    assert texts_like(words)(one) == hashed_text(ConsentIn.model_validate({**WORDS, **said}))
