"""The commits of the published tree in their order: what makes a revision later than another."""

from __future__ import annotations

from collections.abc import Sequence


class Lineage:
    """All commits of a linear history by their full id, oldest first.

    A commit that is not in it (of another history, abbreviated, lost with a forced push) has no
    order, and proves nothing.
    """

    def __init__(self, commits: Sequence[str]) -> None:
        self._commits = tuple(commits)
        self._order = {commit: number for number, commit in enumerate(commits)}
        self.head = commits[-1] if commits else ""

    def __len__(self) -> int:
        return len(self._order)

    def __contains__(self, commit: str) -> bool:
        return commit in self._order

    def follows(self, revision: str, after: str) -> bool:
        """Say whether a revision is later than the commit `after`; "" is before the first."""
        number = self._order.get(revision)
        if number is None or (after and after not in self._order):
            return False
        return not after or number > self._order[after]

    def after(self, commit: str) -> int:
        """Return how many commits are later than one that is here."""
        return len(self._commits) - 1 - self._order[commit]

    def child(self, commit: str) -> str:
        """Return the commit that was made on top of one, "" where there is none.

        The first of all was made on top of "".
        """
        number = self._order.get(commit, -1 if not commit else len(self._commits)) + 1
        return self._commits[number] if number < len(self._commits) else ""

    def parent(self, commit: str) -> str:
        """Return the commit before one, "" before the first and for one that is not here."""
        number = self._order.get(commit, 0)
        return self._commits[number - 1] if number else ""
