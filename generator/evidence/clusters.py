"""Evidence from the clusters themselves: `--evidence kubernetes`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from generator.evidence.judge import judge, question
from generator.evidence.source import Found
from generator.register import Evidence, Lineage, Waiting
from generator.sync import Observation, Question, observe_fleet


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSource:
    """Reads each cluster of a key that waits, all of them at once, each within `seconds`."""

    at: str
    who: str
    branch: str
    contexts: Mapping[str, str]
    seconds: float

    def look(self, waiting: Sequence[Waiting], lineage: Lineage) -> Found:
        """Return for each key what its cluster shows."""
        found: dict[str, Evidence | str] = {}
        asked: dict[str, list[Question]] = defaultdict(list)
        for wait in waiting:
            what = question(wait)
            if isinstance(what, str):
                found[wait.record.key] = what
            else:
                asked[wait.record.place.cluster].append(what)
        seen = observe_fleet(asked, contexts=self.contexts, seconds=self.seconds)
        for wait in waiting:
            record = wait.record
            if record.key not in found:
                answer = seen[record.place.cluster]
                found[record.key] = (
                    f"{record.place.cluster}: {answer}"
                    if isinstance(answer, str)
                    else self._judge(wait, answer, lineage)
                )
        return found

    def _judge(self, wait: Waiting, seen: Observation, lineage: Lineage) -> Evidence | str:
        return judge(
            wait,
            seen,
            lineage,
            branch=self.branch,
            source="kubernetes",
            who=self.who,
            at=self.at,
        )
