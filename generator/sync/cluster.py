"""One cluster, read through its API server: the only place that talks to Kubernetes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any

from kubernetes.client import (
    ApiClient,
    ApiException,
    AppsV1Api,
    Configuration,
    CoreV1Api,
    CustomObjectsApi,
)
from kubernetes.config import new_client_from_config
from urllib3.exceptions import HTTPError

from generator.errors import RemoteError
from generator.sync.answer import (
    Unusable,
    read_applied,
    read_cluster_name,
    read_pods,
    read_workloads,
)
from generator.sync.model import KEY_LABEL, NAMESPACE, Applied, Observation, Pod, Question, Workload

_MOST_LABELS = 40  # in one selector: an address of some 3 kB
_NOT_FOUND = 404
_WHY = {
    401: "it does not accept the credentials of the kubeconfig",
    403: "the account of the kubeconfig may not read there",
    429: "it has too much to do",
}


def observe_cluster(
    cluster: str, questions: Sequence[Question], *, context: str, seconds: float
) -> Observation:
    """Return what the cluster of a kubeconfig's context says to some questions.

    The order is what makes it evidence: first which revision was applied, then what is there.
    No request names a resource version, a limit or a page: each is answered from the newest
    state that a majority of etcd has, and a list in one piece, or not at all.

    Raises:
        RemoteError: when any request fails, in words that follow the cluster's name.
    """
    with _words(), _connect(context) as client:
        api = _Api(client, monotonic() + seconds)
        name = api.cluster_name()
        if name != cluster:
            raise RemoteError(f'the context "{context}" leads to the cluster "{name[:100]}"')
        wanted = sorted({question.kustomization for question in questions})
        kustomizations = [api.kustomization(name) for name in wanted]
        places = {(question.namespace, question.name) for question in questions}
        workloads = [
            workload
            for namespace in sorted({namespace for namespace, _ in places})
            for workload in api.stateful_sets(namespace)
            if (namespace, workload.name) in places
        ]
        labels = sorted({question.label for question in questions})
        return Observation(
            cluster=cluster,
            context=context,
            questions=tuple(sorted(questions)),
            kustomizations=tuple(found for found in kustomizations if found),
            workloads=tuple(workloads),
            pods=api.pods(labels),
        )


class _Api:
    """The few reads, all of them within one time limit."""

    def __init__(self, client: ApiClient, until: float) -> None:
        self._core = CoreV1Api(client)
        self._apps = AppsV1Api(client)
        self._custom = CustomObjectsApi(client)
        self._until = until

    def cluster_name(self) -> str:
        answer = _parse(self._core.read_namespaced_config_map("cluster", NAMESPACE, **self._how()))
        return read_cluster_name(answer)

    def kustomization(self, name: str) -> Applied | None:
        """Return a Kustomization, or nothing where there is none of that name."""
        try:
            answer = self._custom.get_namespaced_custom_object(
                "kustomize.toolkit.fluxcd.io",
                "v1",
                NAMESPACE,
                "kustomizations",
                name,
                **self._how(),
            )
        except ApiException as error:
            if error.status == _NOT_FOUND and _says_not_found(error.body, name):
                return None
            raise
        applied = read_applied(_parse(answer))
        if applied.name != name:
            raise Unusable(f"it was asked for {name} and answers with something else")
        return applied

    def stateful_sets(self, namespace: str) -> tuple[Workload, ...]:
        """Return all StatefulSets of a namespace: one answer, however many are drained there.

        No selector: one that lost its labels is not one that is gone.
        """
        answer = self._apps.list_namespaced_stateful_set(namespace, **self._how())
        return read_workloads(_parse(answer), namespace)

    def pods(self, labels: Sequence[str]) -> tuple[Pod, ...]:
        pods: set[Pod] = set()
        for first in range(0, len(labels), _MOST_LABELS):
            selector = f"{KEY_LABEL} in ({','.join(labels[first : first + _MOST_LABELS])})"
            answer = self._core.list_pod_for_all_namespaces(label_selector=selector, **self._how())
            pods.update(read_pods(_parse(answer)))
        return tuple(sorted(pods))

    def _how(self) -> dict[str, Any]:
        left = self._until - monotonic()
        if left <= 0:
            raise RemoteError("it does not answer in time")
        # The bytes as they came: the client's own models take an absent field for an empty one.
        return {"_request_timeout": left, "_preload_content": False}


def _connect(context: str) -> ApiClient:
    configuration = Configuration()
    configuration.retries = 1  # a cluster that does not answer is asked again by the next run
    try:
        # The client looks at the environment when it is imported, which may be too early.
        client: ApiClient = new_client_from_config(  # type: ignore[no-untyped-call]
            config_file=os.environ.get("KUBECONFIG") or None,
            context=context,
            persist_config=False,
            client_configuration=configuration,
        )
    except Exception as error:
        # Never its words: a program that the kubeconfig names may put a token in them.
        raise RemoteError(
            f'the kubeconfig has no context "{context}" that can be used'
            f" ({type(error).__name__}); name another with --context CLUSTER=CONTEXT"
        ) from error
    return client


def _parse(answer: Any) -> Any:  # noqa: ANN401 - a response, a parsed document
    return json.loads(answer.data)


def _says_not_found(body: object, name: str) -> bool:
    """Say whether the API server itself says so: a proxy, or a kind not served, has its 404 too."""
    try:
        status = json.loads(body) if isinstance(body, str | bytes) else None
    except ValueError:
        return False
    if not isinstance(status, dict):
        return False
    details = status.get("details")
    return (
        (status.get("kind"), status.get("reason")) == ("Status", "NotFound")
        and isinstance(details, dict)
        and details.get("name") == name
    )


@contextmanager
def _words() -> Iterator[None]:
    """Turn every failure into one sentence; none holds a credential or an address."""
    try:
        yield
    except ApiException as error:
        if not error.status:
            raise RemoteError("its certificate is not valid") from error
        why = _WHY.get(error.status, "its API server answers with an error")
        raise RemoteError(f"{why} (HTTP {error.status})") from error
    except (HTTPError, OSError) as error:
        raise RemoteError(f"it does not answer ({type(error).__name__})") from error
    except Unusable as error:
        raise RemoteError(str(error)) from error
    except ValueError as error:
        raise RemoteError("it answers with something that is no JSON") from error
