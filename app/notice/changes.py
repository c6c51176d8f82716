"""What one version of the notice says that another does not, paragraph by paragraph."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from app.notice.document import paragraphs


@dataclass(frozen=True, slots=True)
class Change:
    """What changed at one place of a section."""

    section: str
    removed: tuple[str, ...]
    added: tuple[str, ...]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Every change between two stored notices in one language, section by section in the order of the later one."""
    old, new = _by_section(before), _by_section(after)
    codes = [*new, *(code for code in old if code not in new)]
    return [change for code in codes for change in _in_section(code, old[code], new[code])]


def _by_section(stored: Mapping[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for code, text in paragraphs(stored):
        found[code].append(text)
    return found


def _in_section(code: str, old: list[str], new: list[str]) -> list[Change]:
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [Change(code, tuple(old[a:b]), tuple(new[c:d])) for step, a, b, c, d in steps if step != "equal"]
