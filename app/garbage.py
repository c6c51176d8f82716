"""How often Python looks for cyclic garbage: seldom, since nearly all goes when its last reference does."""

import gc

THRESHOLDS = (50_000, 20, 20)
"""New objects before a search of the young, more than a thousand rows under way are; then of those before one of the
older, and of these before one of the oldest."""


def seldom() -> None:
    """Leave what has been loaded so far out of every search, and search less often from now on."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
