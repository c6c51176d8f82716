"""Copies of a generated register, on which each side may erase."""

import asyncio
import shutil
from pathlib import Path

from benchmarks.databases import _execute, database
from benchmarks.scale_registers import Register


def copy(register: Register, place: Path, server: str, name: str) -> str:
    """The address of a fresh copy."""
    if register.dialect == "postgresql":
        origin = register.url.partition("?")[0].rpartition("/")[2]
        asyncio.run(_execute(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        asyncio.run(_execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{origin}"'))
        return database(server, name)
    target = place / f"{name}.db"
    remove(target)
    for file in Path(register.url.removeprefix("sqlite:///")).parent.glob(_file(register.url).name + "*"):
        shutil.copyfile(file, str(target) + file.name.removeprefix(_file(register.url).name))
    return f"sqlite:///{target}"


def drop(url: str, server: str) -> None:
    """Remove a copy."""
    if url.startswith("sqlite"):
        remove(_file(url))
    else:
        name = url.partition("?")[0].rpartition("/")[2]
        asyncio.run(_execute(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


def remove(file: Path) -> None:
    """A SQLite file with its log."""
    for one in file.parent.glob(f"{file.name}*"):
        one.unlink()


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))
