"""What the commands share that read recipients' systems: the configuration, the way out, and how a reading is told."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from app.commands import console
from app.commands.console import Refused
from app.connectors.configuration import load_connectors
from app.connectors.connector import ConnectorsInvalid
from app.imports.report import told
from app.imports.schemas import Settled
from app.polling.service import Reading
from app.settings import Settings

C = TypeVar("C")


def configured(settings: Settings, kind: type[C], only: str | None) -> Mapping[str, C]:
    """The recipients of a kind that SELOSTE_CONNECTORS configures; raises `Refused` when there is none."""
    try:
        connectors = load_connectors(settings.connectors_file).connectors
    except ConnectorsInvalid as error:
        raise Refused(f"SELOSTE_CONNECTORS: {error}") from None
    found = {name: one for name, one in connectors.items() if isinstance(one, kind) and only in {None, name}}
    if not found:
        raise Refused("SELOSTE_CONNECTORS configures no such recipient")
    return found


def tell(recipient: str, readings: Iterable[Reading]) -> bool:
    """Say how each reading went, by counts, ids and codes; whether all came to their end."""
    whole = True
    for reading in readings:
        console.say(f"{recipient} {reading.stream}: records {reading.summary.records}")
        for count, outcome, words in told(reading.summary):
            console.say(f"  {count:>8}  {outcome}: {words}")
        for its_id, settled in reading.left_out:
            console.say(f"  {_line(its_id, settled)}")
        if reading.failure is not None:
            console.tell(f"{recipient} {reading.stream}: stopped by {reading.failure}; the next reading goes on there")
            whole = False
    return whole


def _line(its_id: str, settled: Settled) -> str:
    return f"{its_id or 'without id'}: {settled.outcome}, {settled.reason}"
