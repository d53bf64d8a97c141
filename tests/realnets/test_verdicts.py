"""What `testnet check` finds in nets that really ran: the page, and nets of each era."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.policies.checking import Checker, make_checker
from tests.realnets.data import entries
from tests.realnets.repository import ROOT
from tests.realnets.test_realnets import REFUSED
from tests.realnets.verdicts import (
    AS_IT_WAS,
    BESIDE,
    HIGH,
    TWICE,
    TWO_FILES,
    read_record,
    table,
    together,
    verdicts,
)

# Of each platform, era and flavour, with one region and with five, and those that are refused.
SAMPLE = (
    "20190627",
    "grab-bag",
    "van-helsing",
    "jiawei@2020-04-28",
    "hangry-lobster",
    "pears@2020-10-14",
    "zagreb",
    "nightly@2021-02-01",
    "archive-test",
    "gossipqa",
    "gossipqajiawei",
    "berkeley-qa",
)


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    """One OPA and one cache for all nets."""
    with make_checker() as made:
        yield made


def test_page_shows_what_was_found() -> None:
    assert table(read_record()) in (ROOT / "docs/realnets.md").read_text("utf-8")


def test_every_net_was_checked() -> None:
    judged = {(found.net, found.judged) for found in read_record()}
    # No image of these nets has a digest, so that there is something to find in each of them.
    assert {net for net, how in judged if how == AS_IT_WAS} == entries().keys()
    assert {net for net, how in judged if how == TWO_FILES} == REFUSED.keys()


@pytest.mark.parametrize("entry_id", SAMPLE)
def test_net_has_the_findings_of_the_record(checker: Checker, entry_id: str) -> None:
    record = [f for f in read_record() if f.net == entry_id and f.judged != BESIDE]
    assert verdicts(checker, entries()[entry_id]) == record


@pytest.mark.parametrize("entry_id", REFUSED)
def test_key_in_several_pods_is_found_in_one_file_and_in_two(entry_id: str) -> None:
    found = {(f.judged, f.rule): f for f in read_record() if f.net == entry_id}
    assert found[AS_IT_WAS, TWICE].severity == "error"
    assert found[TWO_FILES, "keys/unique"].severity == "error"
    assert found[TWO_FILES, "keys/unique"].times == len(REFUSED[entry_id])


def test_identity_of_two_nets_is_found_beside_the_other(checker: Checker) -> None:
    ids = ("pears@2020-10-14", "zagreb")
    (found,) = together(checker, [entries()[entry_id] for entry_id in ids])
    assert (found.net, found.rule, found.severity) == ("zagreb", "keys/unique", "error")
    assert any(f.judged == BESIDE and f.net == "zagreb" for f in read_record())


def test_one_region_is_not_highly_available() -> None:
    record = read_record()
    spread = {f.net for f in record if f.judged == HIGH and f.rule == "regions/spread"}
    assert spread >= {i for i, entry in entries().items() if entry["platform"] == "gke"}
