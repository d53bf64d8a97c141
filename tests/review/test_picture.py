"""The picture: bounded, the same every time, and of a grammar with no room for anything else."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from generator.plan import Role
from generator.review.model import TopologyCluster, TopologyGroup
from generator.review.picture import MAX_CLUSTERS, MAX_GROUPS, draw
from tests.review.samples import NET
from tests.review.strategies import clusters

_LABEL = r'"[A-Za-z0-9 .,:/()_-]{1,80}"'
_SHAPES = (
    rf"\(\[{_LABEL}\]\)",
    rf"\[{_LABEL}\]",
    rf"{{{{{_LABEL}}}}}",
    rf"\({_LABEL}\)",
    rf"\[\({_LABEL}\)\]",
    rf"\(\({_LABEL}\)\)",
)
_NODE = rf"n\d+x\d+({'|'.join(_SHAPES)})"
_LINE = re.compile(
    rf"flowchart LR|  subgraph c\d+\[{_LABEL}\]|    {_NODE}|  end|  more\[{_LABEL}\]"
    r"|  n\d+x\d+ --> n\d+x\d+"
)


@given(st.lists(clusters, max_size=12))
def test_every_line_is_of_the_grammar(topology: list[TopologyCluster]) -> None:
    lines = draw(topology).splitlines()
    assert lines[0] == "flowchart LR"
    assert all(_LINE.fullmatch(line) for line in lines)
    assert sum(line.startswith("  subgraph") for line in lines) == lines.count("  end")
    nodes = {line.split("[")[0].split("(")[0].split("{")[0].strip() for line in lines}
    for line in lines:
        if "-->" in line:
            assert set(line.split(" --> ")) <= {f"  {node}" for node in nodes} | nodes


def test_a_large_net_is_a_readable_picture() -> None:
    groups = tuple(
        TopologyGroup(name=f"group{number}", role=str(Role.BLOCK_PRODUCER), count=9)
        for number in range(30)
    )
    wide = [TopologyCluster(cluster=f"c{n}", region=f"r{n}", groups=groups) for n in range(30)]
    text = draw(wide)
    assert text.count("subgraph") == MAX_CLUSTERS
    assert text.count("producers") == MAX_CLUSTERS * MAX_GROUPS
    assert '"20 more groups: 180"' in text
    assert '"and 22 more clusters"' in text
    assert len(text) < 10_000


def test_who_works_for_whom() -> None:
    text = draw(NET.topology)
    assert "  n0x2 --> n0x1\n" in text  # the service acts through a producer
    assert "  n1x1 --> n1x0\n" in text  # workers work for their coordinator
    assert draw(NET.topology) == text


def test_what_works_for_nobody_here_has_no_arrow() -> None:
    lost = TopologyGroup(name="fast", role=str(Role.SNARK_WORKER), count=1, drives="elsewhere")
    assert "-->" not in draw([TopologyCluster(cluster="c", region="r", groups=(lost,))])
