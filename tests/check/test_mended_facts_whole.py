"""What runs beside the nets of a cluster is judged as what is in them, by the whole check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.policies.checking import Checker, make_checker, write_repository
from tests.synthetic import REPOSITORY

PLATFORM = "overlays/base/platform"
AGENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: agent
  namespace: testnets
spec:
  replicas: 3
  selector: {matchLabels: {app: agent}}
  template:
    metadata:
      labels: {app: agent}
    spec:
      hostPID: true
      containers:
      - name: agent
        image: quay.io/somebody/agent:1.2.0
        ports:
        - {name: debug, containerPort: 7000, hostPort: 7000}
"""


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    with make_checker() as made:
        yield made


def test_a_workload_of_no_net(checker: Checker, tmp_path: Path) -> None:
    listed = (REPOSITORY / PLATFORM / "kustomization.yaml").read_text("utf-8")
    assert "resources:\n" in listed
    files = {
        f"{PLATFORM}/agent.yaml": AGENT,
        f"{PLATFORM}/kustomization.yaml": listed.replace(
            "resources:\n", "resources:\n- agent.yaml\n"
        ),
    }
    verdict = checker.check(write_repository(tmp_path / "root", files))
    found = {(f.rule, f.at.line) for f in verdict.findings if f.at.path.endswith("/agent.yaml")}
    lines = AGENT.splitlines()
    shares = lines.index("      hostPID: true") + 1
    image = next(number for number, line in enumerate(lines, 1) if " image:" in line)
    assert {("workload/pod-security", shares), ("images/registry", image)} <= found
    assert {"resources/set", "network/exposed"} <= {rule for rule, _ in found}
    # Nobody planned it, so that nothing of it is compared with a plan.
    assert not {"workload/plan", "workload/missing"} & {f.rule for f in verdict.findings}
    subjects = {f.subject for f in verdict.findings if f.rule == "images/registry"}
    assert subjects == {"quay.io/somebody/agent:1.2.0"}
