"""One cluster: control plane, nodes that KWOK plays, Flux, and what receives Flux's events."""

from __future__ import annotations

import json
import secrets
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.clusters import flux, notify, plane
from tests.clusters.api import Api, ApiError, Object, kubeconfig
from tests.clusters.flux import KUSTOMIZE, NOTIFY, SOURCE, lag
from tests.clusters.jobs import JobRunner
from tests.clusters.network import Proxy, running
from tests.clusters.parts import Part, free_port, wait_for
from tests.clusters.plane import CRDS, FLUX, NETS, Facts
from tests.clusters.programs import crds, programs
from tests.clusters.stages import Delays, stages
from tests.clusters.tls import make_key
from tests.hub.github_server import HubServer


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
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.directory = self.root / self.name
        self.directory.mkdir()
        self.authority = self.root / "ca.crt"
        self.port = free_port()
        self.api = Api(self.port, self.authority, secrets.token_hex())
        self.proxy = Proxy(self.git)
        self.jobs = JobRunner(self.api, self.directory / "jobs")
        self.usual = self.delays
        self._stack = ExitStack()
        self._last: dict[str, tuple[str, ...]] = {}  # event of each object

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

    def mend(self) -> None:
        """Undo every fault: parts run, git is reached, pods are as quick as usual."""
        self.rejoin()
        self.resume()
        if dead := [name for name, part in self.parts.items() if not part.pid]:
            self.restart(*dead)
        if self.delays != self.usual:
            self.play(self.usual)

    # --- what is to be seen

    def kustomizations(self) -> dict[str, Object]:
        """Return all Kustomizations of the nets' namespace and of Flux's own, by name."""
        return {
            item["metadata"]["name"]: item
            for namespace in (FLUX, NETS)
            for item in self.api.items(f"{KUSTOMIZE}/namespaces/{namespace}/kustomizations")
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
            path = f"{SOURCE}/namespaces/{namespace}/gitrepositories"
            for item in self.api.items(path, seconds=3):
                notes = {"annotations": {"reconcile.fluxcd.io/requestedAt": now}}
                name = item["metadata"]["name"]
                self.api.patch(f"{path}/{name}", {"metadata": notes}, seconds=3)

    def bootstrap(self, checkout: Path) -> None:
        """Apply what an operator applies once: clusters/<cluster>/flux-system."""
        self.kubectl("apply", "-k", str(checkout / f"clusters/{self.name}/flux-system"))

    def kubectl(self, *words: str, text: str = "") -> str:
        """Run kubectl as the cluster's administrator, with a text on its stdin."""
        done = subprocess.run(
            [programs()["kubectl"], "--kubeconfig", str(self.directory / "admin.json"), *words],
            input=text,
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
        server = plane.api_server(
            self.directory,
            name=self.name,
            number=self.number,
            port=self.port,
            etcd=self.etcd,
        )
        self._add("kube-apiserver", *server)
        self._wait_for_api()
        self._add("kube-controller-manager", *plane.controller_manager(self.directory))
        self._add("kube-scheduler", *plane.scheduler(self.directory))

    def _prepare(self) -> None:
        """Make what a cluster has before it joins the fleet."""
        for crd in crds():
            self.api.apply(f"{CRDS}/{crd['metadata']['name']}", crd)
        for path, body in (*plane.innate(self.facts, self.authority), *flux.rights()):
            self.api.apply(path, body)
        for node in plane.nodes(self.facts):
            self.api.create("/api/v1/nodes", node)
        wait_for("the CRDs", self._established)

    def _start_machines(self) -> None:
        self._write_stages()
        self._add("kwok", *plane.machines())

    def _start_flux(self) -> None:
        self._stack.enter_context(running(self.proxy))
        address = self._stack.enter_context(notify.receiver(self._take))
        for name, options in flux.options(self.directory, address):
            self._kubeconfig(name, self._account_token(FLUX, name))
            environment = {
                "KUBECONFIG": str(self.directory / f"{name}.json"),
                "RUNTIME_NAMESPACE": FLUX,
                "HTTPS_PROXY": self.proxy.url,
                "TMPDIR": str(self.directory),
            }
            self._add(name, *options, environment=environment)

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
        found = self.api.items(CRDS)
        return len(found) == len(crds()) and all(
            any(
                (condition["type"], condition["status"]) == ("Established", "True")
                for condition in item.get("status", {}).get("conditions", ())
            )
            for item in found
        )

    def _account_token(self, namespace: str, name: str) -> str:
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        answer = self.api.create(path, {"spec": {"expirationSeconds": 7 * 86400}})
        return str(answer["status"]["token"])

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
        """Post what an event says, as notification-controller does, which drops repeated ones."""
        what = tuple(
            str(event[part]) for part in ("message", "reason", "metadata") if part in event
        )
        uid = event["involvedObject"]["uid"]
        if self._last.get(uid) == what:
            return
        self._last[uid] = what
        try:
            base = f"{NOTIFY}/namespaces/{event['involvedObject']['namespace']}"
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
