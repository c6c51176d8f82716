"""Tells the story: numbered steps, short sentences, tables, and claims that are checked before they are printed."""

from collections.abc import Callable, Sequence


class Untrue(Exception):
    """A claim of the story did not hold; the story ends there."""


class Teller:
    """Prints through `out`; `claims` counts what was checked."""

    def __init__(self, out: Callable[[str], None]) -> None:
        self._out = out
        self._step = 0
        self.claims = 0

    def step(self, title: str) -> None:
        """Begin the next step."""
        self._step += 1
        self._out("")
        self._out(f"{self._step}. {title}")

    def say(self, sentence: str) -> None:
        """Say something that needs no proof."""
        self._out(f"   {sentence}")

    def claim(self, sentence: str, holds: object, found: object = None) -> None:
        """Print the sentence if it holds; raise `Untrue` otherwise. `found` is never personal."""
        if not holds:
            raise Untrue(f"not true: {sentence}" + ("" if found is None else f" (found {found})"))
        self.claims += 1
        self._out(f"   ✓ {sentence}")

    def table(self, heading: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print a table as wide as its cells."""
        lines = [[str(cell) for cell in row] for row in (heading, *rows)]
        widths = [max(len(line[n]) for line in lines) for n in range(len(heading))]
        for n, line in enumerate(lines):
            self._out("     " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
            if n == 0:
                self._out("     " + "  ".join("─" * width for width in widths))
