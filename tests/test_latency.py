"""Round-trip times between regions: what was measured, and how far estimates are off."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from statistics import median, quantiles

import pytest

from generator.latency import RoundTrip, round_trip
from tools.latency import (
    TARGET,
    Fit,
    distance,
    fit_line,
    held_out_errors,
    read_measured,
    read_places,
    render,
)


def points() -> list[tuple[float, float]]:
    """Return kilometres and milliseconds of each measured pair."""
    places = read_places()
    return [(distance(places[a], places[b]), ms) for (a, b), ms in read_measured().items()]


def test_file_is_what_the_script_writes() -> None:
    assert TARGET.read_text("utf-8") == render()


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ("us-east-1", "us-west-2", 60, 85),
        ("us-east-1", "eu-west-1", 65, 85),
        ("eu-central-1", "eu-west-3", 7, 14),
        ("us-west-2", "ap-southeast-1", 155, 185),
        ("us-east1", "europe-west2", 80, 95),
        ("asia-northeast1", "us-west1", 85, 105),
    ],
)
def test_known_pair_was_measured(one: str, other: str, low: int, high: int) -> None:
    found = round_trip(one, other)
    assert found is not None
    assert found.measured
    assert low <= found.milliseconds <= high


def test_measured_value_is_the_median_of_sources_and_directions() -> None:
    values = (142.524, 142.523, 146, 148)  # fantoch both ways, cloudping.co both ways
    found = round_trip("af-south-1", "eu-west-2")
    assert found == RoundTrip(milliseconds=round(median(values)), measured=True)


def test_one_way_value_counts_twice(tmp_path: Path) -> None:
    head = "source,from,to,avg_ms,kind\n"
    (tmp_path / "aws.csv").write_text(f"{head}x,b,a,10,one_way\ny,a,b,23,rtt\nx,a,a,1,rtt\n")
    (tmp_path / "gcp.csv").write_text(f"{head}x,d,c,7.5,rtt_ping\n")
    assert read_measured(tmp_path) == {("a", "b"): 21.5, ("c", "d"): 7.5}


def test_pair_of_two_providers_is_estimated() -> None:
    places = read_places()
    found = round_trip("us-west-2", "europe-west1")
    assert found is not None
    assert not found.measured
    kilometres = distance(places["us-west-2"], places["europe-west1"])
    assert found.milliseconds == round(fit_line(points()).at(kilometres))


def test_every_pair_is_known_both_ways_and_takes_time() -> None:
    regions = read_places()
    assert len(regions) > 80
    measured = read_measured()
    for one, other in combinations(sorted(regions), 2):
        found = round_trip(one, other)
        assert found is not None
        assert found == round_trip(other, one)
        assert found.milliseconds >= 1
        assert found.measured == ((one, other) in measured)


def test_region_is_at_no_distance_from_itself() -> None:
    assert round_trip("us-west-2", "us-west-2") == RoundTrip(milliseconds=0, measured=True)


@pytest.mark.parametrize(("one", "other"), [("us-iso-east-1", "us-east-1"), ("us-east1", "mars")])
def test_place_that_nobody_knows_has_no_time(one: str, other: str) -> None:
    assert round_trip(one, other) is None
    assert round_trip(other, one) is None


def test_estimate_is_near_for_pairs_that_took_no_part_in_it() -> None:
    found = points()
    errors = list(held_out_errors(found))
    assert len(errors) == len(found) > 300
    assert median(errors) < 25
    assert quantiles(errors, n=10)[-1] < 100
    about = json.loads(TARGET.read_text("utf-8"))["about"]
    assert about["error_ms_median"] == round(median(errors), 1)
    # The constant alone, the best guess without a distance, is much worse.
    middle = median(ms for _, ms in found)
    assert median(errors) < median(abs(ms - middle) for _, ms in found) / 2


def test_fit_finds_a_line_among_outliers() -> None:
    line = [(float(km), 5 + km / 100) for km in range(100, 10_000, 100)]
    fit = fit_line([*line, (300.0, 900.0), (9000.0, 1.0)])
    assert fit == pytest.approx(Fit(5, 0.01), rel=1e-3)
    assert fit.factor > 0.0099


def test_distance_is_that_of_a_globe() -> None:
    london, new_york = (51.5074, -0.1278), (40.7128, -74.006)
    assert distance(london, new_york) == pytest.approx(5570, rel=0.005)
    assert distance(london, london) == 0
    assert distance((0, 0), (0, 180)) == pytest.approx(20_015, rel=0.001)
