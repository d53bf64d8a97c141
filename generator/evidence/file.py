"""Evidence in a file, which somebody wrote where the clusters can be reached."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from generator.errors import UsageError
from generator.evidence.judge import judge
from generator.evidence.source import Found
from generator.register import Evidence, Lineage, Waiting
from generator.schema import schema_text
from generator.sync import Applied, Observation, Pod, Question, Workload

VERSION = 1
_LIMIT = 64 * 1024 * 1024  # bytes: a hundred thousand daemons

_Content = Mapping[str, Any]  # of a file that its schema accepts


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSource:
    """What was seen by somebody else, judged as if it were seen now."""

    at: str
    who: str
    branch: str
    seen: Mapping[str, Observation]
    failed: Mapping[str, str]

    def look(self, waiting: Sequence[Waiting], lineage: Lineage) -> Found:
        """Return for each key what the file shows."""
        return {wait.record.key: self._judge(wait, lineage) for wait in waiting}

    def _judge(self, wait: Waiting, lineage: Lineage) -> Evidence | str:
        cluster = wait.record.place.cluster
        if cluster in self.failed:
            return f"{cluster}: {self.failed[cluster]}"
        if cluster not in self.seen:
            return f"the file has nothing about {cluster}"
        return judge(
            wait,
            self.seen[cluster],
            lineage,
            branch=self.branch,
            source="file",
            who=self.who,
            at=self.at,
        )


def render_observations(
    seen: Mapping[str, Observation | str],
    *,
    who: str,
    at: str,
    status: Mapping[str, object] | None = None,
) -> str:
    """Return the text of the file for what was seen of each cluster, or why nothing was.

    `status` is what `testnet status` says beside it: plain data without fractions, which is no
    evidence of anything, and which the digest covers all the same.
    """
    answered = [answer for answer in seen.values() if isinstance(answer, Observation)]
    document: dict[str, object] = {
        "version": VERSION,
        "who": who,
        "at": at,
        "clusters": [_cluster(answer) for answer in sorted(answered, key=lambda a: a.cluster)],
        "failed": {
            cluster: answer for cluster, answer in sorted(seen.items()) if isinstance(answer, str)
        },
    }
    if status is not None:
        document["status"] = dict(status)
    document["digest"] = _digest(document)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def open_file(path: Path, *, branch: str) -> FileSource:
    """Return what a file shows.

    Raises:
        UsageError: when it cannot be read, has another shape, or contradicts itself.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no name of a file"
        raise UsageError(
            f"--evidence {path}: {reason}. Give kubernetes, github, none, or a file that"
            " `testnet status` wrote"
        ) from error
    try:
        return _parse(data, branch)
    except (ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
        raise UsageError(
            f"--evidence {path}: {reason}. Have `testnet status` write it again; nobody edits it"
        ) from error


def _parse(data: bytes, branch: str) -> FileSource:
    if len(data) > _LIMIT:
        raise ValueError(f"it has more than {_LIMIT} bytes")
    document = json.loads(
        data.decode(), object_pairs_hook=_unique, parse_float=_no_number, parse_constant=_no_number
    )
    fault = next(_schema().iter_errors(document), None)
    if fault is not None:
        place = "/".join(str(part) for part in fault.instance_path) or "the top"
        raise ValueError(f"at {place}: {fault.message}")
    rest = {name: value for name, value in document.items() if name != "digest"}
    if document["digest"] != _digest(rest):
        raise ValueError("it was edited: its digest is of something else")
    seen = [_observation(content) for content in document["clusters"]]
    names = [observation.cluster for observation in seen] + list(document["failed"])
    _once("cluster", names)
    return FileSource(
        at=document["at"],
        who=document["who"],
        branch=branch,
        seen={observation.cluster: observation for observation in seen},
        failed=document["failed"],
    )


@cache
def _schema() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(schema_text("evidence")))


def _digest(document: _Content) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _once("field", [name for name, _ in pairs])
    return dict(pairs)


def _no_number(text: str) -> float:
    raise ValueError(f"it has the number {text[:20]}")


def _once(what: str, names: Sequence[object]) -> None:
    seen: set[object] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"it has the {what} {name} twice")
        seen.add(name)


def _cluster(seen: Observation) -> dict[str, object]:
    return {
        "name": seen.cluster,
        "context": seen.context,
        "asked": [
            {
                "kustomization": asked.kustomization,
                "namespace": asked.namespace,
                "name": asked.name,
                "label": asked.label,
            }
            for asked in seen.questions
        ],
        "kustomizations": [
            {
                "name": applied.name,
                "revision": applied.revision,
                "generation": applied.generation,
                "observedGeneration": applied.observed,
                "suspended": applied.suspended,
                "deleting": applied.deleting,
                "path": applied.path,
                "source": applied.source,
            }
            for applied in seen.kustomizations
        ],
        "statefulSets": [
            {
                "namespace": workload.namespace,
                "name": workload.name,
                "drain": workload.drain,
                "generation": workload.generation,
                "observedGeneration": workload.observed,
                "replicas": workload.replicas,
                "statusReplicas": workload.counted,
            }
            for workload in seen.workloads
        ],
        "pods": [
            {
                "namespace": pod.namespace,
                "name": pod.name,
                "label": pod.label,
                "phase": pod.phase,
                "deleting": pod.deleting,
            }
            for pod in seen.pods
        ],
    }


def _observation(content: _Content) -> Observation:
    """Return what one cluster answered; ValueError where the answers cannot be of one look."""
    seen = Observation(
        cluster=content["name"],
        context=content["context"],
        questions=tuple(Question(**asked) for asked in content["asked"]),
        kustomizations=tuple(
            Applied(observed=applied.pop("observedGeneration"), **applied)
            for applied in map(dict, content["kustomizations"])
        ),
        workloads=tuple(
            Workload(
                observed=workload.pop("observedGeneration"),
                counted=workload.pop("statusReplicas"),
                **workload,
            )
            for workload in map(dict, content["statefulSets"])
        ),
        pods=tuple(Pod(**pod) for pod in content["pods"]),
    )
    _consistent(seen)
    return seen


def _consistent(seen: Observation) -> None:
    """Refuse what nobody asked for, what is there twice, and what was seen before it was."""
    asked = seen.questions
    applied = [known.name for known in seen.kustomizations]
    _asked(seen, "Kustomization", applied, [question.kustomization for question in asked])
    _once("Kustomization", applied)
    workloads = [f"{known.namespace}/{known.name}" for known in seen.workloads]
    places = [f"{question.namespace}/{question.name}" for question in asked]
    _asked(seen, "StatefulSet", workloads, places)
    _once("StatefulSet", workloads)
    labels = [question.label for question in asked]
    _asked(seen, "label", [pod.label for pod in seen.pods], labels)
    _once("pod", [f"{pod.namespace}/{pod.name}" for pod in seen.pods])
    ahead = [known.name for known in seen.kustomizations if known.observed > known.generation]
    ahead += [known.name for known in seen.workloads if known.observed > known.generation]
    if ahead:
        raise ValueError(f"on {seen.cluster} a generation of {ahead[0]} was seen before it was")


def _asked(seen: Observation, what: str, names: Sequence[str], asked: Sequence[str]) -> None:
    unasked = sorted(set(names) - set(asked))
    if unasked:
        raise ValueError(f"{seen.cluster} answers about the {what} {unasked[0]}, unasked")
