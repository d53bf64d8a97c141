"""A last look at the commit to be: no file may let a key run that the register does not.

It reads the files as a cluster will, and shares nothing with what wrote them but the reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.plan import Phase
from generator.publish.weave import DAEMONS, parse
from generator.register import Place, Record, State
from generator.sync import KEY_LABEL


class UnsafeProposal(AssertionError):  # noqa: N818 - it is this program that is wrong
    """Exception raised when a commit would let a key run where the register does not have it."""


def read_live(files: Mapping[str, str]) -> Iterator[tuple[str, Place]]:
    """Yield each label of a key and the place where it may run, in files of the published tree.

    Only block producers carry the label; one that wants no replica does not run.
    """
    for path, text in files.items():
        match path.split("/"):
            case ["clusters", cluster, "nets", _, overlay, file] if file == DAEMONS:
                if not overlay.startswith(f"{Phase.PRODUCERS}-"):
                    continue
                for document in parse(text, path):
                    yield from _live(document, cluster)


def _live(document: Mapping[str, Any], cluster: str) -> Iterator[tuple[str, Place]]:
    metadata, spec = document["metadata"], document.get("spec") or {}
    template = (spec.get("template") or {}).get("metadata") or {}
    label = (template.get("labels") or {}).get(KEY_LABEL)
    if label and spec.get("replicas", 1) != 0:
        yield label, Place(cluster, metadata["namespace"], metadata["name"], document["kind"])


def verify(files: Mapping[str, str], records: Mapping[str, Record]) -> None:
    """Hold the live keys of files against the register as it will be.

    `records` are by the label of their key.

    Raises:
        UnsafeProposal: when a key runs at another place than its record says, or at two.
    """
    seen: dict[str, Place] = {}
    for label, place in read_live(files):
        record = records.get(label)
        if record is None or record.state is not State.HELD or record.place != place:
            message = f"{place} would produce with {label}, which the register does not say"
            raise UnsafeProposal(message)
        if seen.setdefault(label, place) != place:
            message = f"{label} would run at {place} and at {seen[label]}"
            raise UnsafeProposal(message)
