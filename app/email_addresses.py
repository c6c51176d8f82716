"""E-mail addresses as they are taken: one plain address, in normal form."""

import re
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field

from app.wire import as_sent, clean, holds_identity_code

_PLAIN_EMAIL = re.compile(
    r"(?=[^@]{1,64}@.{4,189}$)[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*"
    r"@([a-z0-9]{1,60}\.){1,4}(com|net|org|eu|fi|se|no|dk|ee|de|ie|uk)"
)
"""Addresses that need no library to see that they are in order and in normal form, as nearly all are."""


def _email(text: str) -> str:
    if _PLAIN_EMAIL.fullmatch(text) and not holds_identity_code(text):
        return text
    try:
        return validate_email(clean(text.strip()), check_deliverability=False).normalized
    except EmailNotValidError:
        raise ValueError("is not an e-mail address") from None


Email = Annotated[
    str,
    as_sent(min_length=3, max_length=254),
    AfterValidator(_email),
    Field(json_schema_extra={"format": "email"}),
]
