"""The setup of one cluster, read through its API server; nothing is changed there.

Every question is of its own: what may not be read is not seen, and the rest is. Of Secrets only
names are asked for, as a table, so that no content ever leaves the API server.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from time import monotonic, time
from typing import Any, TypeVar

from generator.errors import RemoteError
from generator.sync.cluster import CONNECT_SECONDS, connected, plain_failures, refused
from generator.sync.setup import answer as of
from generator.sync.setup.model import Controller, Right, Seen, Setup, Unseen, Wanted

T = TypeVar("T")

_NAMES = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
_SHAPE = (KeyError, TypeError, AttributeError, ValueError, IndexError, ArithmeticError)
_NOT_FOUND, _FORBIDDEN, _WORST = 404, 403, 300
_FLUX = "toolkit.fluxcd.io"


@dataclass(frozen=True, slots=True)
class _Answer:
    code: int
    body: Any
    date: str


def read_setup(cluster: str, wanted: Wanted, *, context: str, seconds: float) -> Setup:
    """Return how the cluster of a kubeconfig's context is set up, within some seconds.

    Raises:
        RemoteError: when it cannot be reached at all, or does not accept the credentials.
    """
    with plain_failures(), connected(context, retries=0) as client:
        api = _Api(client, monotonic() + seconds)
        before = time()
        first = api.ask("GET", "/version")
        after = time()
        if first.code >= _WORST:
            raise RemoteError(refused(first.code))
        moment, ahead = _clock(first.date, (before + after) / 2)
        controllers = api.see("/apis/apps/v1/deployments", of.controllers)
        return Setup(
            cluster=cluster,
            context=context,
            version=_version(first.body),
            moment=moment,
            ahead=ahead,
            controllers=controllers,
            rights={right: api.right(right, controllers) for right in wanted.rights},
            **_objects(api, wanted),
        )


def _objects(api: _Api, wanted: Wanted) -> dict[str, Any]:
    """Return what is read one by one, as fields of the record."""
    return {
        "name": api.maybe(_object(wanted.facts, "v1", "configmaps"), _cluster_name),
        "versions": {
            version: api.see(f"/apis/{version}", of.kinds, absent=frozenset())
            for version in wanted.versions
        },
        "sources": {
            name: api.maybe(_object(name, f"source.{_FLUX}/v1", "gitrepositories"), of.source)
            for name in wanted.sources
        },
        "reconcilers": {
            name: api.maybe(_object(name, f"kustomize.{_FLUX}/v1", "kustomizations"), of.reconciler)
            for name in wanted.reconcilers
        },
        "provider": api.maybe(
            _object(wanted.provider, f"notification.{_FLUX}/v1beta3", "providers"), of.provider
        ),
        "spaces": api.see("/api/v1/namespaces", of.spaces),
        "secrets": {name: api.has_secret(*name) for name in wanted.secrets},
        "storage": api.see("/apis/storage.k8s.io/v1/storageclasses", of.storage),
        "nodes": api.see("/api/v1/nodes", of.nodes),
        "roles": {
            name: api.see(
                f"/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}", _is_there, absent=False
            )
            for name in wanted.roles
        },
        "guards": api.guards(wanted.guarded),
    }


class _Api:
    """Requests, all of them within one time limit; only the first may fail as a whole."""

    def __init__(self, client: Any, until: float) -> None:  # noqa: ANN401 - of sync.cluster
        self._client = client
        self._until = until

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,  # noqa: ANN401 - a document
    ) -> _Answer:
        """Send a request and return what comes back, whatever its code is."""
        left = self._until - monotonic()
        if left <= 0:
            raise RemoteError("it does not answer in time")
        head = {"Accept": "application/json", **(headers or {})}
        if body is not None:
            head["Content-Type"] = "application/json"
        request = self._client.param_serialize(
            method,
            path,
            query_params=list((query or {}).items()),
            header_params=head,
            body=body,
            auth_settings=["BearerToken"],
        )
        response = self._client.call_api(
            *request, _request_timeout=(min(CONNECT_SECONDS, left), left)
        )
        text = response.read()
        date = response.getheader("Date") or ""
        try:
            return _Answer(response.status, json.loads(text), date)
        except ValueError:
            return _Answer(response.status, None, date)

    def see(
        self,
        path: str,
        read: Callable[[Any], T],
        *,
        absent: T | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Seen[T]:
        """Return what is at a path; `absent` where there is nothing."""
        return self._judged(lambda: self.ask("GET", path, headers=headers), read, absent)

    def maybe(self, path: str, read: Callable[[Any], T]) -> Seen[T | None]:
        """Return what is at a path; None where there is nothing."""
        nothing: tuple[T, ...] = ()
        found = self.see(path, lambda body: (read(body),), absent=nothing)
        if isinstance(found, Unseen):
            return found
        return found[0] if found else None

    def has_secret(self, namespace: str, name: str) -> Seen[bool]:
        """Say whether there is a Secret: the answer holds its name, and nothing that is in it."""
        path = f"{_object((namespace, name), 'v1', 'secrets')}?includeObject=None"
        return self.see(path, lambda body: name in of.names(body), absent=False, headers=_NAMES)

    def right(self, right: Right, controllers: Seen[tuple[Controller, ...]]) -> Seen[bool]:
        """Say what the API server would let an account do."""
        account = _account(right, controllers)
        if isinstance(account, Unseen):
            return account
        namespace, _, name = account.partition("/")
        attributes = {"verb": right.verb, "group": right.group, "resource": right.resource}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": f"system:serviceaccount:{namespace}:{name}",
                "groups": [
                    "system:serviceaccounts",
                    f"system:serviceaccounts:{namespace}",
                    "system:authenticated",
                ],
                "resourceAttributes": attributes | {"namespace": right.namespace},
            },
        }
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        return self._judged(lambda: self.ask("POST", path, body=review), of.allowed, None)

    def guards(self, namespace: str) -> Seen[bool]:
        """Say whether Pod Security refuses a pod of the host's network; none is made."""
        path = f"/api/v1/namespaces/{namespace}/pods"
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "testnet-doctor", "namespace": namespace},
            "spec": {
                "hostNetwork": True,
                "containers": [{"name": "none", "image": "example.invalid/none"}],
            },
        }
        try:
            answer = self.ask("POST", path, query={"dryRun": "All"}, body=pod)
        except Exception as error:  # noqa: BLE001 - as _judged
            return Unseen(_reason(error))
        if answer.code < _WORST:
            return False
        said = answer.body.get("message") if isinstance(answer.body, dict) else ""
        if answer.code == _FORBIDDEN and "violates PodSecurity" in str(said):
            return True
        return Unseen(refused(answer.code))

    def _judged(
        self, ask: Callable[[], _Answer], read: Callable[[Any], T], absent: T | None
    ) -> Seen[T]:
        try:
            answer = ask()
            if answer.code == _NOT_FOUND and absent is not None:
                return absent
            if answer.code >= _WORST:
                return Unseen(refused(answer.code))
            return read(answer.body)
        except _SHAPE:
            return Unseen("the API server answers with something else")
        except Exception as error:  # noqa: BLE001 - one question that fails is no reason to stop
            return Unseen(_reason(error))


