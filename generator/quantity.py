"""Amounts, sizes and durations as people write them; decimal from end to end."""

from __future__ import annotations

import re
from decimal import Decimal

_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "": 1}
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def decimal_text(value: str | int | Decimal) -> str:
    """Return an amount as a plain decimal string without exponent or needless zeros.

    A binary float never takes part, so 0.00000006 stays so and cannot become 6e-08.
    """
    text = format(Decimal(value), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def parse_memory(text: str | int) -> int:
    """Return a memory or storage quantity (`16Gi`, plain bytes) in bytes."""
    match = re.fullmatch(r"(\d+)(Ki|Mi|Gi|Ti)?", str(text))
    if match is None:
        message = f"not a quantity: {text}"
        raise ValueError(message)
    return int(match[1]) * _BINARY[match[2] or ""]


def parse_cpu(text: str | int | Decimal) -> Decimal:
    """Return a CPU quantity (`8`, `500m`) in cores."""
    value = str(text)
    if value.endswith("m"):
        return Decimal(value[:-1]) / 1000
    return Decimal(value)


def parse_duration(text: str) -> int:
    """Return a duration (`72h`, `30m`, `7d`, `60ms`: whole seconds only) in seconds."""
    match = re.fullmatch(r"(\d+)([smhd])", text)
    if match is None:
        message = f"not a duration: {text}"
        raise ValueError(message)
    return int(match[1]) * _SECONDS[match[2]]
