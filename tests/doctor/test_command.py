"""`testnet doctor` as a person or a script runs it, over small API servers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from generator.doctor import examine
from generator.main import main
from tests.conftest import Program
from tests.doctor import setups
from tests.doctor.api import DEPLOYMENTS, NODES, Api, deployment, serve
from tests.doctor.bad import BAD
from tests.doctor.setups import FLAGS
from tests.repository import FLEET, Repository
from tests.sync.api_server import status
from tests.sync.conftest import Connect
from tests.synthetic import REPOSITORY


@pytest.fixture
def fleet(repository: Repository) -> Repository:
    """A repository whose cluster `west` names the range of its nodes."""
    text = FLEET.replace("[203.0.113.10/32]", "[203.0.113.10/32, 8.8.0.0/16]")
    repository.write("environments/fleet.yaml", text)
    return repository


@pytest.fixture
def two(connect: Connect) -> Iterator[dict[str, Api]]:
    """Two clusters behind contexts of other names; the second says that it is the first."""
    with ExitStack() as stack:
        found = {name: stack.enter_context(serve()) for name in ("one", "other")}
        connect({name: api.port for name, api in found.items()})
        yield found


@pytest.mark.usefixtures("fleet", "west")
def test_all_is_well(testnet: Program) -> None:
    run = testnet("doctor", "west")
    assert run.code == 0
    first, *lines = run.out.splitlines()
    assert first == "west: 42 ok, 3 not checked"
    assert "  ok              Kubernetes: v1.37.2-eks-3f2a1b" in lines
    assert not any("\x1b" in line for line in lines)
    assert "asking 1 cluster" in run.err


@pytest.mark.usefixtures("fleet")
def test_something_is_wrong(west: Api, testnet: Program) -> None:
    items = west.objects[DEPLOYMENTS]["items"]
    items[1] = deployment("flux-system", "kustomize-controller", *FLAGS[:2], *FLAGS[3:])
    west.answers[NODES] = 403, status(403, "Forbidden", "no", {})
    run = testnet("doctor", "west")
    assert run.code == 1
    assert run.out.startswith("west: 1 wrong, 5 cannot be seen, 36 ok, 3 not checked\n")
    place = run.out.index("  wrong           --concurrent: it works at 4, as is the default")
    assert "\n                  -> kubectl --context west --namespace" in run.out[place:]


@pytest.mark.usefixtures("fleet")
def test_what_cannot_be_seen_is_not_called_fine(west: Api, testnet: Program) -> None:
    west.answers[NODES] = 403, status(403, "Forbidden", "no", {})
    assert testnet("doctor", "west").code == 1


@pytest.mark.usefixtures("fleet", "two")
def test_one_that_is_gone_hides_no_other(testnet: Program) -> None:
    run = testnet("doctor", "--context", "west=one", "--context", "center=other", "-o", "json")
    assert run.code == 1
    found = {entry["cluster"]: entry for entry in json.loads(run.out)["clusters"]}
    assert list(found) == ["west", "center", "east"]
    assert found["west"]["context"] == "one"
    assert found["west"]["unreachable"] is None
    assert {check["state"] for check in found["west"]["checks"]} == {"ok", "not checked"}
    assert 'has no context "east"' in found["east"]["unreachable"]
    assert found["east"]["checks"] == []
    wrong = {c["name"] for c in found["center"]["checks"] if c["state"] == "wrong"}
    assert {"cluster", "zones", "notifications", "external-dns"} <= wrong


@pytest.mark.usefixtures("fleet", "two")
def test_wrong_only_because_one_is_gone(testnet: Program) -> None:
    run = testnet("doctor", "west", "east", "--context", "west=one")
    assert run.code == 1
    assert "\neast: cannot be reached: the kubeconfig has no context" in run.out


@pytest.mark.usefixtures("fleet", "two")
def test_nobody_can_be_reached(testnet: Program) -> None:
    assert testnet("doctor", "west", "east").code == 3


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("wset",), 'no cluster "wset"; did you mean "west"?'),
        (("--context", "wset=x"), 'no cluster "wset"'),
        (("--context", "west"), "is not CLUSTER=CONTEXT"),
    ],
)
def test_words_that_are_refused(testnet: Program, words: tuple[str, ...], told: str) -> None:
    run = testnet("doctor", *words)
    assert (run.code, run.out) == (2, "")
    assert told in run.err


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--help"]) == 0
    assert "testnet doctor aws-us-west-2 --context" in capsys.readouterr().out


def test_the_role_of_the_page_grants_no_more_than_reading() -> None:
    page = (REPOSITORY / "docs/doctor.md").read_text("utf-8")
    role = yaml.safe_load(page.split("```yaml\n")[1].split("```")[0])
    rules = [rule for rule in role["rules"] if rule["apiGroups"] == [""]]
    granted = {(kind, verb) for r in rules for kind in r["resources"] for verb in r["verbs"]}
    assert granted == {
        ("namespaces", "list"),
        ("nodes", "list"),
        ("configmaps", "get"),
    }


def test_no_command_of_a_remedy_is_cut(tmp_path: Path) -> None:
    """A remedy can be pasted into a shell: quotes are closed."""
    remedies = {
        check.remedy
        for change, *_ in BAD
        for check in examine(change(setups.setup()), setups.cluster(), setups.fleet())
        if check.remedy.startswith("kubectl")
    }
    assert len(remedies) > 5
    for remedy in remedies:
        script = tmp_path / "remedy.sh"
        script.write_text(remedy, "utf-8")
        subprocess.run(["bash", "-n", script], check=True)
