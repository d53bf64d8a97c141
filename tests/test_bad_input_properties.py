"""Whatever is written in a testnet file: there are findings or a plan, and never a crash."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from generator.plan import Allocations, make_plans
from generator.render import render_net
from generator.source import parse_document
from generator.source.file import Document
from generator.testnet import load_testnet
from tests.generated import Net, nets, text_of
from tests.repository import LIBRARY, NOW, inventory, read_fleet

PATH = "environments/testnets/drawn.yaml"
# What people write in the wrong place, and what was never meant for any.
STRANGE: list[Any] = [
    None,
    True,
    0,
    -1,
    10**9,
    "",
    "x",
    "alpha",
    "b99",
    "b01",
    "l01",
    "b05..b01",
    "b1..b1000000000",
    "us-west-2",
    "eu-north-1",
    "2026-02-30T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "load-balancer",
    "image",
    "0.5",
    [],
    ["b01", "b01"],
    {},
    {"us-west-2": 1, "us-east1": 99},
    {"ledger": "file", "time": "2026-02-30T00:00:00Z"},
]
FIELDS = ["archive", "genesis", "services", "distance", "defaults", "k", "region", "count", "stake"]


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every container with a key or index of it."""
    if not isinstance(value, (dict, list)):
        return []
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    return [(value, key) for key in keys] + [place for key in keys for place in places(value[key])]


@st.composite
def broken_nets(draw: st.DrawFn) -> Net:
    """Draw a net in which some values are others, or gone, and some fields are new."""
    [net] = draw(nets(most=1))
    net = copy.deepcopy(net)
    for _ in range(draw(st.integers(1, 3))):
        container, key = draw(st.sampled_from(places(net)))
        change = draw(st.sampled_from(["replace", "replace", "remove", "add"]))
        strange = copy.deepcopy(draw(st.sampled_from(STRANGE)))
        if change == "add" and isinstance(container, dict):
            container[draw(st.sampled_from(FIELDS))] = strange
        elif change == "remove":
            del container[key]
        else:
            container[key] = strange
    return net


@given(broken_nets())
@settings(max_examples=settings().max_examples * 4)
def test_anything_is_judged(net: Net) -> None:
    text = text_of(net).encode()
    mapping, findings = parse_document(PATH, text)
    testnet = None
    if mapping is not None:
        testnet, findings = load_testnet(Document(path=PATH, mapping=mapping, digest="0" * 64))
    if testnet is not None:
        plans, more = make_plans(
            [testnet], read_fleet(), inventory(), Allocations(), now=NOW, overlays=LIBRARY
        )
        findings += more
        if not findings:
            assert render_net(plans[0])
    lines = text.decode().splitlines()
    for finding in findings:
        assert finding.message
        assert finding.remediation
        assert 1 <= finding.at.line <= len(lines) + 1
        assert 1 <= finding.at.column <= len(lines[finding.at.line - 1]) + 1
    assert findings or testnet is not None
