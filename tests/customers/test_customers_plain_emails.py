"""What is taken for granted about plain e-mail addresses is what the library would say of them."""

import re

import pytest
from email_validator import validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from app.consents.schemas import Who
from app.customers.schemas import Interaction
from app.email_addresses import _PLAIN_EMAIL, _email

_SHAPE = r"[A-Za-z0-9_+-]{1,9}(\.[A-Za-z0-9_+-]{1,9}){0,4}@([a-z0-9]{1,9}\.){1,3}(com|fi|uk)"


@settings(max_examples=40)
@given(st.from_regex(re.compile(_SHAPE), fullmatch=True))
def test_plain_addresses_stay_as_they_are_and_are_valid(address: str) -> None:
    """The library takes each of them and changes nothing."""
    assert _PLAIN_EMAIL.fullmatch(address)
    assert validate_email(address, check_deliverability=False).normalized == address


@pytest.mark.parametrize("address", ["a..b@example.fi", ".a@example.fi", "a@example", "a@b@c.fi"])
def test_addresses_out_of_order_are_still_refused(address: str) -> None:
    """The short way lets nothing in that the library refuses."""
    assert not _PLAIN_EMAIL.fullmatch(address)
    with pytest.raises(ValueError, match="e-mail"):
        _email(address)


def test_plain_addresses_that_hold_an_identity_code_are_refused() -> None:
    """A code inside an address is a code."""
    with pytest.raises(ValueError, match="identity code"):
        _email("131052-308T@example.fi")


def test_an_id_may_look_as_if_it_held_an_identity_code() -> None:
    """Some UUIDs do, by chance; a reference that really holds one is refused."""
    assert Who(id="01a2055d-df48-7389-a594-e280898c885b").uuid is not None
    with pytest.raises(ValueError, match="identity code"):
        Interaction.model_validate({"kind": "form", "reference": "131052-308T", "occurred_at": "2026-01-01T10:00:00Z"})
