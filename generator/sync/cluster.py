"""One cluster, read through its API server: the only place that talks to Kubernetes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
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
    page_of,
    read_applied,
    read_cluster_name,
    read_pods,
    read_workloads,
    says_not_found,
)
from generator.sync.model import (
    FLUX_NAMESPACE,
    KEY_LABEL,
    NAMESPACE,
    NET_PREFIX,
    Applied,
    Observation,
    Pod,
    Question,
    Workload,
)
from generator.sync.overview import (
    read_kustomization,
    read_node,
    read_pod,
    read_service,
    read_source,
    read_workload,
)
from generator.sync.survey import Survey

_MOST_LABELS = 40  # in one selector: an address of some 3 kB
_PAGE = 500  # objects: some 5 MB of pods
CONNECT_SECONDS = 4.0  # a cluster that is gone refuses nothing, it is silent
_NOT_FOUND = 404
_WHY = {
    401: "it does not accept the credentials of the kubeconfig",
    403: "the account of the kubeconfig may not read there",
    429: "it has too much to do",
}
_UNNAMED = (
    f"it has no ConfigMap {NAMESPACE}/cluster, by which it is known: it was not set up"
    " (docs/bootstrap.md), or Flux has not come to that yet"
)
# By the exceptions of the client; one of another name is shown by its name.
_SILENT = {
    "ConnectTimeoutError": "no connection in time",
    "NameResolutionError": "its host name does not resolve",
    "NewConnectionError": "nothing listens at its address",
    "ReadTimeoutError": "no answer in time",
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
    # One that does not answer is asked again by the next run.
    with plain_failures(), connected(context, retries=1) as client:
        api = _Api(client, monotonic() + seconds)
        api.expect(cluster, context)
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


def survey_cluster(cluster: str, *, context: str, seconds: float) -> Survey:
    """Return what the cluster of a kubeconfig's context says of all nets on it.

    One list for each kind of object, in pages, however many daemons there are.

    Raises:
        RemoteError: as `observe_cluster`.
    """
    with plain_failures(), connected(context, retries=0) as client:
        api = _Api(client, monotonic() + seconds, connect=CONNECT_SECONDS)
        api.expect(cluster, context)
        # First: a workload that is read later is of that revision, or of a later one.
        kustomizations = [
            read_kustomization(item) for item in api.list_flux("kustomize", "Kustomization")
        ]
        workloads = [
            *(read_workload(item, "StatefulSet") for item in api.list_stateful_sets()),
            *(read_workload(item, "Deployment") for item in api.list_deployments()),
        ]
        pods = [read_pod(item) for item in api.list_pods()]
        services = [read_service(item) for item in api.list_services()]
        return Survey(
            cluster=cluster,
            context=context,
            sources=tuple(read_source(item) for item in api.list_flux("source", "GitRepository")),
            kustomizations=tuple(kustomizations),
            workloads=tuple(w for w in workloads if w.namespace.startswith(NET_PREFIX)),
            # Of other namespaces only those that hold a key.
            pods=tuple(p for p in pods if p.key or p.namespace.startswith(NET_PREFIX)),
            services=tuple(s for s in services if s and s.namespace.startswith(NET_PREFIX)),
            nodes=tuple(read_node(item) for item in api.list_nodes()),
        )


class _Api:
    """The few reads, all of them within one time limit."""

    def __init__(self, client: ApiClient, until: float, connect: float | None = None) -> None:
        self._core = CoreV1Api(client)
        self._apps = AppsV1Api(client)
        self._custom = CustomObjectsApi(client)
        self._until = until
        self._connect = connect

    def expect(self, cluster: str, context: str) -> None:
        """Refuse a cluster that has another name for itself."""
        try:
            found = self._core.read_namespaced_config_map("cluster", NAMESPACE, **self._how())
        except ApiException as error:
            if error.status == _NOT_FOUND and says_not_found(error.body, "cluster"):
                raise RemoteError(_UNNAMED) from error
            raise
        answer = _parse(found)
        name = read_cluster_name(answer)
        if name != cluster:
            raise RemoteError(f'the context "{context}" leads to the cluster "{name[:100]}"')

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
            if error.status == _NOT_FOUND and says_not_found(error.body, name):
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

    def list_flux(self, group: str, kind: str) -> Iterator[dict[str, Any]]:
        """Yield Flux's objects of a kind, of the nets and of what sets the cluster up."""
        plural = {"GitRepository": "gitrepositories"}.get(kind, f"{kind.lower()}s")
        what = f"{group}.toolkit.fluxcd.io", "v1"
        for namespace in (NAMESPACE, FLUX_NAMESPACE):
            listed = self._custom.list_namespaced_custom_object
            yield from self._pages(listed, kind, *what, namespace, plural)

    def list_stateful_sets(self) -> Iterator[dict[str, Any]]:
        yield from self._pages(self._apps.list_stateful_set_for_all_namespaces, "StatefulSet")

    def list_deployments(self) -> Iterator[dict[str, Any]]:
        yield from self._pages(self._apps.list_deployment_for_all_namespaces, "Deployment")

    def list_pods(self) -> Iterator[dict[str, Any]]:
        yield from self._pages(self._core.list_pod_for_all_namespaces, "Pod")

    def list_services(self) -> Iterator[dict[str, Any]]:
        yield from self._pages(self._core.list_service_for_all_namespaces, "Service")

    def list_nodes(self) -> Iterator[dict[str, Any]]:
        yield from self._pages(self._core.list_node, "Node")

    def _pages(
        self,
        call: Callable[..., Any],
        kind: str,
        *where: str,
    ) -> Iterator[dict[str, Any]]:
        """Yield what is in a list, a page after the other: never all of it in memory as text."""
        token = ""
        while True:
            more = {"_continue": token} if token else {}
            answer = _parse(call(*where, limit=_PAGE, **more, **self._how()))
            items, token = page_of(answer, kind)
            yield from items
            if not token:
                return

    def _how(self) -> dict[str, Any]:
        left = self._until - monotonic()
        if left <= 0:
            raise RemoteError("it does not answer in time")
        # The bytes as they came: the client's own models take an absent field for an empty one.
        limit = (min(self._connect, left), left) if self._connect else left
        return {"_request_timeout": limit, "_preload_content": False}


def connected(context: str, *, retries: int) -> ApiClient:
    """Return a client for the cluster of a context; RemoteError where the kubeconfig has none."""
    configuration = Configuration()
    configuration.retries = retries
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


def refused(status: int) -> str:
    """Return in words why a request was answered with an error of HTTP."""
    return f"{_WHY.get(status, 'its API server answers with an error')} (HTTP {status})"


@contextmanager
def plain_failures() -> Iterator[None]:
    """Turn every failure into one sentence; none holds a credential or an address."""
    try:
        yield
    except ApiException as error:
        if not error.status:
            raise RemoteError("its certificate is not valid") from error
        raise RemoteError(refused(error.status)) from error
    except (HTTPError, OSError) as error:
        name = type(getattr(error, "reason", None) or error).__name__
        raise RemoteError(f"it does not answer ({_SILENT.get(name, name)})") from error
    except Unusable as error:
        raise RemoteError(str(error)) from error
    except ValueError as error:
        raise RemoteError("it answers with something that is no JSON") from error
