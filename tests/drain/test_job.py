"""The Job of a drain: ends well once the daemon is gone, and never for any other answer."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.drain.job import (
    DRAIN,
    NAME,
    NAMESPACE,
    NONE,
    PODS,
    SETS,
    STOPPED,
    Cluster,
    container,
    environment,
    make_cluster,
)

STILL = f"List|{NAMESPACE}/{NAME}-0|end"
ENDED = 143  # told to stop: it was still looking
SHELLS = [
    shell
    for shell in (["sh"], ["dash"], ["bash", "--posix"], ["busybox", "sh"])
    if shutil.which(shell[0])
]


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    """A cluster that answers from files."""
    return make_cluster(tmp_path)


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
@pytest.mark.parametrize("answer", [STOPPED, f"List|{DRAIN}|0|12|12||end"])
def test_a_daemon_that_is_gone_ends_the_job(
    cluster: Cluster, shell: list[str], answer: str
) -> None:
    cluster.answers(SETS, answer, answer)
    cluster.answers(PODS, NONE, NONE)

    result = cluster.run(shell)

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"drain {DRAIN}: the daemon of {NAME} is gone\n"


def test_it_asks_for_the_stateful_set_first_and_for_pods_everywhere(cluster: Cluster) -> None:
    cluster.answers(SETS, STOPPED, STOPPED)
    cluster.answers(PODS, NONE, NONE)
    cluster.run()
    sets, pods = cluster.calls()[:2]
    assert sets.startswith(
        f"get {SETS} --namespace {NAMESPACE} --field-selector metadata.name={NAME} --output "
    )
    label = environment()["KEY_LABEL"]
    assert pods.startswith(f"get pods --all-namespaces --selector testnet/key={label} --output ")
    assert cluster.calls() == [sets, pods, sets, pods]
    # No older state than the API's own, and no page of it without the rest.
    assert not re.search("resource-version|limit|chunk|watch|ignore-not-found", sets + pods)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        # Nothing there shows what its controller has seen: it may yet make a pod.
        (NONE, f"{NAME} is not there"),
        # The label of another drain, of an earlier one, or none.
        (f"List|{DRAIN[::-1]}|0|3|3|0|end", f"{NAME} is not drained by this drain"),
        ("List||0|3|3|0|end", f"{NAME} is not drained by this drain"),
        (f"List|{DRAIN}0|0|3|3|0|end", f"{NAME} is not drained by this drain"),
        # Replicas as they were, or none said.
        (f"List|{DRAIN}|1|3|3|0|end", f"{NAME} is not drained by this drain"),
        (f"List|{DRAIN}|10|3|3|0|end", f"{NAME} is not drained by this drain"),
        (f"List|{DRAIN}||3|3|0|end", f"{NAME} is not drained by this drain"),
        # Its controller has not seen the drain, or says nothing.
        (f"List|{DRAIN}|0|3|2|0|end", f"the drain of {NAME} is not yet seen by its controller"),
        (f"List|{DRAIN}|0|13|3|0|end", f"the drain of {NAME} is not yet seen by its controller"),
        (f"List|{DRAIN}|0|3|2||end", f"the drain of {NAME} is not yet seen by its controller"),
        (f"List|{DRAIN}|0|3||0|end", f"{NAME} still has pods"),
        (f"List|{DRAIN}|0|||0|end", f"{NAME} still has pods"),
        (f"List|{DRAIN}|0||||end", f"{NAME} still has pods"),
        # Its controller counts some, also when nobody can select them.
        (f"List|{DRAIN}|0|3|3|1|end", f"{NAME} still has pods"),
        (f"List|{DRAIN}|0|3|3|10|end", f"{NAME} still has pods"),
        # More than was asked for.
        (f"{STOPPED[:-4]}|{DRAIN}|0|3|3|0|end", f"the drain of {NAME} is not yet seen by"),
        (f"{STOPPED[:-4]}||1|4|4|0|end", f"the drain of {NAME} is not yet seen by its controller"),
        # Cut off, empty, or no list.
        ("", f"no complete answer about {NAME}"),
        ("List", f"no complete answer about {NAME}"),
        (STOPPED[:-4], f"no complete answer about {NAME}"),
        (STOPPED[5:], f"no complete answer about {NAME}"),
        ("Status|end", f"no complete answer about {NAME}"),
        ("|end", f"no complete answer about {NAME}"),
        ("No resources found", f"no complete answer about {NAME}"),
    ],
)
def test_a_stateful_set_that_is_not_stopped_keeps_it_waiting(
    cluster: Cluster, answer: str, said: str
) -> None:
    cluster.answers(SETS, *[answer] * 3)
    cluster.answers(PODS, *[NONE] * 9)
    result = cluster.run()
    assert result.returncode == ENDED
    assert result.stdout.startswith(f"drain {DRAIN}: {said}")
    assert result.stdout.count("\n") == 1  # said once, though it was seen thrice
    assert not any("pods" in call for call in cluster.calls())


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (STILL, f"still there: {NAMESPACE}/{NAME}-0"),
        # In another namespace, and beside others: whatever their phase, kubectl lists them.
        (f"List|net-other/{NAME}-0|net-x/y-1|end", f"still there: net-other/{NAME}-0|net-x/y-1"),
        ("", "no complete answer about pods"),
        ("List", "no complete answer about pods"),
        (STILL[:-4], "no complete answer about pods"),
        ("PodList|end", "no complete answer about pods"),
        ("|end", "no complete answer about pods"),
    ],
)
def test_a_pod_keeps_it_waiting(cluster: Cluster, answer: str, said: str) -> None:
    cluster.answers(SETS, *[STOPPED] * 3)
    cluster.answers(PODS, *[answer] * 3)
    result = cluster.run()
    assert result.returncode == ENDED
    assert result.stdout == f"drain {DRAIN}: {said}\n"


@pytest.mark.parametrize("kind", [SETS, PODS])
@pytest.mark.parametrize("printed", ["", STOPPED, NONE])
def test_an_error_is_no_answer_whatever_was_printed(
    cluster: Cluster, kind: str, printed: str
) -> None:
    cluster.answers(SETS, *[STOPPED] * 3)
    cluster.answers(PODS, *[NONE] * 3)
    # kubectl prints an empty list when a request failed, too.
    for number in (1, 2, 3):
        cluster.does(kind, number, f"printf '%s' '{printed}'; echo Forbidden >&2; exit 1")
    result = cluster.run()
    assert result.returncode == ENDED
    assert "cannot read the" in result.stdout
    assert result.stderr == "Forbidden\n" * 3


@pytest.mark.parametrize("kind", [SETS, PODS])
def test_an_api_that_does_not_answer_is_not_waited_for(cluster: Cluster, kind: str) -> None:
    cluster.answers(SETS, *[STOPPED] * 2)
    cluster.answers(PODS, *[NONE] * 2)
    for number in (1, 2):
        cluster.does(kind, number, f"printf '%s' '{NONE}'; exec sleep 600")
    result = cluster.run(LIMIT="0.1")
    assert result.returncode == ENDED
    assert "cannot read the" in result.stdout


def test_it_ends_when_what_it_waits_for_is_over(cluster: Cluster) -> None:
    running = "List||1|2|2|1|end"
    unseen, counted = f"List|{DRAIN}|0|3|2|0|end", f"List|{DRAIN}|0|3|3|1|end"
    cluster.answers(SETS, running, unseen, counted, *[STOPPED] * 5)
    cluster.answers(PODS, STILL, STILL, NONE, NONE)
    result = cluster.run()
    assert result.returncode == 0
    assert result.stdout.splitlines() == [
        f"drain {DRAIN}: {NAME} is not drained by this drain",
        f"drain {DRAIN}: the drain of {NAME} is not yet seen by its controller",
        f"drain {DRAIN}: {NAME} still has pods, or nobody counted",
        f"drain {DRAIN}: still there: {NAMESPACE}/{NAME}-0",
        f"drain {DRAIN}: the daemon of {NAME} is gone",
    ]


@pytest.mark.parametrize(
    ("sets", "pods"),
    [
        # A pod that somebody made by hand.
        ([STOPPED] * 4, [NONE, STILL, NONE, NONE]),
        # A StatefulSet that was deleted, and comes back.
        ([STOPPED, NONE, STOPPED, STOPPED], [NONE] * 3),
        # An answer that fails is not one of two.
        ([STOPPED, "", STOPPED, STOPPED], [NONE] * 3),
    ],
)
def test_it_has_to_be_seen_twice_in_a_row(
    cluster: Cluster, sets: list[str], pods: list[str]
) -> None:
    cluster.answers(SETS, *sets)
    cluster.answers(PODS, *pods)
    result = cluster.run()
    assert result.returncode == 0
    assert len(cluster.calls()) == len(sets) + len(pods)


def test_once_is_not_enough(cluster: Cluster) -> None:
    cluster.answers(SETS, STOPPED)
    cluster.answers(PODS, NONE)
    assert cluster.run().returncode == ENDED


@pytest.mark.parametrize("name", ["PLACE_NAMESPACE", "PLACE_NAME", "KEY_LABEL", "DRAIN"])
def test_nothing_is_looked_for_without_a_name(cluster: Cluster, name: str) -> None:
    cluster.answers(SETS, NONE, NONE)
    cluster.answers(PODS, NONE, NONE)
    result = cluster.run(**{name: ""})
    assert result.returncode not in (0, ENDED)
    assert name in result.stderr


def test_without_kubectl_it_waits(cluster: Cluster) -> None:
    cluster.does(SETS, 1, "exit 127")
    assert cluster.run().returncode == ENDED


def test_kubernetes_replaces_nothing_in_it() -> None:
    # What it would: https://kubernetes.io/docs/tasks/inject-data-application/
    script = container()["command"][2]
    assert not re.findall(r"\$\([A-Za-z_][A-Za-z0-9_]*\)|\$\$", script)
