"""The operations of GDPRbench's four roles, from its published description: one list from one seed, for every side.

Clean-room: the mixes, cardinalities and the record come from the facts in the literature; no code of GDPRbench is used.
Two variants differ for customer and processor: `repo` is what the published workload files say, `paper` what Table 2
of the article says. Every value of a record is `n mod cardinality`, as there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Literal

PURPOSES = 25
USERS = 10_000
Variant = Literal["repo", "paper"]
Mix = Mapping[str, int]

MIXES: Mapping[tuple[Variant, str], Mix] = {
    ("repo", "controller"): {"create": 25, "update-meta-by-purpose": 25, "update-meta-by-user": 25, "delete-key": 25},
    ("repo", "customer"): {
        "read-key": 20, "read-by-purpose": 10, "read-by-user": 10, "update-key": 20,
        "update-meta-by-purpose": 10, "update-meta-by-user": 10, "delete-key": 20,
    },
    ("repo", "processor"): {"read-key": 20, "read-by-purpose": 40, "read-by-user": 40},
    ("repo", "regulator"): {"read-meta-by-user": 46, "get-system-logs": 31, "verify-deletion": 23},
    ("paper", "controller"): {"create": 25, "delete-key": 25, "update-meta-by-purpose": 25, "update-meta-by-user": 25},
    ("paper", "customer"): {
        "read-by-user": 20, "read-meta-by-key": 20, "update-key": 20, "update-meta-key": 20, "delete-key": 20,
    },
    ("paper", "processor"): {"read-key": 80, "read-by-purpose": 20},
    ("paper", "regulator"): {"read-meta-by-user": 46, "get-system-logs": 31, "verify-deletion": 23},
}  # fmt: skip
"""Parts in a hundred. No file for a regulator was ever published, so both variants take the article's."""
SKEWED = frozenset({"customer", "regulator"})
"""Roles that ask for few records often (Zipf); the others ask for all alike."""
BY_PURPOSE = frozenset({"read-by-purpose", "update-meta-by-purpose"})
"""Operations that touch a twenty-fifth of all records, however many: judged per row, apart from the others."""


@dataclass(frozen=True, slots=True)
class Op:
    """One operation: what is done, to which record (or with which new one), for which purpose."""

    kind: str
    key: int
    purpose: int


def ops(variant: Variant, role: str, records: int, count: int, seed: int) -> list[Op]:
    """The operations in order; a record that was deleted is not named again but to verify that it is gone."""
    random = Random(seed)
    mix = MIXES[variant, role]
    weights = list(accumulate(1 / (n + 1) ** 0.99 for n in range(records))) if role in SKEWED else None
    living, gone, following = set(range(records)), [], records
    made = []
    for kind in random.choices(list(mix), weights=list(mix.values()), k=count):
        key = _key(random, living, records, weights)
        if kind == "create":
            key, following = following, following + 1
            living.add(key)
        elif kind == "delete-key":
            living.discard(key)
            gone.append(key)
        made.append(Op(kind, key, random.randrange(PURPOSES)))
    return made


def _key(random: Random, living: set[int], records: int, weights: list[float] | None) -> int:
    """A record that is there; the popular ones are spread over all keys."""
    while True:
        rank = random.randrange(records) if weights is None else random.choices(range(records), cum_weights=weights)[0]
        key = rank * 7919 % records
        if key in living:
            return key
        if weights is not None and random.random() < 0.5:
            weights = None  # the popular ones have been deleted


def user_of(key: int) -> int:
    """Whose record it is."""
    return key % USERS


def purpose_of(key: int) -> int:
    """The purpose it was collected for."""
    return key % PURPOSES
