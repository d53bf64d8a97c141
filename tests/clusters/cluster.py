"""One cluster: control plane, nodes that KWOK plays, Flux, and what receives Flux's events."""

from __future__ import annotations

import json
import secrets
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.clusters import notify
from tests.clusters.api import Api, ApiError, Object, kubeconfig
from tests.clusters.jobs import JobRunner
from tests.clusters.network import PASSWORD, USER, Proxy, running
from tests.clusters.parts import Part, free_port, wait_for
from tests.clusters.programs import crds, programs
from tests.clusters.stages import Delays, node, stages
from tests.clusters.tls import make_key
from tests.hub.github_server import HubServer

FLUX = "flux-system"
NETS = "testnets"
_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_KUSTOMIZE = "/apis/kustomize.toolkit.fluxcd.io/v1"
_SOURCE = "/apis/source.toolkit.fluxcd.io/v1"
_NOTIFY = "/apis/notification.toolkit.fluxcd.io/v1beta3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a cluster is, mostly from the fleet file."""

    name: str
    region: str
    storage_class: str
    notification_secret: str
    zones: int = 3
    nodes_per_zone: int = 2
    node_capacity: tuple[tuple[str, str], ...] = (
        ("cpu", "256"),
        ("memory", "1Ti"),
        ("ephemeral-storage", "1Ti"),
        ("pods", "250"),
    )


