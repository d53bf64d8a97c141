"""A published branch, and API servers of its clusters that say what tests want them to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from generator.kustomize import find_kustomize
from generator.publish.state import read_published
from generator.register import Lineage
from generator.status.published import Published, read_clusters, read_sites
from generator.sync import survey as live
from tests.publish.conftest import stage  # noqa: F401 - a fixture
from tests.publish.stage import Stage, group, small
from tests.repository import Run
from tests.status.world import Surveys, mirror
from tests.sync.api_server import ApiServer, serve
from tests.sync.conftest import Connect, connect  # noqa: F401 - a fixture
from tests.sync.shown import show

CLUSTERS = ("center", "east", "west")


class Forgetful:
    """Keeps nothing."""

    def read_json(self, key: str) -> object:  # noqa: ARG002 - as the cache has it
        return None

    def write_json(self, key: str, content: object) -> None:
        pass


def read_stage(stage: Stage) -> Published:  # noqa: F811
    """Return what is published, read on a way of its own."""
    tree, head = stage.checkout()
    commits = stage.git("rev-list", "--reverse", "environments").split()
    return Published(
        branch="environments",
        lineage=Lineage(commits),
        clusters=read_clusters(tree),
        nets=tuple(head.allocations.nets),
        sites=read_sites(
            tree,
            find_kustomize(),
            Forgetful(),
            clusters=CLUSTERS,
            progress=lambda *_: None,
        ),
        waiting=read_published(tree, Lineage(commits)).waiting,
    )


@dataclass
class Scene:
    """What is published on two clusters of three, and the API servers of all."""

    stage: Stage
    servers: dict[str, ApiServer]
    connect: Connect

    def show(self, edit: Callable[[Surveys], Surveys] = lambda surveys: surveys) -> Published:
        """Have the clusters say that they have all that is published, but for an edit."""
        tree = read_stage(self.stage)
        for cluster, survey in edit(mirror(tree)).items():
            assert isinstance(survey, live.Survey)
            show(self.servers[cluster], survey)
        return tree

    def status(self, *words: str, environments: bool = True) -> Run:
        """Run `testnet status` against the remote, with all the time that a slow machine takes."""
        where = ("--environments", str(self.stage.remote)) if environments else ()
        return self.stage.run("status", *where, "--timeout", "600", *words)


@pytest.fixture
def scene(
    stage: Stage,  # noqa: F811
    connect: Connect,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Scene]:
    """One published net, which the clusters have."""
    monkeypatch.setenv("HOME", str(tmp_path.parent))
    stage.write(
        "one", small("one", group("whale", "b01..b02"), group("fish", "b03", "eu-central-1"))
    )
    stage.publish()
    with ExitStack() as stack:
        servers = {name: stack.enter_context(serve()) for name in CLUSTERS}
        connect({name: server.port for name, server in servers.items()})
        made = Scene(stage=stage, servers=servers, connect=connect)
        made.show()
        yield made
