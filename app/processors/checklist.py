"""What an agreement with a processor still lacks under Art. 28(3)."""

from typing import Any

HEADER = ("subject_matter", "duration", "nature", "purpose", "data_types", "person_categories")
CLAUSES = ("a", "b", "c", "d", "e", "f", "g", "h")


def missing(header: dict[str, Any], clauses: dict[str, Any]) -> list[str]:
    """Items without a tick, or with a tick that names no place in the document."""
    ticks = [(item, header.get(item)) for item in HEADER] + [(item, clauses.get(item)) for item in CLAUSES]
    return [item for item, tick in ticks if not (tick and tick["met"] and tick["reference"])]
