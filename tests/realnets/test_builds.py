"""Every overlay of every testnet that really ran is built by the real kustomize."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.pipeline import generate, plan_nets
from generator.plan import Role
from generator.render.flux import overlay_names
from tests.realnets.data import entries
from tests.realnets.planned import NOW, converted
from tests.realnets.repository import kustomize, write_repository


@pytest.mark.parametrize("entry_id", entries())
def test_every_overlay_is_built_by_kustomize(entry_id: str, tmp_path: Path) -> None:
    root = write_repository(tmp_path, [converted(entry_id)])
    tree = tmp_path / "published"
    tree.mkdir()
    planned = plan_nets(root, tree, now=NOW)
    assert not planned.findings
    generated = generate(planned, tree, kustomize())
    (plan,) = generated.plans
    wanted = {
        f"clusters/{cluster}/nets/{plan.name}/{overlay}"
        for cluster in plan.by_cluster
        for overlay in overlay_names(plan, cluster)
    }
    assert set(generated.builds) == wanted
    assert all(build.objects for build in generated.builds.values())
    sets = sum(
        (tree / path / "daemons.yaml").read_text("utf-8").count("kind: StatefulSet\n")
        for path in wanted
        if "/shared" not in path
    )
    assert sets == sum(1 + (daemon.role is Role.ARCHIVE) for daemon in plan.daemons)
