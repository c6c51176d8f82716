"""How often Python looks for cyclic garbage: seldom, since nearly all goes when its last reference does."""

import gc

THRESHOLDS = (20_000, 20, 20)
"""New objects before a search of the young, and how many of those before one of the older and of the oldest."""


def seldom() -> None:
    """Leave what has been loaded so far out of every search, and search less often from now on."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
