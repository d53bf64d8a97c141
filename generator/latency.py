"""How long a message needs from one region to another and back, of AWS and GCP."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """The time there and back in whole milliseconds, measured or estimated from the distance."""

    milliseconds: int
    measured: bool


# Pings within a region took 0.1 to 0.3 ms.
_WITHIN = RoundTrip(milliseconds=0, measured=True)


def round_trip(one: str, other: str) -> RoundTrip | None:
    """Return the time between two regions; None when it is not known where one of them is."""
    if one == other:
        return _WITHIN
    return _known().get((min(one, other), max(one, other)))


def is_region(name: str) -> bool:
    """Say whether there is such a region, as far as is known."""
    return any(name in pair for pair in _known())


@cache
def _known() -> dict[tuple[str, str], RoundTrip]:
    """Return the time of each pair of regions in order of name; tools/latency.py wrote them."""
    tables = json.loads(files("generator").joinpath("data", "latency.json").read_text("utf-8"))
    return {
        (one, other): RoundTrip(milliseconds=milliseconds, measured=name == "measured")
        for name in ("estimated", "measured")
        for one, row in tables[name].items()
        for other, milliseconds in row.items()
    }
