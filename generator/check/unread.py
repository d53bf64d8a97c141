"""Testnet files that cannot be read, and were as wrong before a change: the rest is judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from generator.check.plain import read_plain
from generator.check.secrecy import decode_text
from generator.finding import Finding, Location, Related
from generator.keys import KeyInventory
from generator.load import load_readable
from generator.plan import Plan
from generator.testnet.ranges import BadRange, expand_range

# Whatever may be the name of a key or a range of them, wherever it stands in a file.
_NAMES = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}(?:\.\.[A-Za-z0-9_-]{1,63})?")
# A file that names more is taken to name every key.
_MOST_NAMES = 200_000


@dataclass(frozen=True, slots=True)
class Unread:
    """What is wrong in testnet files that say nothing, and their contents by path.

    There are none of what is no plain file.
    """

    findings: tuple[Finding, ...] = ()
    texts: Mapping[str, bytes | None] = field(default_factory=dict)

    @property
    def paths(self) -> frozenset[str]:
        """The files, by path below the root."""
        return frozenset(finding.at.path for finding in self.findings)

    def shared(self, plans: Iterable[Plan], inventory: KeyInventory) -> Iterable[Finding]:
        """Find keys of daemons that the files name too: nobody can say whether they use them."""
        named = {path: _named(text or b"", inventory) for path, text in self.texts.items()}
        for plan in plans:
            for use in plan.testnet.key_uses:
                key = inventory.keys.get(use.name)
                identity = key.identity if key else use.name.encode()
                for path in (path for path, keys in named.items() if identity in keys):
                    yield _shared(use.name, use.at, path)


NOTHING = Unread()


def find_unread(root: Path) -> Unread:
    """Return the testnet files below `root` that are wrong in themselves.

    Raises:
        InvalidInput: when the fleet or a key pool is wrong: then nothing can be judged.
    """
    _, faults = load_readable(root)
    # A net may go by two names, with the same faults under both.
    findings = tuple(dict.fromkeys(fault for found in faults.values() for fault in found))
    paths = sorted({finding.at.path for finding in findings})
    return Unread(findings, {path: read_plain(root, path) for path in paths})


def _named(content: bytes, inventory: KeyInventory) -> set[bytes]:
    """Return the identities of all keys that a text may name."""
    names: set[str] = set()
    for name in sorted(set(_NAMES.findall(decode_text(content)))):
        if len(names) > _MOST_NAMES:
            return {key.identity for key in inventory.keys.values()}
        try:
            names.update(expand_range(name))
        except BadRange as error:
            names.update(error.names)
    return {
        inventory.keys[name].identity if name in inventory.keys else name.encode() for name in names
    }


def _shared(name: str, at: Location, path: str) -> Finding:
    return Finding(
        rule="keys/unread",
        message=f'key "{name}" is named in "{path}" too, which cannot be read',
        at=at,
        remediation="Mend that file first, or take another key.",
        subject=name,
        related=(Related(at=Location(path), message="nobody can say whether it uses the key"),),
    )
