"""What the modules of this package share: rows, and the units that facts are counted in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

from generator.testnet.model import amount

Row: TypeAlias = dict[str, Any]
Rows: TypeAlias = Iterable[Row]

BILLION = 10**9


def billionths(value: str) -> int:
    """Return an amount of the ledger, or a fee, in the unit that the daemon counts in."""
    return int(amount(value) * BILLION)


def thousandths(value: Decimal) -> int:
    """Return cores in thousandths."""
    return int(value * 1000)


def seconds(moment: datetime | None) -> int:
    """Return a moment in seconds since 1970, 0 for none."""
    return int(moment.timestamp()) if moment else 0


def parse_seconds(text: str) -> int:
    """Return a moment that is written as RFC 3339 in seconds since 1970, 0 for an empty text."""
    return seconds(datetime.fromisoformat(text)) if text else 0
