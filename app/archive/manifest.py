"""The manifest of a backup, and whether it is whole and of this installation."""

import hmac
import json
from dataclasses import asdict, dataclass
from typing import Any

from app.keys import Keys

NAME = "manifest.json"
FORMAT = 1


class BackupUnfit(Exception):
    """The file is no backup, is not whole, has been changed, or was made with another secret file."""


@dataclass(frozen=True, slots=True)
class TableIn:
    """One table of a backup."""

    name: str
    columns: list[str]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds."""

    made_at: str
    revision: str
    tables: list[TableIn]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables)


def sealed(manifest: Manifest, keys: Keys) -> str:
    """The manifest as it is written."""
    content = {"format": FORMAT, **asdict(manifest)}
    return json.dumps({**content, "mac": _mac(content, keys)}, indent=1)


def opened(text: str | bytes, keys: Keys) -> Manifest:
    """The manifest that was written; raises `BackupUnfit`."""
    try:
        content: dict[str, Any] = json.loads(text)
        mac = content.pop("mac")
        known = content["format"] == FORMAT
        manifest = Manifest(content["made_at"], content["revision"], [TableIn(**table) for table in content["tables"]])
    except (ValueError, KeyError, TypeError):
        raise BackupUnfit("its manifest cannot be read") from None
    if not known:
        raise BackupUnfit("it is of a format that this release does not know")
    if not hmac.compare_digest(str(mac), _mac(content, keys)):
        raise BackupUnfit("it has been changed, or it was made with another secret file (SELOSTE_SECRET_FILE)")
    return manifest


def _mac(content: dict[str, Any], keys: Keys) -> str:
    return keys.hash("backup", json.dumps(content, sort_keys=True))
