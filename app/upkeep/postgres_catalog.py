"""What a table consists of besides its rows, as PostgreSQL's catalogs tell it and as statements that make it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from app.upkeep.errors import Blocked


@dataclass(frozen=True, slots=True)
class Index:
    """An index: its name, the constraint that it carries, and how to make it on another table."""

    name: str
    kind: str
    constraint: str | None
    rest: str


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key out of a table or into it."""

    name: str
    owner: str
    definition: str


@dataclass(frozen=True, slots=True)
class Shape:
    """What a copy of a table must have to take its place."""

    columns: tuple[str, ...]
    key: tuple[str, ...]
    indexes: tuple[Index, ...]
    foreign_keys: tuple[ForeignKey, ...]
    triggers: tuple[str, ...]
    owner: str
    options: str | None
    comment: str | None
    grants: tuple[str, ...]
    neighbours: tuple[str, ...]


def shape_of(connection: Connection, name: str) -> Shape:
    """Read it; raises `Blocked` when the table has something that a copy would lose."""

    def ask(sql: str) -> Sequence[Any]:
        return connection.execute(text(sql), {"name": name}).all()

    for (found,) in ask(_UNKNOWN):
        raise Blocked(f"{name} has {found}, which a copy would lose: run VACUUM FULL {name} by hand")
    keys = tuple(ForeignKey(*row) for row in ask(_FOREIGN_KEYS))
    ((owner, options, comment),) = ask(_TABLE)
    return Shape(
        columns=tuple(column for (column,) in ask(_COLUMNS)),
        key=tuple(column for (column,) in ask(_KEY)),
        indexes=tuple(Index(*row) for row in ask(_INDEXES)),
        foreign_keys=keys,
        triggers=tuple(definition for (definition,) in ask(_TRIGGERS)),
        owner=owner,
        options=options,
        comment=comment,
        grants=tuple(grant for (grant,) in ask(_GRANTS)),
        neighbours=tuple(other for (other,) in ask(_NEIGHBOURS)),
    )


_TABLE = """
SELECT quote_ident(pg_get_userbyid(relowner)), array_to_string(reloptions, ', '), obj_description(oid, 'pg_class')
FROM pg_class WHERE oid = to_regclass(:name)"""
_COLUMNS = """
SELECT quote_ident(attname) FROM pg_attribute
WHERE attrelid = to_regclass(:name) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"""
_KEY = """
SELECT quote_ident(a.attname)
FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
WHERE i.indrelid = to_regclass(:name) AND i.indisprimary ORDER BY a.attnum"""
_INDEXES = """
SELECT quote_ident(c.relname), CASE WHEN i.indisunique THEN 'UNIQUE INDEX' ELSE 'INDEX' END,
       CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' END,
       substring(pg_get_indexdef(i.indexrelid) FROM position(' USING ' IN pg_get_indexdef(i.indexrelid)))
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u')
WHERE i.indrelid = to_regclass(:name) AND i.indisvalid ORDER BY c.relname"""
_FOREIGN_KEYS = """
SELECT quote_ident(conname), conrelid::regclass::text, pg_get_constraintdef(oid)
FROM pg_constraint
WHERE contype = 'f' AND to_regclass(:name) IN (conrelid, confrelid) ORDER BY conrelid::regclass::text, conname"""
_NEIGHBOURS = """
SELECT DISTINCT other::regclass::text AS found FROM pg_constraint, unnest(ARRAY[conrelid, confrelid]) AS other
WHERE contype = 'f' AND to_regclass(:name) IN (conrelid, confrelid) ORDER BY found"""
_TRIGGERS = """
SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = to_regclass(:name) AND NOT tgisinternal ORDER BY tgname"""
_GRANTS = """
SELECT format('GRANT %s ON %%s TO %s%s', privilege_type,
              CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
              CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
FROM pg_class, aclexplode(relacl) WHERE oid = to_regclass(:name) AND grantee <> relowner"""
_UNKNOWN = """
SELECT 'a view or rule' FROM pg_depend d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
WHERE d.refobjid = to_regclass(:name)
UNION SELECT 'row security' FROM pg_class WHERE oid = to_regclass(:name) AND relrowsecurity
UNION SELECT 'a place in a publication' FROM pg_publication_rel WHERE prrelid = to_regclass(:name)
UNION SELECT 'privileges on columns' FROM pg_attribute WHERE attrelid = to_regclass(:name) AND attacl IS NOT NULL
UNION SELECT 'heirs' FROM pg_inherits WHERE to_regclass(:name) IN (inhrelid, inhparent)
UNION SELECT 'a trigger that is switched off' FROM pg_trigger
      WHERE tgrelid = to_regclass(:name) AND NOT tgisinternal AND tgenabled <> 'O'
UNION SELECT 'a replica identity of its own' FROM pg_class WHERE oid = to_regclass(:name) AND relreplident <> 'd'
UNION SELECT 'an exclusion' FROM pg_constraint WHERE conrelid = to_regclass(:name) AND contype = 'x'"""
