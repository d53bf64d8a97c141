"""Lists of key names with ranges: `[qa-001..qa-006, qa-101]`."""

from __future__ import annotations

import re

from generator.finding import Finding, Location
from generator.source import Sequence
from generator.testnet.model import KeyUse

LARGEST_RANGE = 10_000


class BadRange(ValueError):  # noqa: N818 - the caller turns it into a finding
    """Exception raised when a range of key names cannot be expanded; its text says why.

    `names` are those that were probably meant, so that the rest of the file can be judged.
    """

    def __init__(self, reason: str, names: tuple[str, ...]) -> None:
        self.names = names
        super().__init__(reason)


def expand_keys(entries: Sequence, findings: list[Finding], *, subject: str) -> tuple[KeyUse, ...]:
    """Expand key names and ranges in the order written; a bad range becomes a finding."""
    uses: list[KeyUse] = []
    for index, entry in enumerate(entries):
        at = entries.item_at(index)
        try:
            names = expand_range(str(entry))
        except BadRange as error:
            findings.append(_bad_range(str(error), at, subject))
            names = error.names
        uses.extend(KeyUse(name=name, at=at) for name in names)
    return tuple(uses)


def expand_range(text: str) -> tuple[str, ...]:
    """Return the names that `a-001..a-006` stands for; a plain name stands for itself.

    Both ends have the same prefix, and numbers of the same width keep their zeros.

    Raises:
        BadRange: where the ends do not fit together.
    """
    first, dots, last = text.partition("..")
    if not dots:
        return (first,)
    ends = (first, last)
    start, end = re.fullmatch(r"(.*?)(\d+)", first), re.fullmatch(r"(.*?)(\d+)", last)
    if start is None or end is None:
        raise BadRange(f'range "{text}" needs a number at the end of both names', ends)
    if start[1] != end[1]:
        reason = f'range "{text}" changes its prefix from "{start[1]}" to "{end[1]}"'
        raise BadRange(reason, ends)
    low, high = int(start[2]), int(end[2])
    if abs(high - low) >= LARGEST_RANGE:
        raise BadRange(f'range "{text}" holds more than {LARGEST_RANGE} keys', (first,))
    if high < low:
        names = _number(start[1], range(high, low + 1), len(end[2]))
        raise BadRange(f'range "{text}" runs backwards', names)
    if len(start[2]) > len(end[2]) or (start[2][0] == "0" and len(start[2]) != len(end[2])):
        raise BadRange(f'range "{text}" mixes numbers of different width', ends)
    return _number(start[1], range(low, high + 1), len(start[2]))


def _number(prefix: str, numbers: range, width: int) -> tuple[str, ...]:
    return tuple(f"{prefix}{number:0{width}d}" for number in numbers)


def _bad_range(message: str, at: Location, subject: str) -> Finding:
    return Finding(
        rule="testnet/key-range",
        message=message,
        at=at,
        remediation="Write a range as qa-001..qa-006: one prefix, lower number first.",
        subject=subject,
    )
