"""Pods of Jobs as real processes of this machine: a small kubelet for them alone.

KWOK would complete every Job by itself. Here the container's command runs with its environment,
kubectl on PATH and the ServiceAccount's token, and the Job controller sees how it ended.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from http.client import HTTPException
from pathlib import Path

from tests.clusters.api import Api, ApiError, Object, kubeconfig
from tests.clusters.parts import spawn

_PODS = "/api/v1/pods?labelSelector=batch.kubernetes.io/job-name"
# What a cluster runs at a time: the many drains of a large net would leave nothing to the rest of
# this machine. The other pods are Pending.
_SLOTS = 4
_VARIABLE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")


class JobRunner:
    """Runs the pods of all Jobs of a cluster, until `end`."""

    def __init__(self, api: Api, directory: Path) -> None:
        self.api = api
        self.directory = directory
        self.runs: dict[str, _Run] = {}
        self._slots = threading.Semaphore(_SLOTS)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def start(self) -> None:
        self.directory.mkdir()
        self._thread.start()

    def end(self) -> None:
        """End all processes at once; the API server may be gone already."""
        self._stop.set()
        for run in list(self.runs.values()):
            run.end()

    def _follow(self) -> None:
        for word, pod in self.api.follow(_PODS, self._stop):
            uid = pod["metadata"]["uid"]
            run = self.runs.get(uid)
            if word == "DELETED":
                if run:
                    run.end()
                    del self.runs[uid]
            elif run is None and pod["spec"].get("nodeName") and not _over(pod):
                run = self.runs[uid] = _Run(
                    self.api, pod, self.directory / uid, self._stop, self._slots
                )
                run.start()
            if run and pod["metadata"].get("deletionTimestamp"):
                run.terminate(pod["metadata"].get("deletionGracePeriodSeconds", 30))


class _Run(threading.Thread):
    """One pod."""

    def __init__(
        self,
        api: Api,
        pod: Object,
        directory: Path,
        stop: threading.Event,
        slots: threading.Semaphore,
    ) -> None:
        super().__init__(daemon=True, name=pod["metadata"]["name"])
        self.api = api
        self.pod = pod
        self.directory = directory
        self.process: subprocess.Popen[bytes] | None = None
        self._stop_all = stop
        self._slots = slots
        self._deleted = threading.Event()
        self._ended = threading.Event()

    @property
    def path(self) -> str:
        head = self.pod["metadata"]
        return f"/api/v1/namespaces/{head['namespace']}/pods/{head['name']}"

    def run(self) -> None:
        self.directory.mkdir()
        restarts = 0
        again = self.pod["spec"]["restartPolicy"] != "Never"
        while self._may_start():
            try:
                code = self._once(restarts)
            finally:
                self._slots.release()
            if code == 0 or not again or self._deleted.is_set():
                self._insist(
                    partial(self._report, "Failed" if code else "Succeeded", code, restarts)
                )
                break
            restarts += 1
            self._deleted.wait(min(2.0**restarts, 30))
        self._ended.set()
        while not (self._deleted.wait(0.2) or self._stop_all.is_set()):
            pass
        if self._deleted.is_set():
            own = {"preconditions": {"uid": self.pod["metadata"]["uid"]}, "gracePeriodSeconds": 0}
            self._insist(lambda: self.api.delete(self.path, own))

    def _may_start(self) -> bool:
        """Wait for a slot; say whether there is one, and the pod still."""
        while not (self._deleted.is_set() or self._stop_all.is_set()):
            if self._slots.acquire(timeout=0.2):
                return True
        return False

    def terminate(self, grace: float) -> None:
        """Ask the process to end, and end it after the grace period."""
        if self._deleted.is_set():
            return
        self._deleted.set()
        self._signal(signal.SIGTERM)
        timer = threading.Timer(grace, self.end)
        timer.daemon = True
        timer.start()

    def end(self) -> None:
        """End the process at once."""
        self._signal(signal.SIGKILL)

    def _once(self, restarts: int) -> int:
        token = self._insist(self._token) or ""
        environment = container_environment(self.pod["spec"]["containers"][0])
        programs = Path(sys.executable).parent
        environment |= {
            "PATH": f"{self._only_kubectl(programs)}:/usr/bin:/bin",
            "KUBECONFIG": str(self.directory / "kubeconfig"),
            "HOME": str(self.directory),
        }
        user = Api(self.api.port, self.api.authority, str(token))
        (self.directory / "kubeconfig").write_text(kubeconfig({"pod": user}), "utf-8")
        command = container_command(self.pod["spec"]["containers"][0], environment)
        self.process = spawn(command, self.directory / "log", environment, self.directory)
        if self._deleted.is_set():
            self._signal(signal.SIGTERM)
        self._insist(lambda: self._report("Running", None, restarts))
        return self.process.wait()

    def _only_kubectl(self, programs: Path) -> Path:
        tools = self.directory / "bin"
        tools.mkdir(exist_ok=True)
        with suppress(FileExistsError):
            (tools / "kubectl").symlink_to(programs / "kubectl")
        return tools

    def _token(self) -> str:
        spec = self.pod["spec"]
        sources = [
            source
            for volume in spec.get("volumes", ())
            for source in volume.get("projected", {}).get("sources", ())
        ]
        if not any("serviceAccountToken" in source for source in sources):
            return ""
        head = self.pod["metadata"]
        path = f"/api/v1/namespaces/{head['namespace']}/serviceaccounts"
        bound = {"kind": "Pod", "apiVersion": "v1", "name": head["name"], "uid": head["uid"]}
        request = {"spec": {"expirationSeconds": 86400, "boundObjectRef": bound}}
        answer = self.api.create(f"{path}/{spec['serviceAccountName']}/token", request)
        return str(answer["status"]["token"])

    def _report(self, phase: str, code: int | None, restarts: int) -> Object:
        name, image = (self.pod["spec"]["containers"][0][field] for field in ("name", "image"))
        running = phase == "Running"
        ready = "True" if running else "False"
        state: Object = {"running": {}}
        if not running:
            state = {"terminated": {"exitCode": code if (code or 0) >= 0 else 128 - (code or 0)}}
        container = {
            "name": name,
            "image": image,
            "imageID": "",
            "ready": running,
            "restartCount": restarts,
            "state": state,
        }
        conditions = [{"type": kind, "status": ready} for kind in ("Ready", "ContainersReady")]
        status = {"phase": phase, "conditions": conditions, "containerStatuses": [container]}
        return self.api.patch(f"{self.path}/status", {"status": status}, kind="strategic")

    def _insist(self, ask: Callable[[], Object | str]) -> Object | str | None:
        """Ask until there is an answer; none where the pod is gone, or all ends."""
        while not self._stop_all.is_set():
            try:
                return ask()
            except ApiError as error:
                if error.code in {404, 409}:
                    return None
            except (OSError, HTTPException):
                pass
            self._stop_all.wait(0.3)
        return None

    def _signal(self, number: signal.Signals) -> None:
        if self.process and self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


def container_environment(container: Object) -> dict[str, str]:
    """Return the variables that a container is given by value."""
    return {entry["name"]: entry.get("value", "") for entry in container.get("env", ())}


def container_command(container: Object, environment: Mapping[str, str]) -> list[str]:
    """Return command and arguments, with `$(NAME)` replaced as Kubernetes does."""
    words = [*container.get("command", ()), *container.get("args", ())]
    return [
        _VARIABLE.sub(lambda match: environment.get(match[1], match[0]), word) for word in words
    ]


def _over(pod: Object) -> bool:
    return pod.get("status", {}).get("phase") in {"Succeeded", "Failed"}