def _reason(error: Exception) -> str:
    """Return why a request failed; never the words of the client, which may name a token."""
    if isinstance(error, RemoteError):
        return str(error)
    return f"no answer ({type(error).__name__})"


def _object(name: tuple[str, str], version: str, plural: str) -> str:
    prefix = "apis" if "/" in version else "api"
    return f"/{prefix}/{version}/namespaces/{name[0]}/{plural}/{name[1]}"


def _version(body: Any) -> str:  # noqa: ANN401
    return of.line(body["gitVersion"]) if isinstance(body, dict) and "gitVersion" in body else ""


def _cluster_name(body: Any) -> str:  # noqa: ANN401
    return of.line(body["data"]["name"])


def _is_there(body: Any) -> bool:  # noqa: ANN401
    return bool(body["metadata"]["name"])


def _account(right: Right, controllers: Seen[tuple[Controller, ...]]) -> str | Unseen:
    if "/" in right.account:
        return right.account
    if isinstance(controllers, Unseen):
        return controllers
    found = [each.account for each in controllers if each.program == right.account]
    return found[0] if found else Unseen(f"no Deployment of {right.account} is seen")


def _clock(date: str, ours: float) -> tuple[datetime | None, float | None]:
    """Return the API server's time, and by how much it is ahead; a Date is of a whole second."""
    try:
        moment = parsedate_to_datetime(date)
        return moment, round(moment.timestamp() + 0.5 - ours, 1)
    except (TypeError, ValueError):
        return None, None
