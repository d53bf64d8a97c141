"""What findings about a testnet file say beside their place: hints, reasons, second places."""

from __future__ import annotations

import pytest

from generator.testnet import load_testnet
from tests.repository import document, net

PATH = "environments/testnets/net.yaml"


@pytest.mark.parametrize(
    "field",
    [
        "archive: {count: 1, region: moon-base-9}",
        "block_producers: [{name: a, keys: [b01], overrides: {zzz: {log_level: Warn}}}]",
        "block_producers: [{name: a, keys: [b01]}]\nservices: [{name: payments, target: zzz}]",
    ],
)
def test_hint_is_left_out_where_nothing_is_near(field: str) -> None:
    [finding] = load_testnet(document(PATH, net(field)))[1]
    assert "Did you mean" not in finding.remediation


@pytest.mark.parametrize(
    ("of_group", "of_net", "hint"),
    [
        ("us-west-2", "us-west-3", False),  # the one that exists is not the mistake
        ("us-west-3", "us-west-2", True),
        ("us-west-2", "us-west-1", True),
        ("moon-base-1", "moon-base-2", True),
    ],
)
def test_region_that_does_not_exist_is_not_suggested_for_one_that_does(
    of_group: str, of_net: str, *, hint: bool
) -> None:
    group = f"block_producers: [{{name: a, keys: [b01], region: {of_group}}}]"
    text = net(group, f"regions: [{of_net}]")
    [finding] = load_testnet(document(PATH, text))[1]
    assert finding.rule == "testnet/region"
    assert (f'Did you mean "{of_net}"?' in finding.remediation) == hint


def test_service_with_a_target_comes_first() -> None:
    groups = "block_producers: [{name: p, keys: [b01]}, {name: q, keys: [b02]}]"
    text = net(groups, "services: [payments, {name: b, kind: payments, target: p}]")
    assert not load_testnet(document(PATH, text))[1]


def test_message_names_the_range() -> None:
    [finding] = load_testnet(document(PATH, net("seeds: {keys: [l02..l01]}")))[1]
    assert finding.message == 'range "l02..l01" runs backwards'


def test_second_use_points_to_the_first() -> None:
    text = net("block_producers:\n  - {name: a, keys: [b01]}\n  - {name: a, keys: [b01]}")
    findings = load_testnet(document(PATH, text))[1]
    places = {f.rule: (str(f.at), str(f.related[0].at)) for f in findings}
    assert places == {
        "testnet/name-twice": (f"{PATH}:11:12", f"{PATH}:10:12"),
        "testnet/key-twice": (f"{PATH}:11:22", f"{PATH}:10:22"),
    }
