"""What is read of waivers, in a testnet file and in the fleet, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from generator.finding import Finding, Location
from generator.fleet import load_fleet
from generator.testnet import load_testnet
from generator.waiver import Waiver
from tests.repository import FLEET, MARK, document, marked, net, read_fleet, read_net, rules

HEAD = "rule: images/pinned, subject: whale-b01, reason: tried out today, owner: tests"
WAIVER = f"waivers: [{{{HEAD}, expires: DAY}}]"
Load = Callable[[str], tuple[Location | None, tuple[Finding, ...]]]


def of_testnet(day: str) -> tuple[Location | None, tuple[Finding, ...]]:
    path = "environments/testnets/net.yaml"
    text, at = marked(path, net(WAIVER.replace("DAY", day)))
    return at, load_testnet(document(path, text))[1]


def of_fleet(day: str) -> tuple[Location | None, tuple[Finding, ...]]:
    path = "environments/fleet.yaml"
    text, at = marked(path, FLEET + WAIVER.replace("DAY", day) + "\n")
    return at, load_fleet(document(path, text))[1]


@pytest.mark.parametrize("load", [of_testnet, of_fleet])
@pytest.mark.parametrize("day", ["2027-02-29", "2027-04-31", '"2027-02-30"'])
def test_day_that_is_not_is_found_at_its_place(load: Load, day: str) -> None:
    at, findings = load(MARK + day)
    assert rules(findings) == [("waivers/date", at)]
    assert "2026-12-31" in findings[0].remediation


@pytest.mark.parametrize("load", [of_testnet, of_fleet])
@pytest.mark.parametrize("day", ["2028-02-29", '"2027-04-30"', "'2026-12-31'"])
def test_day_is_written_with_quotes_or_without(load: Load, day: str) -> None:
    assert load(day)[1] == ()


@pytest.mark.parametrize("load", [of_testnet, of_fleet])
@pytest.mark.parametrize("day", ["2027-2-3", "20270203", "1999-01-01", "tomorrow", "90d", "2027"])
def test_day_has_one_form(load: Load, day: str) -> None:
    at, findings = load(MARK + day)
    [finding] = findings
    assert finding.at == at
    assert finding.rule.startswith("schema/")
    assert finding.remediation == "Write the last day on which it holds, such as 2026-12-31."


def test_waiver_is_read_with_its_places() -> None:
    text = net(WAIVER.replace("DAY", "2026-12-31"))
    line = text.count("\n")
    [waiver] = read_net(text).waivers
    assert waiver == Waiver(
        rule="images/pinned",
        subject="whale-b01",
        reason="tried out today",
        owner="tests",
        expires=date(2026, 12, 31),
        at=Location(""),
        expires_at=Location(""),
    )
    path = "environments/testnets/net.yaml"
    assert waiver.at == Location(path, line, len("waivers: [{rule: ") + 1)
    assert waiver.expires_at == Location(path, line, WAIVER.index("DAY") + 1)
    [other] = read_fleet(FLEET + WAIVER.replace("DAY", "2026-12-31") + "\n").waivers
    assert other == waiver
    assert other.at.path == "environments/fleet.yaml"


def test_there_need_be_none() -> None:
    assert read_net(net()).waivers == read_fleet().waivers == ()


def test_places_are_those_of_what_is_written() -> None:
    path = "environments/testnets/net.yaml"
    archive = "archive:\n  count: 1\n  image: example.org/archive:1"
    text = net(archive, "distance: {min_rtt: 60ms}")
    lines = text.split("\n")
    testnet = read_net(text)
    assert list(testnet.places) == [line.partition(":")[0] for line in lines if line[:1].strip()]
    assert "availability" not in testnet.places
    assert testnet.places["owner"] == Location(path, 2, 8)
    number = lines.index("archive:") + 1
    assert testnet.places["archive"] == Location(path, number + 1, 3)
    assert testnet.archive is not None
    assert testnet.archive.image_at == Location(path, number + 2, 10)
    assert "image" not in testnet.archive.overrides.places
    assert testnet.places["image"] == testnet.defaults.places["image"]
    [plain] = [read_net(net("archive:\n  count: 1")).archive]
    assert plain is not None
    assert plain.image_at == plain.at


def test_place_of_an_image_is_that_of_the_innermost() -> None:
    text = net("block_producers:\n  - name: a\n    keys: [b01]\n    image: example.org/a:1")
    testnet = read_net(text)
    [group] = testnet.block_producers
    own = group.overrides.over(testnet.defaults)
    assert own.image == "example.org/a:1"
    assert own.places["image"].column == 12
    [bare] = read_net(net("block_producers: [{name: a, keys: [b01]}]")).block_producers
    image = bare.overrides.over(testnet.defaults)
    assert image.places["image"] == testnet.places["image"]
