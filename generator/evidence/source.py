"""What every source of evidence is, and the one that never has any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from generator.register import Evidence, Lineage, Waiting

Found = Mapping[str, Evidence | str]


class Source(Protocol):
    """Something that can see whether a daemon has stopped."""

    def look(self, waiting: Sequence[Waiting], lineage: Lineage) -> Found:
        """Return, for each key that waits, the evidence or why there is none.

        `lineage` is the history of the published tree up to the head that the next commit goes
        on top of. A cluster or a service that does not answer is a reason, never an error.
        """
        ...


class NoSource:
    """The source of `--evidence none`: every hand-over waits."""

    def look(self, waiting: Sequence[Waiting], lineage: Lineage) -> Found:  # noqa: ARG002
        """Return for each key that nobody looked."""
        reason = "nobody looked: --evidence is none"
        return {wait.record.key: reason for wait in waiting}
