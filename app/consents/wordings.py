"""Versions of the words by which consent is asked (Art. 7(1): provable what the person saw)."""

from sqlalchemy import Connection

from app.consents import repository
from app.consents.errors import ConsentInvalid, NotAConsentPurpose, WordingImmutable, WordingNotFound
from app.consents.schemas import WordingIn, WordingOut
from app.pagination import Page, Window
from app.register.errors import PurposeUnknown
from app.register.operation import Operation


def put(connection: Connection, op: Operation, sent: WordingIn) -> WordingOut:
    """Make a version in one language; a repeat of the same is harmless, anything else is refused."""
    purpose = op.definition.purpose(sent.purpose)
    if purpose is None:
        raise PurposeUnknown
    if not purpose.needs_consent:
        raise NotAConsentPurpose
    if sent.language not in op.definition.languages:
        raise ConsentInvalid(errors=[{"detail": "the definition has no such language", "pointer": "#/language"}])
    repository.add_wording(connection, {**sent.model_dump(), "created_at": op.at})
    op.audit(connection, "put", "wording", f"{sent.id} {sent.version} {sent.language}")
    stored = read(connection, sent.id, sent.version, sent.language)
    if WordingIn(**stored.model_dump(exclude={"created_at"})) != sent:
        raise WordingImmutable
    return stored


def read(connection: Connection, wording_id: str, version: int, language: str) -> WordingOut:
    """One wording; raises `WordingNotFound`."""
    row = repository.wording(connection, wording_id, version, language)
    if row is None:
        raise WordingNotFound
    return WordingOut(**row._mapping)


def listed(connection: Connection, window: Window) -> Page[WordingOut]:
    """All wordings."""
    rows = repository.list_wordings(connection, window.after, window.limit + 1)
    positions = [(row.id, str(row.version), row.language) for row in rows]
    return window.page([WordingOut(**row._mapping) for row in rows], positions)
