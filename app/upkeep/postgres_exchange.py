"""Writing a large table anew beside traffic: copy it, keep the copy up with what changes, exchange the two.

Traffic is kept out only for the exchange itself, some milliseconds whatever the size. A trigger notes the keys of rows
that change while the copy is filled and indexed; the noted rows are copied again, the last of them under the lock.
The copy takes over names, indexes, keys, triggers, comments and privileges. Foreign keys are added as NOT VALID, which
enforces them at once, and validated afterwards. What is interrupted leaves the table as it was, and `tidy` removes
the rest.
"""

from functools import partial

from sqlalchemy import Connection, text

from app.upkeep.errors import Blocked
from app.upkeep.postgres_catalog import Shape, shape_of
from app.upkeep.postgres_locks import TooLong, patiently, transaction, wait_for_others

PREFIX = "upkeep_"
FEW = 1000
"""Noted rows that may be copied again under the lock."""
ROUNDS = 50


def exchange(connection: Connection, name: str) -> float:
    """Write the table anew; the seconds for which traffic was kept out at most. Raises `Blocked`."""
    tidy(connection)
    work = _Exchange(connection, name, shape_of(connection, name))
    try:
        locks = patiently(connection, name, work.begin)
        work.fill()
        # A snapshot from before the copy was filled would find it empty, such as that of a backup that begins now.
        wait_for_others(connection)
        locks = max(locks, patiently(connection, name, work.take_its_place))
    except (Blocked, TooLong) as error:
        tidy(connection)
        raise Blocked(f"{name} could not be exchanged: {error}") from None
    tidy(connection)
    return locks


def tidy(connection: Connection) -> None:
    """Remove what an interrupted exchange left, and validate foreign keys that a finished one added."""
    for _, statement in connection.execute(text(_LEFT_OVER)).all():
        if statement.startswith("DROP"):
            patiently(connection, "what an interrupted step left", partial(connection.exec_driver_sql, statement))
        else:
            connection.exec_driver_sql(statement)


