"""What the tables promise to all that writes to them."""

from itertools import permutations

from sqlalchemy import Index, PrimaryKeyConstraint, UniqueConstraint

import app.tables  # noqa: F401 (so that every table is known)
from app.db import metadata


def test_what_is_unique_is_so_by_one_index() -> None:
    """PostgreSQL settles a conflict in the index that ON CONFLICT names; who meets in another one gets an error."""
    twice = []
    for table in metadata.tables.values():
        partial = ("postgresql_where", "sqlite_where")
        found = [
            frozenset(one.columns.keys())
            for one in (*table.constraints, *table.indexes)
            if isinstance(one, PrimaryKeyConstraint | UniqueConstraint)
            or (isinstance(one, Index) and one.unique and not any(one.kwargs.get(name) is not None for name in partial))
        ]
        twice += [(table.name, sorted(wider)) for narrow, wider in permutations(found, 2) if narrow <= wider]
    assert twice == []
