"""What a plain (unquoted) scalar means: the part of YAML that all readers agree on."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

MAX_DIGITS = 30

# No alternative may backtrack: a hostile scalar is as long as the file.
_SPECIAL = re.compile(
    r"(?P<null>|~|null|Null|NULL)"
    r"|(?P<true>true|True|TRUE)"
    r"|(?P<false>false|False|FALSE)"
    r"|(?P<whole>[-+]?(?:0|[1-9][0-9]*))"
    r"|(?P<fraction>[-+]?(?:(?:0|[1-9][0-9]*)\.[0-9]*|\.[0-9]+))"
    r"|(?P<doubtful>=|<<"
    r"|(?ai:y|n|yes|no|on|off|[-+]?\.?(?:inf|nan)"  # words of YAML 1.1
    r"|[-+]?0_*[xob][-+]?[0-9a-f_]+"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"  # to the base of 60
    r"|(?:[-+]_*)?[0-9][0-9_]*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?"  # 010, 1_000, 1e3
    r"|[-+]?\.[0-9][0-9_]*(?:e[-+]?[0-9]+)?))"
)


class Doubt(Enum):
    """Why a plain scalar has no meaning that can be relied on."""

    AMBIGUOUS = "readers differ on it"
    TOO_LONG = "a number with more digits than programs keep"


_LIKELY = {
    **dict.fromkeys(("y", "yes", "on"), "true"),
    **dict.fromkeys(("n", "no", "off"), "false"),
}
_BASES = {"0x": 16, "0o": 8, "0b": 2}


Plain: TypeAlias = str | int | bool | Decimal | None


def resolve_plain(text: str) -> Plain | Doubt:
    """Return the value of a plain scalar by the core schema of YAML 1.2, without its traps.

    Fractions become Decimal, so that 0.00000006 stays what it is; dates stay text.
    """
    match = _SPECIAL.fullmatch(text)
    if match is None:
        return text
    kind = match.lastgroup
    if kind == "null":
        return None
    if kind in {"true", "false"}:
        return kind == "true"
    if kind == "doubtful":
        return Doubt.AMBIGUOUS
    if len(text) - ("." in text) - (text[0] in "-+") > MAX_DIGITS:
        return Doubt.TOO_LONG
    return int(text) if kind == "whole" else Decimal(text)


def likely_meant(text: str) -> str:
    """Return how a number or truth value that readers differ on is written for all of them.

    Nothing for all other text, such as a time of day, and for numbers that nobody means.
    """
    if resolve_plain(text) is not Doubt.AMBIGUOUS:
        return ""
    if word := _LIKELY.get(text.lower()):
        return word
    sign = "-" if text.startswith("-") else ""
    digits = text.lower().lstrip("+-").replace("_", "")
    if len(digits) > MAX_DIGITS:
        return ""
    try:
        if base := _BASES.get(digits[:2]):
            return f"{sign}{int(digits, base)}"
        number = Decimal(digits)
    except (ArithmeticError, ValueError):
        return ""
    likely = number.is_finite() and abs(number.adjusted()) < MAX_DIGITS
    return f"{sign}{number:f}" if likely else ""
