"""What a drain adds to the published tree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import ryaml

from generator.check.validate import validate_objects
from generator.kustomization import check_kustomizations
from generator.kustomize import find_kustomize
from generator.library import read_library
from generator.load import load_inputs
from generator.plan import Allocations, make_plans
from generator.register import Place
from generator.render import render_clusters, render_net
from generator.render.drain import (
    drain_alert,
    drain_directory,
    drain_kustomization_name,
    relax,
    render_drain,
)
from generator.render.manifest import Manifest
from generator.schema import known_minors
from tests.built import ROOT, written
from tests.overlays.library import OVERLAYS, build, named, of_kind
from tests.repository import NOW
from tests.second_opinion import faults

DRAIN = "0123456789ab"
NET, CLUSTER = "pickles-qa", "america"
KEY = "B62qkRodi7nj6W1geB12UuW2XAx2yidWZCcDthJvkf9G4A6G5GFasVQ"
PLACE = Place(CLUSTER, "net-pickles-qa", "whale-qa-003")
LIBRARY = read_library(ROOT)


def drained(**changes: Any) -> tuple[dict[str, str], Manifest]:
    """Render a drain, with other arguments where they are given."""
    arguments: dict[str, Any] = {
        "net": NET,
        "cluster": CLUSTER,
        "place": PLACE,
        "key_label": KEY,
        "drain": DRAIN,
        "overlays": LIBRARY.version,
        "kustomization": "pickles-qa-producers-1",
    }
    return render_drain(**(arguments | changes))


def built() -> dict[str, Any]:
    """Return the only object that the overlay of a drain builds."""
    files, _ = drained()
    with written(files | LIBRARY.published()) as root:
        output = find_kustomize().build(Path(drain_directory(NET, CLUSTER, DRAIN)), root=root)
    (job,) = ryaml.loads_all(output.decode())
    return dict(job)


def test_the_overlay_builds_one_valid_job() -> None:
    job = built()
    assert (job["kind"], job["metadata"]["name"]) == ("Job", f"drain-{DRAIN}")
    assert job["metadata"]["namespace"] == "testnets"
    assert job["metadata"]["labels"]["testnet/drain"] == DRAIN
    for minor in known_minors():
        assert not validate_objects([job], minor)
    assert not faults(job)


def test_the_job_looks_at_the_place() -> None:
    container = named(built()["spec"]["template"]["spec"]["containers"], "drain")
    env = {entry["name"]: entry["value"] for entry in container["env"]}
    assert env == {
        "HOME": "/tmp",  # noqa: S108 - of the container
        "PLACE_NAMESPACE": "net-pickles-qa",
        "PLACE_NAME": "whale-qa-003",
        "KEY_LABEL": KEY,
        "DRAIN": DRAIN,
    }


def test_the_job_does_not_wait_for_itself() -> None:
    job = built()
    for labels in (job["metadata"]["labels"], job["spec"]["template"]["metadata"]["labels"]):
        assert "testnet/key" not in labels


def test_flux_never_takes_the_job_for_finished_because_it_is_gone() -> None:
    spec = built()["spec"]
    assert "ttlSecondsAfterFinished" not in spec
    assert "activeDeadlineSeconds" not in spec
    assert spec["template"]["spec"]["restartPolicy"] == "OnFailure"
    assert spec["backoffLimit"] == 2**31 - 1


def test_the_kustomization_waits_for_the_one_that_holds_the_place() -> None:
    _, kustomization = drained()
    spec: Any = kustomization["spec"]
    assert spec["dependsOn"] == [{"name": "pickles-qa-producers-1"}]
    assert (spec["wait"], spec["prune"], spec["force"]) == (True, True, False)
    assert spec["sourceRef"] == {"kind": "GitRepository", "name": "environments"}
    assert spec["path"] == f"./{drain_directory(NET, CLUSTER, DRAIN)}"
    assert kustomization["metadata"] == {
        "name": f"pickles-qa-drain-{DRAIN}",
        "namespace": "testnets",
        "labels": {"testnet/net": NET, "testnet/drain": DRAIN},
    }
    assert not validate_objects([kustomization], "1.37")


def test_only_a_finished_reconciliation_becomes_a_status() -> None:
    alert: Any = drain_alert(net=NET, cluster=CLUSTER, drain=DRAIN)
    assert not validate_objects([alert], "1.37")
    assert alert["spec"]["eventMetadata"] == {"cluster": CLUSTER}
    name = drain_kustomization_name(NET, DRAIN)
    assert alert["spec"]["eventSources"] == [{"kind": "Kustomization", "name": name}]
    # As kustomize-controller words them.
    assert alert["spec"]["inclusionList"] == ["^Reconciliation finished in "]


def test_names_of_the_longest_net_fit_into_labels() -> None:
    # Flux puts the name of a Kustomization into a label.
    assert len(drain_kustomization_name("n" * 30, DRAIN)) <= 63


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cluster": "europe"}, "is not on the cluster europe"),
        ({"place": Place(CLUSTER, "net-a", "b", "Deployment")}, "no StatefulSet"),
        ({"drain": "0123"}, "no drain: 0123"),
        ({"drain": "0123456789AB"}, "no drain"),
        ({"key_label": ""}, "no value of a label"),
        ({"key_label": "a,b"}, "no value of a label"),
        ({"key_label": "a" * 64}, "no value of a label"),
        ({"key_label": "a\n"}, "no value of a label"),
    ],
)
def test_a_job_that_would_look_at_nothing_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        drained(**changes)


def test_a_relaxed_kustomization_waits_for_nothing() -> None:
    spec = {"dependsOn": [{"name": "a"}], "wait": True, "prune": True, "timeout": "10m"}
    before: Manifest = {"kind": "Kustomization", "metadata": {"name": "b"}, "spec": spec}
    after = relax(before)
    assert after == before | {"spec": {"wait": False, "prune": True, "timeout": "10m"}}
    assert relax(after) == after
    assert "dependsOn" in spec  # nothing is changed in place


def test_what_has_no_spec_is_no_kustomization() -> None:
    with pytest.raises(TypeError, match="no spec"):
        relax({"spec": None})


def test_a_published_tree_with_a_drain_is_fine() -> None:
    inputs = load_inputs(ROOT)
    plans, _ = make_plans(
        inputs.testnets,
        inputs.fleet,
        inputs.inventory,
        Allocations(),
        now=NOW,
        overlays=LIBRARY.version,
    )
    (plan,) = (plan for plan in plans if plan.name == NET)
    cluster = plan.clusters[0].name
    rendered = render_clusters(inputs.fleet, LIBRARY.version) | render_net(plan)
    tree = {path: text for path, (text, _) in rendered.items()} | LIBRARY.published()
    locks = {f"clusters/{c.name}/nets/{NET}/net.lock.yaml": "" for c in plan.clusters}
    files, _ = drained(cluster=cluster, place=Place(cluster, "net-pickles-qa", "whale-qa-003"))
    assert not check_kustomizations(tree | locks | files, generated=True)
    stray = {f"clusters/{cluster}/nets/{NET}/drain-{DRAIN}/more.yaml": ""}
    assert check_kustomizations(tree | locks | files | stray, generated=True)


def rights(kind: str, name: str) -> list[dict[str, Any]]:
    """Return the rules of a role of the platform."""
    rules: list[dict[str, Any]] = named(of_kind(build(OVERLAYS / "base/platform"), kind), name)[
        "rules"
    ]
    return rules


def test_the_job_may_only_look() -> None:
    rules = rights("ClusterRole", "testnet-drain-reader")
    found = {(r, v) for rule in rules for r in rule["resources"] for v in rule["verbs"]}
    assert found == {("pods", "list"), ("statefulsets", "list")}


def test_flux_may_only_make_jobs_of_drains() -> None:
    (rule,) = rights("Role", "drain-reconciler")
    assert (rule["apiGroups"], rule["resources"]) == (["batch"], ["jobs"])
    everywhere = of_kind(build(OVERLAYS / "base/platform"), "ClusterRoleBinding")
    assert {s["name"] for binding in everywhere for s in binding["subjects"]} == {"drain"}


def test_accounts_that_a_drain_names_are_made() -> None:
    _, kustomization = drained()
    accounts = of_kind(build(OVERLAYS / "base/platform"), "ServiceAccount")
    places = {(a["metadata"]["namespace"], a["metadata"]["name"]) for a in accounts}
    spec: Any = kustomization["spec"]
    assert {
        ("testnets", spec["serviceAccountName"]),
        ("testnets", built()["spec"]["template"]["spec"]["serviceAccountName"]),
    } == places
    assert not any(account["automountServiceAccountToken"] for account in accounts)
