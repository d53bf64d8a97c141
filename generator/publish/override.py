"""The word of an operator in place of evidence, for a cluster that will never answer again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from generator.register import Evidence, Lineage, Waiting

SOURCE = "override"


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Evidence for one key, by whoever takes responsibility; nothing of any other."""

    key: str
    who: str
    why: str
    at: str

    def look(self, waiting: Sequence[Waiting], lineage: Lineage) -> Mapping[str, Evidence | str]:
        """Return the operator's word for their key, where it is draining.

        A daemon that was not told to stop would start again with its cluster.
        """
        found: dict[str, Evidence | str] = {}
        for wait in waiting:
            record = wait.record
            found[record.key] = "nobody looked"
            if record.key == self.key and record.drain:
                found[record.key] = Evidence(
                    key=record.key,
                    place=record.place,
                    drain=record.drain.id,
                    revision=lineage.head,
                    source=SOURCE,
                    who=self.who,
                    at=self.at,
                    why=self.why,
                )
        return found
