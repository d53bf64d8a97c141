"""The facts: by their schema, with places that are known, and the same in every run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings

from generator.check import judge as module
from generator.check.facts.flux import duration_seconds, resource_of
from generator.check.facts.gather import Subject, gather
from generator.check.facts.image import parse_image
from generator.check.judge import check
from generator.check.places import Places
from generator.finding import Location
from tests.check.judging import Joining, content, make_setting
from tests.generated import Net, nets, text_of
from tests.policies.checking import write_repository
from tests.repository import FULL, PUBLIC, Repository
from tests.synthetic import REPOSITORY

SCHEMA = json.loads((REPOSITORY / "policies/schemas/facts.json").read_text("utf-8"))
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)


@dataclass(frozen=True)
class Gathered:
    """The facts of a check, and the places that they number."""

    facts: dict[str, Any]
    places: Places

    def assert_good(self) -> None:
        errors = [f"{e.instance_path}: {e.message}" for e in VALIDATOR.iter_errors(self.facts)]
        assert not errors[:5]
        for table, rows in self.facts.items():
            for row in rows if isinstance(rows, list) else ():
                for column, value in row.items():
                    if column == "at" or column.endswith("_at"):
                        assert self.places[value].path, (table, column)


def gathered(root: Path, **changes: Any) -> Gathered:
    """Return the facts of a repository."""
    found: list[Gathered] = []

    def spy(subject: Subject, places: Places) -> dict[str, object]:
        facts = gather(subject, places)
        found.append(Gathered(facts, places))
        return facts

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "gather", spy)
        check(root, make_setting(root, content(), **changes))
    return found[0]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Gathered:
    return gathered(write_repository(tmp_path_factory.mktemp("example") / "root"))


def test_of_the_example(example: Gathered) -> None:
    example.assert_good()
    empty = {table for table, rows in example.facts.items() if rows == []}
    # Nothing of these is in a net that is as it should be.
    mistakes = {"leaks", "differences", "annotations", "immutable", "owners"}
    mistakes |= {"mounts", "producing", "services", "demands"}
    assert empty <= mistakes | {"volumes", "autoscalers"}


def test_the_same_in_two_runs_but_for_the_run(example: Gathered, tmp_path: Path) -> None:
    again = gathered(write_repository(tmp_path / "root"))
    assert again.facts["run"] != example.facts["run"]
    assert again.facts | {"run": ""} == example.facts | {"run": ""}
    cached = gathered(tmp_path / "root", kustomize=Joining())
    assert cached.facts["counts"] != {"objects": 0}


def test_the_same_out_of_the_cache(tmp_path: Path) -> None:
    root = write_repository(tmp_path / "root")
    first, second = (gathered(root).facts | {"run": ""} for _ in range(2))
    assert first == second


def test_of_the_environments_of_this_repository(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name in ("environments", "overlays"):
        shutil.copytree(REPOSITORY / name, root / name)
    facts = gathered(root, kustomize=Joining())
    facts.assert_good()
    assert len(facts.facts["nets"]) == len([*(root / "environments/testnets").glob("*.yaml")])


def test_of_nets_that_have_everything(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    repository = Repository(tmp_path / "root")
    repository.write_net("full", FULL)
    repository.write_net("open", PUBLIC)
    gathered(repository.root, kustomize=Joining()).assert_good()


@pytest.fixture(scope="module")
def fleet() -> Iterator[Repository]:
    with TemporaryDirectory() as directory:
        (Path(directory) / "root").mkdir()
        yield Repository(Path(directory) / "root")


@settings(max_examples=20)
@given(drawn=nets())
def test_of_any_nets(fleet: Repository, drawn: list[Net]) -> None:
    for old in (fleet.root / "environments/testnets").iterdir():
        old.unlink()
    for net in drawn:
        fleet.write_net(net["name"], text_of(net))
    gathered(fleet.root, kustomize=Joining()).assert_good()


class TestPlaces:
    def test_each_has_one_number(self) -> None:
        places = Places()
        one, other = Location("a", 1, 2), Location("a", 2, 1)
        assert [places.number(at) for at in (one, other, one)] == [0, 1, 0]
        assert (places[0], places[1]) == (one, other)

    @pytest.mark.parametrize("number", [-1, 1])
    def test_others_are_none(self, number: int) -> None:
        places = Places()
        places.number(Location("a"))
        with pytest.raises(IndexError):
            places[number]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10m", 600), ("1h30m", 5400), ("1.5h", 5400), ("500ms", 0), ("0s", 0)]
    + [(odd, -1) for odd in ("", "10", "m", "-1s", "1h ", "³s", "9" * 400 + "h", "1d")],
)
def test_durations(text: str, seconds: int) -> None:
    assert duration_seconds(text) == seconds


@pytest.mark.parametrize(
    ("kind", "resource"),
    [("Pod", "pods"), ("Ingress", "ingresses"), ("NetworkPolicy", "networkpolicies")],
)
def test_resources_of_kinds(kind: str, resource: str) -> None:
    assert resource_of(kind) == resource


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("gcr.io/a/b:3.0.3-bullseye-devnet", ("gcr.io/a", "3.0.3-bullseye-devnet", "", "3.0.3")),
        ("b", ("", "", "", "")),
        ("localhost:5000/b", ("localhost:5000", "", "", "")),
        ("a/b:1.0-rc1@sha256:00", ("a", "1.0-rc1", "sha256:00", "1.0-rc1")),
        ("a/b@sha256:00", ("a", "", "sha256:00", "")),
    ],
)
def test_images(image: str, parts: tuple[str, str, str, str]) -> None:
    found = parse_image(image)
    assert (found.registry, found.tag, found.digest, found.release) == parts
