"""What was probably meant by a name that there is not, for the end of a message or of an advice."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

# What two words have in common, from 0 to 1, that are taken for each other.
_LIKENESS = 0.6


def guess_sentence(name: str, known: Iterable[str]) -> str:
    """Return ` Did you mean "x"?` to follow a sentence, or nothing."""
    close = get_close_matches(name, list(known), n=1, cutoff=_LIKENESS)
    return f' Did you mean "{close[0]}"?' if close else ""


def guess_clause(name: str, known: Iterable[str], *, likeness: float = _LIKENESS) -> str:
    """Return `; did you mean "x"?` to end a message, or nothing."""
    close = get_close_matches(name, list(known), n=1, cutoff=likeness)
    return f'; did you mean "{close[0]}"?' if close else ""
