"""A key that is draining on a cluster where everything has stopped, and what may differ."""

from __future__ import annotations

from dataclasses import replace

from generator.register import Drain, Lineage, Place, Record, State, Waiting
from generator.sync import Applied, Observation, Pod, Question, Workload
from tests.repository import DATA

KEY, OTHER_KEY = (DATA / "valid.txt").read_text(encoding="utf-8").split()[:2]
LONG_KEY = (DATA / "old-format.txt").read_text(encoding="utf-8").split()[0]

COMMITS = tuple(f"{number:040x}" for number in range(1, 7))
LINEAGE = Lineage(COMMITS)
# The drain is in the commit after the third: the fourth, fifth and sixth hold it.
BEFORE, DRAINED, LATER = COMMITS[2], COMMITS[3], COMMITS[4]
DRAIN = Drain("0f3c9d5a2b7e", BEFORE)
PLACE = Place("aws", "testnet-smoke", "whale-1")
KUSTOMIZATION = "smoke-producers-1"
AT = "2026-11-23T00:00:00Z"

RECORD = Record(
    key=KEY,
    generation=0,
    state=State.DRAINING,
    place=PLACE,
    net="smoke",
    since=COMMITS[0],
    drain=DRAIN,
)
WAITING = Waiting(record=RECORD, kustomization=KUSTOMIZATION)
QUESTION = Question(
    kustomization=KUSTOMIZATION, namespace=PLACE.namespace, name=PLACE.name, label=KEY
)
APPLIED = Applied(
    name=KUSTOMIZATION,
    revision=f"environments@sha1:{DRAINED}",
    generation=2,
    observed=2,
    suspended=False,
    deleting=False,
    path="./clusters/aws/nets/smoke/producers-1",
    source="GitRepository/environments",
)
WORKLOAD = Workload(
    namespace=PLACE.namespace,
    name=PLACE.name,
    drain=DRAIN.id,
    generation=3,
    observed=3,
    replicas=0,
    counted=0,
)
POD = Pod(namespace=PLACE.namespace, name="whale-1-0", label=KEY, phase="Running", deleting=False)
STOPPED = Observation(
    cluster="aws",
    context="aws",
    questions=(QUESTION,),
    kustomizations=(APPLIED,),
    workloads=(WORKLOAD,),
    pods=(),
)


def waiting_for(key: str, **changes: object) -> Waiting:
    """Return another key that waits, with other fields of its record."""
    return replace(WAITING, record=replace(RECORD, key=key, **changes))  # type: ignore[arg-type]


def observed(**changes: object) -> Observation:
    """Return what was seen, but for some fields."""
    return replace(STOPPED, **changes)  # type: ignore[arg-type]


def applied(**changes: object) -> Observation:
    """Return what was seen with another Kustomization."""
    return observed(kustomizations=(replace(APPLIED, **changes),))  # type: ignore[arg-type]


def wants(**changes: object) -> Observation:
    """Return what was seen with another StatefulSet."""
    return observed(workloads=(replace(WORKLOAD, **changes),))  # type: ignore[arg-type]


def runs(**changes: object) -> Observation:
    """Return what was seen with a pod."""
    return observed(pods=(replace(POD, **changes),))  # type: ignore[arg-type]