class _Exchange:
    """One table, its copy, and the notes of what changed meanwhile."""

    def __init__(self, connection: Connection, name: str, shape: Shape) -> None:
        self._connection = connection
        self._name = name
        self._shape = shape
        self._copy = f"{PREFIX}copy_{name}"
        self._notes = f"{PREFIX}notes_{name}"
        self._key = ", ".join(shape.key)
        self._columns = ", ".join(shape.columns)

    def _run(self, *statements: str) -> None:
        for statement in statements:
            self._connection.exec_driver_sql(statement)

    def begin(self) -> None:
        """An empty copy, and a trigger that notes every row changed from now on."""
        noting = f"{PREFIX}note_{self._name}"
        old, new = (", ".join(f"{row}.{column}" for column in self._shape.key) for row in ("OLD", "NEW"))
        with transaction(self._connection):
            self._run(
                f"CREATE TABLE {self._copy} (LIKE {self._name} INCLUDING ALL EXCLUDING INDEXES)",
                f"CREATE TABLE {self._notes} AS SELECT {self._key} FROM {self._name} WITH NO DATA",
                f"CREATE FUNCTION {noting}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF TG_OP <> 'INSERT' THEN INSERT INTO {self._notes} VALUES ({old}); END IF; "
                f"IF TG_OP <> 'DELETE' THEN INSERT INTO {self._notes} VALUES ({new}); END IF; RETURN NULL; END $$",
                f"CREATE TRIGGER {noting} AFTER INSERT OR UPDATE OR DELETE ON {self._name} "
                f"FOR EACH ROW EXECUTE FUNCTION {noting}()",
            )

    def fill(self) -> None:
        """Copy the living rows, index them, and catch up with what changed until little is left."""
        self._run(f"INSERT INTO {self._copy} ({self._columns}) SELECT {self._columns} FROM {self._name}")
        for number, index in enumerate(self._shape.indexes):
            self._run(f"CREATE {index.kind} {PREFIX}{number}_{self._name} ON {self._copy}{index.rest}")
        self._run(f"ANALYZE {self._copy}")
        for _ in range(ROUNDS):
            with transaction(self._connection):
                caught_up = self._catch_up()
            if caught_up < FEW:
                return
        raise Blocked(f"{self._name} changes faster than it can be copied")

    def _catch_up(self) -> int:
        """Copy the noted rows again, inside the caller's transaction; how many they were."""
        batch, alike = f"{PREFIX}batch", " AND ".join(f"copied.{c} = batch.{c}" for c in self._shape.key)
        living = ", ".join(f"living.{column}" for column in self._shape.columns)
        self._run(
            f"CREATE TEMPORARY TABLE {batch} (LIKE {self._notes}) ON COMMIT DROP",
            f"WITH noted AS (DELETE FROM {self._notes} RETURNING *) INSERT INTO {batch} SELECT DISTINCT * FROM noted",
            f"DELETE FROM {self._copy} AS copied USING {batch} AS batch WHERE {alike}",
            f"INSERT INTO {self._copy} ({self._columns}) "
            f"SELECT {living} FROM {self._name} AS living JOIN {batch} USING ({self._key})",
        )
        return int(self._connection.exec_driver_sql(f"SELECT count(*) FROM {batch}").scalar_one())

    def take_its_place(self) -> None:
        """Under the lock: copy the last noted rows, drop the table, and give the copy its name and all it had."""
        shape, name = self._shape, self._name
        with transaction(self._connection):
            self._catch_up()
        with transaction(self._connection):
            self._run(f"LOCK TABLE {', '.join(sorted({name, *shape.neighbours}))} IN ACCESS EXCLUSIVE MODE")
            self._catch_up()
            self._run(*(f"ALTER TABLE {key.owner} DROP CONSTRAINT {key.name}" for key in shape.foreign_keys))
            self._run(f"DROP TABLE {name}", f"ALTER TABLE {self._copy} RENAME TO {name}")
            self._name_indexes()
            for key in shape.foreign_keys:
                later = "" if key.definition.endswith("NOT VALID") else " NOT VALID"
                self._run(f"ALTER TABLE {key.owner} ADD CONSTRAINT {key.name} {key.definition}{later}")
            self._run(*shape.triggers, *(grant % name for grant in shape.grants))
            self._dress()

    def _name_indexes(self) -> None:
        for number, index in enumerate(self._shape.indexes):
            passing = f"{PREFIX}{number}_{self._name}"
            self._run(f"ALTER INDEX {passing} RENAME TO {index.name}")
            if index.constraint is not None:
                self._run(
                    f"ALTER TABLE {self._name} ADD CONSTRAINT {index.name} {index.constraint} USING INDEX {index.name}"
                )

    def _dress(self) -> None:
        """Owner, storage options and comment."""
        shape, name = self._shape, self._name
        self._run(f"ALTER TABLE {name} OWNER TO {shape.owner}")
        if shape.options is not None:
            self._run(f"ALTER TABLE {name} SET ({shape.options})")
        if shape.comment is not None:
            quoted = shape.comment.replace("'", "''")
            self._run(f"COMMENT ON TABLE {name} IS '{quoted}'")


_LEFT_OVER = rf"""
SELECT 1 AS turn, format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) FROM pg_trigger
WHERE tgname LIKE '{PREFIX}note\_%'
UNION ALL
SELECT 2, format('DROP FUNCTION %s', oid::regprocedure) FROM pg_proc
WHERE proname LIKE '{PREFIX}note\_%' AND pronamespace = current_schema()::regnamespace
UNION ALL
SELECT 3, format('DROP TABLE %s', oid::regclass) FROM pg_class
WHERE (relname LIKE '{PREFIX}copy\_%' OR relname LIKE '{PREFIX}notes\_%')
AND relkind = 'r' AND relnamespace = current_schema()::regnamespace
UNION ALL
SELECT 4, format('ALTER TABLE %s VALIDATE CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
WHERE contype = 'f' AND NOT convalidated AND connamespace = current_schema()::regnamespace
ORDER BY turn"""
