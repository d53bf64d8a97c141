"""Write generator/data/latency.json: the round-trip time between any two regions.

Run it by hand after a file in tests/data/latency has changed:

    .venv/bin/python -m tools.latency

A pair that was measured has the median of what the tables say of it: the average of each source and
direction, one-way times doubled. Any other pair, each of AWS with GCP among them, has an estimate
from the great-circle distance between the cities: constant + factor * kilometres, fitted to the
measured pairs by Theil and Sen's method (the factor is the median of the slopes between all pairs
of points, the constant the median of what then remains). It is robust: least squares follows the
few cables that go round half of the world, and errs by a third more in the median. Light in fibre
needs 0.010 ms a kilometre there and back. The error is that on pairs which took no part in the fit,
each fifth in turn.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple, TypeAlias

import ryaml

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "tests/data/latency"
TARGET = ROOT / "generator/data/latency.json"
SOURCES = (
    "fantoch@aea6e324fdce7802976cbafa88a516ed40609ce9 (2019 and 2020)",
    "cloudping.co as in jvm-libp2p@267a4d46b6899512f4d3ad8377afe6f94cc21033 (2023 or before)",
    "mcp-server-cloud-regions@152e9e5548d63f9c7f2702933ec6190b3ba17bf9 (places)",
    "botocore 1.44.5 (places)",
)

_EARTH = 6371  # kilometres from its centre
_PARTS = 5

Pair: TypeAlias = tuple[str, str]
Place: TypeAlias = tuple[float, float]
Point: TypeAlias = tuple[float, float]  # kilometres and milliseconds


class Fit(NamedTuple):
    """The line through the measured pairs: milliseconds, and milliseconds a kilometre."""

    constant: float
    factor: float

    def at(self, kilometres: float) -> float:
        """Return the milliseconds for a distance."""
        return self.constant + self.factor * kilometres


def main() -> None:
    """Write the file."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    TARGET.write_text(render(), "utf-8")


def render() -> str:
    """Return the text of the file, one region a line."""
    places, measured = read_places(), read_measured()
    points = [(distance(places[a], places[b]), ms) for (a, b), ms in measured.items()]
    fit = fit_line(points)
    errors = sorted(held_out_errors(points))
    about = {
        "sources": SOURCES,
        "measured": f"{len(measured)} pairs: median of the averages of all sources and directions",
        "estimated": "constant_ms + factor_ms_per_km * great-circle distance, fitted by Theil-Sen",
        "constant_ms": round(fit.constant, 2),
        "factor_ms_per_km": round(fit.factor, 5),
        "error_ms_median": round(median(errors), 1),
        "error_ms_90th_percentile": round(quantiles(errors, n=10)[-1], 1),
    }
    estimates = {
        (a, b): fit.at(distance(places[a], places[b]))
        for a, b in combinations(sorted(places), 2)
        if (a, b) not in measured
    }
    members = {
        "about": json.dumps(about),
        "measured": _table(measured),
        "estimated": _table(estimates),
    }
    return "{\n" + ",\n".join(f'"{key}": {text}' for key, text in members.items()) + "\n}\n"


def _table(pairs: Mapping[Pair, float]) -> str:
    rows: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for (one, other), ms in sorted(pairs.items()):
        rows[one][other] = max(round(ms), 1)
    lines = (f'"{one}": {json.dumps(row, separators=(",", ":"))}' for one, row in rows.items())
    return "{\n" + ",\n".join(lines) + "\n}"


def read_places() -> dict[str, Place]:
    """Return latitude and longitude of each region."""
    known = ryaml.loads((DATA / "regions.yaml").read_text("utf-8"))["regions"]
    return {region["code"]: (region["latitude"], region["longitude"]) for region in known}


def read_measured(directory: Path = DATA) -> dict[Pair, float]:
    """Return the milliseconds of each measured pair, its regions in order of name."""
    found: defaultdict[Pair, list[float]] = defaultdict(list)
    for name in ("aws.csv", "gcp.csv"):
        with (directory / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                one, other = sorted((row["from"], row["to"]))
                if one != other:
                    times = 2 if row["kind"] == "one_way" else 1
                    found[one, other].append(times * float(row["avg_ms"]))
    return {pair: median(values) for pair, values in sorted(found.items())}


def distance(one: Place, other: Place) -> float:
    """Return the kilometres between two places along a great circle."""
    (north, east), (other_north, other_east) = (tuple(map(radians, p)) for p in (one, other))
    height = sin((other_north - north) / 2) ** 2
    width = cos(north) * cos(other_north) * sin((other_east - east) / 2) ** 2
    return 2 * _EARTH * asin(sqrt(height + width))


def fit_line(points: Sequence[Point]) -> Fit:
    """Return the line that Theil and Sen's method draws through points."""
    slopes = (
        (other_ms - ms) / (other_km - km)
        for (km, ms), (other_km, other_ms) in combinations(points, 2)
        if km != other_km
    )
    factor = median(slopes)
    return Fit(median(ms - factor * km for km, ms in points), factor)


def held_out_errors(points: Sequence[Point]) -> Iterator[float]:
    """Yield by how much each point differs from a line that was drawn without it."""
    for part in range(_PARTS):
        fit = fit_line([point for i, point in enumerate(points) if i % _PARTS != part])
        yield from (abs(fit.at(km) - ms) for km, ms in points[part::_PARTS])


if __name__ == "__main__":
    main()
