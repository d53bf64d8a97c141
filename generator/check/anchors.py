"""Which of some words a text holds: of lines that were met before, it is remembered.

What kustomize builds for a fleet has few lines that differ: of 400,000, 16,000.
"""

from __future__ import annotations

from collections.abc import Sequence

# Lines of a fleet of a hundred nets and more, and a few megabytes. Longer ones are seldom equal.
MOST_LINES, _LONGEST = 2**16, 512


class Anchors:
    """Finds which of some words, in lower case and without a line break, are in a text."""

    def __init__(self, words: Sequence[bytes]) -> None:
        self._words = tuple(dict.fromkeys(words))
        self._plain: set[bytes] = set()
        self._telling: dict[bytes, tuple[bytes, ...]] = {}

    @property
    def remembered(self) -> int:
        """The number of lines that are remembered."""
        return len(self._plain) + len(self._telling)

    def within(self, lower: bytes) -> list[bytes]:
        """Return the words that a text holds; no word goes over the end of a line."""
        lines = set(lower.split(b"\n"))
        lines -= self._plain
        known = lines & self._telling.keys()
        found = {word for line in known for word in self._telling[line]}
        lines -= known
        fresh = b"\n".join(lines)
        if new := [word for word in self._words if word in fresh]:
            found.update(new)
            self._learn(lines, new)
        else:
            self._keep(lines, {})
        return [word for word in self._words if word in found]

    def _learn(self, lines: set[bytes], words: Sequence[bytes]) -> None:
        telling = {
            line: held for line in lines if (held := tuple(word for word in words if word in line))
        }
        self._keep(lines - telling.keys(), telling)

    def _keep(self, plain: set[bytes], telling: dict[bytes, tuple[bytes, ...]]) -> None:
        """Remember lines, and forget all others when these are too many."""
        if self.remembered > MOST_LINES:
            self._plain.clear()
            self._telling.clear()
        self._plain.update(line for line in plain if len(line) <= _LONGEST)
        self._telling |= {line: held for line, held in telling.items() if len(line) <= _LONGEST}
