"""The database: metadata and column types, and the three ways to run a function on a connection.

`write` is one transaction, `once` one statement in autocommit, `read` a query without side effects.
Each takes a plain synchronous function over a SQLAlchemy `Connection`, so repositories and services
know nothing of engines, threads or commits, and a function can be run again when the database asks
for it (serialisation failure, deadlock).
"""

from app.db.database import TRANSACTION_SECONDS, Database, InDoubt, TransactionLost, Unavailable, open_database
from app.db.loading import conflict_clause, insert_all
from app.db.prepared import Prepared, TextOfId, among, among_ids, each, one_of
from app.db.schema import Instant, Json, ids_from, metadata, new_id, settled_before

__all__ = [
    "TRANSACTION_SECONDS",
    "Database",
    "InDoubt",
    "Instant",
    "Json",
    "Prepared",
    "TextOfId",
    "TransactionLost",
    "Unavailable",
    "among",
    "among_ids",
    "conflict_clause",
    "each",
    "ids_from",
    "insert_all",
    "metadata",
    "new_id",
    "one_of",
    "open_database",
    "settled_before",
]
