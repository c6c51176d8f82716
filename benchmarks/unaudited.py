"""Imported into a service under measurement, it takes the audit row off the read of a customer: what does it cost?

The statement is the hot path's own without its insert; everything else, the check of the token included, stays.
"""

from sqlalchemy import select

from app.customers import hot
from app.db import Prepared
from app.register.operation import GUARDS


def _without_audit() -> Prepared:
    statements = []
    for dialect in ("postgresql", "sqlite"):
        found = hot._person(dialect).subquery()
        statements.append(select(found).where(hot._usable(found), *GUARDS))
    chained, in_turn = statements
    return Prepared(chained, (in_turn,))


hot._READ = _without_audit()
