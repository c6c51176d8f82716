"""What an agreement with a processor still lacks under Art. 28."""

from typing import Any

from sqlalchemy import Row

HEADER = (
    *("subject_matter", "duration", "nature", "purpose", "data_types", "person_categories"),
    *("controller_rights", "written"),
)
CLAUSES = ("a", "b", "c", "d", "e", "f", "g", "h")
EVIDENCE = ("sha256", "review_on", "guarantees", "sub_processing")
"""What shows that this is the agreement, that somebody looks at it again, whether its processor was fit to be chosen
(Art. 28(1)), and which sub-processors it allows (Art. 28(2))."""


def missing(agreement: Row[Any]) -> list[str]:
    """Items without a tick, or with a tick that names no place in the document; then evidence that is not there."""
    ticks = [(item, agreement.header.get(item)) for item in HEADER]
    ticks += [(item, agreement.clauses.get(item)) for item in CLAUSES]
    unmet = [item for item, tick in ticks if not (tick and tick["met"] and tick["reference"])]
    return unmet + [name for name in EVIDENCE if not getattr(agreement, name)]