@dataclass
class Cluster:
    """A cluster below `root`, whose etcd and git are shared with others."""

    facts: Facts
    root: Path
    etcd: int
    git: int
    hub: HubServer
    number: int
    delays: Delays = field(default_factory=Delays)
    parts: dict[str, Part] = field(default_factory=dict)
    events: list[Object] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.directory = self.root / self.name
        self.directory.mkdir()
        self.authority = self.root / "ca.crt"
        self.port = free_port()
        self.api = Api(self.port, self.authority, secrets.token_hex())
        self.proxy = Proxy(self.git)
        self.jobs = JobRunner(self.api, self.directory / "jobs")
        self._stack = ExitStack()

    @property
    def name(self) -> str:
        return self.facts.name

    def start(self) -> None:
        """Start everything, and wait until Flux watches; nothing is deployed then."""
        self._start_control_plane()
        self._prepare()
        self._start_machines()
        self._start_flux()
        self.jobs.start()

    def end(self) -> None:
        """End everything that was started."""
        self.jobs.end()
        for part in reversed(list(self.parts.values())):
            part.kill()
        self._stack.close()

    # --- faults

    def pause(self, *names: str) -> None:
        """Stop parts, all where none is named, as if the machines hung."""
        for name in names or tuple(self.parts):
            self.parts[name].pause()

    def resume(self, *names: str) -> None:
        """Let parts go on, all where none is named."""
        for name in names or tuple(self.parts):
            self.parts[name].resume()

    def kill(self, *names: str) -> None:
        """End parts at once, all where none is named: the cluster is gone, its state is not."""
        for name in names or tuple(self.parts):
            self.parts[name].kill()

    def restart(self, *names: str) -> None:
        """Start parts that were killed, all where none is named, the API server first."""
        for name in names or tuple(self.parts):
            self.parts[name].restart()
            if name == "kube-apiserver":
                self._wait_for_api()

    def partition(self, *, hanging: bool = False) -> None:
        """Cut the cluster off from git; its requests are refused, or never answered."""
        self.proxy.hanging = hanging
        self.proxy.partitioned = True

    def rejoin(self) -> None:
        """Let the cluster reach git again."""
        self.proxy.partitioned = self.proxy.hanging = False

    def play(self, delays: Delays) -> None:
        """Have pods start and stop after other delays from now on."""
        self.delays = delays
        self._write_stages()
        self.parts["kwok"].restart()

    # --- what is to be seen

    def kustomizations(self) -> dict[str, Object]:
        """Return all Kustomizations of the nets' namespace and of Flux's own, by name."""
        return {
            item["metadata"]["name"]: item
            for namespace in (FLUX, NETS)
            for item in self.api.items(f"{_KUSTOMIZE}/namespaces/{namespace}/kustomizations")
        }

    def applied(self, revision: str) -> dict[str, str]:
        """Return what is not Ready at a commit, with the reason: nothing when all is well."""
        return {
            name: why
            for name, item in self.kustomizations().items()
            if (why := lag(item, revision))
        }

    def sync(self) -> None:
        """Have Flux fetch at once, as a webhook does after a push."""
        now = secrets.token_hex(8)
        for namespace in (FLUX, NETS):
            path = f"{_SOURCE}/namespaces/{namespace}/gitrepositories"
            for item in self.api.items(path, seconds=3):
                notes = {"annotations": {"reconcile.fluxcd.io/requestedAt": now}}
                name = item["metadata"]["name"]
                self.api.patch(f"{path}/{name}", {"metadata": notes}, seconds=3)

    def bootstrap(self, checkout: Path) -> None:
        """Apply what an operator applies once: clusters/<cluster>/flux-system."""
        self.kubectl("apply", "-k", str(checkout / f"clusters/{self.name}/flux-system"))

    def kubectl(self, *words: str) -> str:
        """Run kubectl as the cluster's administrator."""
        done = subprocess.run(
            [programs()["kubectl"], "--kubeconfig", str(self.directory / "admin.json"), *words],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"kubectl {' '.join(words)}: {done.stderr}")
        return done.stdout

    # --- starting

    def _start_control_plane(self) -> None:
        users = {
            "admin": (self.api.token, "admin", "system:masters"),
            "manager": (secrets.token_hex(), "system:kube-controller-manager", ""),
            "scheduler": (secrets.token_hex(), "system:kube-scheduler", ""),
            "kwok": (secrets.token_hex(), "kwok", "system:masters"),
        }
        tokens = self.directory / "tokens.csv"
        lines = [f'{token},{user},{user},"{group}"' for token, user, group in users.values()]
        tokens.touch(0o600)
        tokens.write_text("\n".join(lines) + "\n", "utf-8")
        for name, (token, _, _) in users.items():
            self._kubeconfig(name, token)
        make_key(self.directory, "accounts")
        self._add(
            "kube-apiserver",
            f"--etcd-servers=http://127.0.0.1:{self.etcd}",
            f"--etcd-prefix=/{self.name}",
            f"--secure-port={self.port}",
            "--bind-address=127.0.0.1",
            f"--cert-dir={self.directory}",
            f"--tls-cert-file={self.root}/server.crt",
            f"--tls-private-key-file={self.root}/server.key",
            f"--token-auth-file={tokens}",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-account-key-file=accounts.pub",
            "--service-account-signing-key-file=accounts.key",
            f"--service-cluster-ip-range=172.{16 + self.number}.0.0/16",
            "--endpoint-reconciler-type=none",
            "--profiling=false",
        )
        self._wait_for_api()
        self._add(
            "kube-controller-manager",
            "--kubeconfig=manager.json",
            "--leader-elect=false",
            "--controllers=*,-node-ipam-controller",
            "--service-account-private-key-file=accounts.key",
            f"--root-ca-file={self.authority}",
            "--use-service-account-credentials=true",
            "--bind-address=127.0.0.1",
            f"--secure-port={free_port()}",
            f"--cert-dir={self.directory}",
        )
        configuration = {
            "apiVersion": "kubescheduler.config.k8s.io/v1",
            "kind": "KubeSchedulerConfiguration",
            "clientConnection": {"kubeconfig": "scheduler.json", "qps": 200, "burst": 400},
            "leaderElection": {"leaderElect": False},
        }
        (self.directory / "scheduler-config.json").write_text(json.dumps(configuration), "utf-8")
        self._add(
            "kube-scheduler",
            "--config=scheduler-config.json",
            "--bind-address=127.0.0.1",
            f"--secure-port={free_port()}",
            f"--cert-dir={self.directory}",
        )

    def _prepare(self) -> None:
        """Make what a cluster has before it joins the fleet: docs/bootstrap.md."""
        for crd in crds():
            self.api.apply(f"{_CRDS}/{crd['metadata']['name']}", crd)
        for namespace in (FLUX, NETS):
            self._apply(f"/api/v1/namespaces/{namespace}", "v1", "Namespace")
            login = {
                "username": USER,
                "password": PASSWORD,
                "ca.crt": self.authority.read_text("utf-8"),
            }
            self._secret(namespace, "environments", login)
        self._secret(NETS, self.facts.notification_secret, {"token": "of-these-tests"})
        self._apply(
            f"/apis/storage.k8s.io/v1/storageclasses/{self.facts.storage_class}",
            "storage.k8s.io/v1",
            "StorageClass",
            provisioner="kwok",
            volumeBindingMode="WaitForFirstConsumer",
        )
        self._flux_rights()
        for index in range(self.facts.zones * self.facts.nodes_per_zone):
            zone = f"{self.facts.region}{'abcdef'[index % self.facts.zones]}"
            capacity = dict(self.facts.node_capacity)
            made = node(f"{self.name}-{index + 1}", self.facts.region, zone, index, capacity)
            self.api.create("/api/v1/nodes", made)
        wait_for("the CRDs", self._established)

    def _start_machines(self) -> None:
        self._write_stages()
        self._add(
            "kwok",
            "--kubeconfig=kwok.json",
            "--manage-all-nodes=true",
            "--config=stages.yaml",
            # With leases, KWOK would play no node for 40 s after a restart: the old ones hold.
            "--node-lease-duration-seconds=0",
            f"--server-address=127.0.0.1:{free_port()}",
        )

    def _start_flux(self) -> None:
        self._stack.enter_context(running(self.proxy))
        address = self._stack.enter_context(notify.receiver(self._take))
        storage = free_port()
        (self.directory / "artifacts").mkdir()
        for name, options in {
            "source-controller": (
                f"--storage-path={self.directory}/artifacts",
                f"--storage-addr=127.0.0.1:{storage}",
                f"--storage-adv-addr=127.0.0.1:{storage}",
            ),
            # As docs/bootstrap.md wants it.
            "kustomize-controller": (
                "--feature-gates=CancelHealthCheckOnNewRevision=true",
                "--concurrent=20",
                "--requeue-dependency=5s",
                "--no-cross-namespace-refs",
            ),
        }.items():
            self._kubeconfig(name, self._account_token(FLUX, name))
            self._add(
                name,
                *options,
                "--watch-all-namespaces=true",
                "--enable-leader-election=false",
                f"--events-addr={address}",
                "--metrics-addr=127.0.0.1:0",
                "--health-addr=127.0.0.1:0",
                environment={
                    "KUBECONFIG": str(self.directory / f"{name}.json"),
                    "RUNTIME_NAMESPACE": FLUX,
                    "HTTPS_PROXY": self.proxy.url,
                    "TMPDIR": str(self.directory),
                },
            )

    def _add(self, name: str, *options: str, environment: dict[str, str] | None = None) -> None:
        part = Part(name, [programs()[name], *options], self.directory, environment or {})
        self.parts[name] = part
        part.start()

    def _wait_for_api(self) -> None:
        def ready() -> bool:
            try:
                return self.api.get("/readyz", seconds=5) == {"text": "ok"}
            except (OSError, ApiError):
                return False

        wait_for(f"the API of {self.name}", ready, 120, [self.parts["kube-apiserver"]])

    def _established(self) -> bool:
        found = self.api.items(_CRDS)
        return len(found) == len(crds()) and all(
            any(
                (condition["type"], condition["status"]) == ("Established", "True")
                for condition in item.get("status", {}).get("conditions", ())
            )
            for item in found
        )

    def _flux_rights(self) -> None:
        """Give Flux's controllers what its own installation gives them."""
        kinds = [f"{part}.toolkit.fluxcd.io" for part in ("source", "kustomize", "notification")]
        every = ["*"]
        read = ["get", "list", "watch"]
        rules = [
            {"apiGroups": kinds, "resources": every, "verbs": every},
            {
                "apiGroups": [""],
                "resources": ["namespaces", "secrets", "configmaps", "serviceaccounts"],
                "verbs": read,
            },
            {"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]},
            {
                "apiGroups": ["", "coordination.k8s.io"],
                "resources": ["configmaps", "configmaps/status", "leases"],
                "verbs": [*read, "create", "update", "patch", "delete"],
            },
            {"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"]},
        ]
        group = "rbac.authorization.k8s.io"
        name = "crd-controller-flux-system"
        self._apply(f"{_RBAC}/clusterroles/{name}", f"{group}/v1", "ClusterRole", rules=rules)
        bindings = {
            name: (name, ("source-controller", "kustomize-controller")),
            "cluster-reconciler-flux-system": ("cluster-admin", ("kustomize-controller",)),
        }
        for binding, (role, accounts) in bindings.items():
            self._apply(
                f"{_RBAC}/clusterrolebindings/{binding}",
                f"{group}/v1",
                "ClusterRoleBinding",
                roleRef={"apiGroup": group, "kind": "ClusterRole", "name": role},
                subjects=[
                    {"kind": "ServiceAccount", "name": account, "namespace": FLUX}
                    for account in accounts
                ],
            )
        for account in ("source-controller", "kustomize-controller"):
            path = f"/api/v1/namespaces/{FLUX}/serviceaccounts/{account}"
            self._apply(path, "v1", "ServiceAccount")

    def _account_token(self, namespace: str, name: str) -> str:
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        answer = self.api.create(path, {"spec": {"expirationSeconds": 7 * 86400}})
        return str(answer["status"]["token"])

    def _apply(self, path: str, version: str, kind: str, **fields: Any) -> None:
        head = {"name": path.rpartition("/")[2]}
        body = {"apiVersion": version, "kind": kind, "metadata": head, **fields}
        self.api.apply(path, body)

    def _secret(self, namespace: str, name: str, data: dict[str, str]) -> None:
        path = f"/api/v1/namespaces/{namespace}/secrets/{name}"
        self._apply(path, "v1", "Secret", stringData=data)

    def _kubeconfig(self, name: str, token: str) -> None:
        file = self.directory / f"{name}.json"
        file.touch(0o600)
        user = Api(self.port, self.authority, token)
        file.write_text(kubeconfig({self.name: user}), "utf-8")

    def _write_stages(self) -> None:
        documents = [json.dumps(document) for document in stages(self.delays)]
        (self.directory / "stages.yaml").write_text("\n---\n".join(documents) + "\n", "utf-8")

    # --- events

    def _take(self, event: Object) -> None:
        """Post what an event says, as notification-controller does."""
        self.events.append(event)
        try:
            base = f"{_NOTIFY}/namespaces/{event['involvedObject']['namespace']}"
            alerts = self.api.items(f"{base}/alerts")
            providers = {
                item["metadata"]["name"]: item for item in self.api.items(f"{base}/providers")
            }
            for status in notify.statuses(event, alerts, providers):
                self._post(status)
        except Exception as error:  # noqa: BLE001 - of a thread: told by the tests
            self.errors.append(f"{type(error).__name__}: {error}")

    def _post(self, status: notify.Status) -> None:
        """Post a status unless the newest one of its context says the same."""
        posted = self.hub.statuses.get(status.commit, [])
        newest = next((item for item in posted if item["context"] == status.context), {})
        same = (newest.get("state"), newest.get("description"))
        if same != (status.state, status.description):
            self.hub.post(
                status.commit, status.context, state=status.state, description=status.description
            )


def lag(item: Object, revision: str) -> str:
    """Return why a Kustomization is not Ready at a commit, nothing where it is."""
    status = item.get("status", {})
    conditions: list[Object] = status.get("conditions", [])
    ready = next((found for found in conditions if found["type"] == "Ready"), Object())
    if ready.get("status") != "True":
        return f"{ready.get('reason', 'no status')}: {ready.get('message', '')}"
    if status.get("observedGeneration") != item["metadata"]["generation"]:
        return "a change of it is not seen yet"
    last = status.get("lastAppliedRevision", "")
    return "" if last.endswith(f":{revision}") else f"at {last}"
