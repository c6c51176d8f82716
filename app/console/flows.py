"""What the picture of data flows is drawn from: the definition, the recipients in use, their transfers as of today."""

from collections.abc import Sequence

from sqlalchemy import Connection

from app.access.labels import Speech
from app.console.flow_picture import Receiver, Way
from app.console.words import Words
from app.pagination import MAX_LIMIT, window
from app.policy.transfers import is_eea
from app.processors import service, transfers
from app.processors.schemas import ProcessorOut
from app.processors.schemas_transfers import TransferOut
from app.register.definition import Definition
from app.register.operation import Operation


def receivers(connection: Connection, op: Operation, words: Words) -> list[Receiver]:
    """Each recipient that the definition names and that is in use; the first of `MAX_LIMIT` of them."""
    place = window(op.keys, "console:flows", MAX_LIMIT, None)
    known = service.list_processors(connection, place, op.definition, op.today).items
    found = transfers.list_transfers(connection, None, None, place, op.definition, op.today).items
    live = [one for one in found if one.ended_on is None or op.today <= one.ended_on]
    return [
        Receiver(
            one.name,
            [purpose_name(op.definition, code, words.language) for code in one.purposes],
            [category_name(op.definition, code, words.language) for code in one.categories],
            _ways(one, [transfer for transfer in live if transfer.processor_id == one.id], words),
        )
        for one in known
        if one.active and one.listed
    ]


def serves(definition: Definition, language: str) -> list[tuple[str, list[str]]]:
    """Each purpose with its categories, by the names that people read."""
    return [
        (
            purpose_name(definition, purpose.code, language),
            [category_name(definition, code, language) for code in purpose.categories],
        )
        for purpose in definition.purposes
    ]


def purpose_name(definition: Definition, code: str, language: str) -> str:
    """The label of a purpose; the code where the definition no longer has it."""
    found = definition.purpose(code)
    return code if found is None else found.label.text(language, "en")


def category_name(definition: Definition, code: str, language: str) -> str:
    """The label of a category."""
    found = next((one for one in definition.categories if one.code == code), None)
    return code if found is None else found.label.text(language, "en")


def _ways(one: ProcessorOut, live: Sequence[TransferOut], words: Words) -> list[Way]:
    """Its own country, and every country that its transfers lead to."""
    countries = dict.fromkeys([one.country, *(transfer.country for transfer in live)])
    return [_way(country, [each for each in live if each.country == country], words) for country in countries]


def _way(country: str, live: Sequence[TransferOut], words: Words) -> Way:
    if country == "unknown":
        return Way(
            words("country_unknown"), outside=True, holds=False, why=f"{words('stopped')}: {words('country_unknown')}"
        )
    if is_eea(country):
        return Way(country, outside=False, holds=True, why="")
    carried = [each for each in live if each.status == "permitted"]
    if carried:
        return Way(country, outside=True, holds=True, why=_basis(carried[0], words))
    why = _basis(live[0], words) if live else words("no_transfer")
    return Way(country, outside=True, holds=False, why=f"{words('stopped')}: {why}")


def _basis(transfer: TransferOut, words: Words) -> str:
    name = Speech(words.language).code("mechanism", transfer.mechanism or "none")
    return f"Art. {transfer.mechanism}: {name}" if transfer.mechanism else name
