"""What an observation of a cluster proves: the one place where that is decided."""

from __future__ import annotations

import re

from generator.publickey import InvalidKey, decode_public_key
from generator.register import Evidence, Lineage, Waiting
from generator.register.step import refuse_evidence
from generator.render.manifest import key_label
from generator.sync import SOURCE, Applied, Observation, Question, Workload

# As Flux writes it since 2023: the branch, and the full id of the commit.
_REVISION = re.compile(
    r"(?P<branch>[^@]+)@sha(?:1:(?P<sha1>[0-9a-f]{40})|256:(?P<sha256>[0-9a-f]{64}))"
)


def question(waiting: Waiting) -> Question | str:
    """Return what to ask a cluster about a key that waits, or why it cannot be asked."""
    record = waiting.record
    try:
        label = _label(record.key)
    except InvalidKey as error:
        return f"the register holds a key that {error.reason}"
    if record.place.kind != "StatefulSet":
        return f"nobody knows how to look for a {record.place.kind}"
    return Question(
        kustomization=waiting.kustomization,
        namespace=record.place.namespace,
        name=record.place.name,
        label=label,
    )


def judge(  # noqa: PLR0913 - each argument is a fact
    waiting: Waiting,
    seen: Observation,
    lineage: Lineage,
    *,
    branch: str,
    source: str,
    who: str,
    at: str,
) -> Evidence | str:
    """Return the evidence that a daemon has stopped, or why what was seen is none.

    `branch` is the branch of the published tree. The revision was read before the pods were:
    what was applied later still holds the drain, or the head would not.
    """
    record = waiting.record
    asked = question(waiting)
    if isinstance(asked, str):
        return asked
    if record.drain is None:
        return "the key is not draining"
    if seen.cluster != record.place.cluster or asked not in seen.questions:
        return f"nobody looked for its daemon on {record.place.cluster}"
    revision, reason = _revision(waiting, seen, branch)
    if reason:
        return reason
    reason = _running(asked, seen, record.drain.id)
    if reason:
        return reason
    evidence = Evidence(
        key=record.key,
        place=record.place,
        drain=record.drain.id,
        revision=revision,
        source=source,
        who=who,
        at=at,
    )
    return refuse_evidence(record, evidence, lineage) or evidence


def _revision(waiting: Waiting, seen: Observation, branch: str) -> tuple[str, str]:
    """Return the commit that the cluster has applied there; else "" and why none is known."""
    name = waiting.kustomization
    applied = next((known for known in seen.kustomizations if known.name == name), None)
    if applied is None:
        return "", f"{seen.cluster} has no Kustomization {name}"
    doubt = _doubt(applied, waiting)
    if doubt:
        return "", f"the Kustomization {name} {doubt}"
    match = _REVISION.fullmatch(applied.revision)
    if not match:
        what = f'applied "{applied.revision[:80]}"' if applied.revision else "applied nothing yet"
        return "", f"the Kustomization {name} {what}"
    if match["branch"] != branch:
        return "", f'the Kustomization {name} follows the branch "{match["branch"][:80]}"'
    return match["sha1"] or match["sha256"], ""


def _doubt(applied: Applied, waiting: Waiting) -> str:
    """Say why what a Kustomization applied tells nothing about the daemon; "" if it does."""
    net, cluster = waiting.record.net, waiting.record.place.cluster
    overlay = waiting.kustomization.removeprefix(f"{net}-")
    path = f"./clusters/{cluster}/nets/{net}/{overlay}"
    if applied.deleting:
        return "is being deleted"
    if applied.suspended:
        return "is suspended: resume it"
    if applied.observed != applied.generation:
        return "was changed, and Flux has not looked at it since"
    if (applied.source, applied.path) != (SOURCE, path):
        return f"applies {applied.path[:200]} of {applied.source[:80]}, not {path} of {SOURCE}"
    return ""


def _running(asked: Question, seen: Observation, drain: str) -> str:
    """Say what may still run with the key on the cluster; "" for nothing."""
    place = (asked.namespace, asked.name)
    workload = next(
        (known for known in seen.workloads if (known.namespace, known.name) == place), None
    )
    # One that is not there shows nothing of what its controller has seen: it may yet make a pod.
    reason = _wants(workload, drain) if workload else "is not there; Flux makes it again"
    if reason:
        return f"the StatefulSet {asked.namespace}/{asked.name} {reason}"
    # Any pod that is there counts, in whatever phase: a node that was lost says Failed or
    # Succeeded of containers that it may still run, and only a pod that is gone was confirmed.
    pods = [pod for pod in seen.pods if pod.label == asked.label]
    if pods:
        pod = pods[0]
        phase = "terminating" if pod.deleting else pod.phase
        more = f" and {len(pods) - 1} more" if len(pods) > 1 else ""
        return f"the pod {pod.namespace}/{pod.name} is still there ({phase}){more}"
    return ""


def _wants(workload: Workload, drain: str) -> str:
    """Say why a StatefulSet may still run a pod; "" when it cannot."""
    if workload.drain != drain:
        return f'has the drain label "{workload.drain[:20]}", not "{drain}"'
    if workload.replicas:
        return f"still wants {workload.replicas} replicas"
    if workload.observed != workload.generation:
        return "was changed, and its controller has not looked at it since"
    # Also those whose label of the key somebody took away.
    if workload.counted:
        return f"still has {workload.counted} pods"
    return ""


def _label(key: str) -> str:
    """Return the label of a key's pods by the one function that writes it on them."""
    return key_label(key, decode_public_key(key).identity)
