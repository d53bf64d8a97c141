"""Choices follow from the seed and the scenario; what main wants can be read."""

from __future__ import annotations

import pytest

from tests.clusters import chance as chances
from tests.clusters.nets import KEY, REGIONS, Home, homes, label, net
from tests.repository import read_net


def test_a_seed_makes_the_same_choices_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chances, "SEED", "1")
    first, again, other = (chances.chance(name).random() for name in ("a", "a", "b"))
    monkeypatch.setattr(chances, "SEED", "2")
    assert first == again
    assert len({first, other, chances.chance("a").random()}) == 3


def test_every_key_is_wanted_at_its_home() -> None:
    wanted = homes() | {"qa-001": Home(group="mover", region="europe-west1")}
    groups = {group.name: group for group in read_net(net("handover", wanted)).block_producers}
    assert {name: [key.name for key in group.keys] for name, group in groups.items()} == {
        "bass": ["qa-027"],
        "fish": ["qa-028"],
        "mover": ["qa-001", KEY],
        "whale": ["qa-029"],
    }
    assert set(REGIONS) == {home.region for home in wanted.values()}
    assert label(KEY).startswith("B62q")
