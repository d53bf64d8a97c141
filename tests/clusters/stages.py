"""How KWOK plays nodes, pods, volumes and load balancers: its stages, as documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]
Condition = tuple[str, ...]  # an expression of jq, an operator, values


@dataclass(frozen=True, slots=True)
class Delays:
    """Milliseconds from and to which a pod takes; each pod's own follow from `seed` and its name.

    `sick` are daemons (the label) whose pods run and never become ready.
    """

    start: tuple[int, int] = (100, 1500)
    stop: tuple[int, int] = (100, 1500)
    seed: int = 0
    sick: tuple[str, ...] = ()


def stages(delays: Delays) -> list[Document]:
    """Return all stages. Pods of Jobs have none: they run as real processes (jobs.py)."""
    alive = (*_gone("DoesNotExist"), (".status.phase", "In", "Pending"))
    scheduled = (".spec.nodeName", "Exists")
    no_job = (".metadata.ownerReferences.[].kind", "NotIn", "Job")
    daemon = '.metadata.labels["testnet/daemon"]'
    sick = delays.sick or ("-",)
    ready = '.status.conditions.[] | select( .type == "Ready" ) | .status'
    starts = _delay(delays.start, delays.seed)
    stops = _delay(delays.stop, delays.seed + 1)
    # Twice within the 50 s after which a node counts as lost, also over a restart of KWOK.
    beat = {"durationMilliseconds": 10000, "jitterDurationMilliseconds": 15000}
    well, ill = ({"ready": state, "is_ready": state.lower()} for state in ("True", "False"))
    return [
        _stage("node-ready", "Node", [(ready, "NotIn", "True")], _status(_NODE)),
        _stage("node-beats", "Node", [(ready, "In", "True")], _status(_CONDITIONS), beat),
        _stage(
            "pod-start",
            "Pod",
            [*alive, scheduled, no_job, (daemon, "NotIn", *sick)],
            _status(_POD % well),
            starts,
        ),
        _stage(
            "pod-sick",
            "Pod",
            [*alive, scheduled, no_job, (daemon, "In", *sick)],
            _status(_POD % ill),
            starts,
        ),
        # As a kubelet does, once its node was taken for lost and all its pods for not ready.
        _stage(
            "pod-ready-again",
            "Pod",
            [
                *_gone("DoesNotExist"),
                (".status.phase", "In", "Running"),
                (ready, "In", "False"),
                no_job,
                (daemon, "NotIn", *sick),
            ],
            _status(_POD % well),
            starts,
        ),
        _stage("pod-stop", "Pod", [*_gone("Exists"), no_job], [{"delete": True}], stops),
        # As a provisioner of the cloud: once the scheduler has chosen a node.
        _stage(
            "volume-made",
            "PersistentVolumeClaim",
            [
                ('.metadata.annotations["volume.kubernetes.io/selected-node"]', "Exists"),
                (".status.phase", "In", "Pending"),
                (".spec.volumeName", "DoesNotExist"),
            ],
            [{"apply": {"template": _VOLUME}}],
        ),
        _stage(
            "volume-deleted",
            "PersistentVolume",
            [(".status.phase", "In", "Released"), *_gone("DoesNotExist")],
            [{"delete": True}],
        ),
        _stage(
            "address-given",
            "Service",
            [
                (".spec.type", "In", "LoadBalancer"),
                (".status.loadBalancer.ingress", "DoesNotExist"),
            ],
            _status(_ADDRESS),
            starts,
        ),
    ]


def _gone(operator: str) -> tuple[Condition, ...]:
    return ((".metadata.deletionTimestamp", operator),)


def _delay(span: tuple[int, int], seed: int) -> Document:
    """Return a delay that is the same for a pod of one name, whenever it is made."""
    low, high = span
    name = ".metadata.name | explode | to_entries | map((.key + 7) * .value) | add"
    rest = f"(({name}) + {seed % 100_003}) * 7919 % {max(high - low, 1)}"
    return {"durationFrom": {"jq": {"expression": f'({rest}) + {low} | tostring + "ms"'}}}


def _stage(
    name: str,
    kind: str,
    conditions: Sequence[Condition],
    steps: list[Document],
    delay: Document | None = None,
) -> Document:
    expressions = [
        {"key": key, "operator": operator} | ({"values": values} if values else {})
        for key, operator, *values in conditions
    ]
    spec: Document = {
        "resourceRef": {"apiGroup": "v1", "kind": kind},
        "selector": {"matchExpressions": expressions},
        "steps": steps,
        "weight": 1,
    }
    return {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": name},
        "spec": spec | ({"delay": delay} if delay else {}),
    }


def _status(template: str) -> list[Document]:
    return [{"patch": {"root": "status", "subresource": "status", "template": template}}]


def node(name: str, region: str, zone: str, index: int, capacity: Document) -> Document:
    """Return a node with public and private addresses, as the cloud's kubelet reports it."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "topology.kubernetes.io/region": region,
                "topology.kubernetes.io/zone": zone,
            },
        },
        "status": {
            "allocatable": capacity,
            "capacity": capacity,
            "addresses": [
                {"type": "InternalIP", "address": f"10.250.0.{index + 1}"},
                {"type": "ExternalIP", "address": f"203.0.113.{index + 1}"},
                {"type": "Hostname", "address": name},
            ],
        },
    }


_CONDITIONS = """\
{{ $now := Now }}
conditions:
{{ range NodeConditions }}
- lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $now | Quote }}
  message: {{ .message | Quote }}
  reason: {{ .reason | Quote }}
  status: {{ .status | Quote }}
  type: {{ .type | Quote }}
{{ end }}
"""
_NODE = f"""\
{_CONDITIONS}
nodeInfo:
  architecture: amd64
  bootID: ""
  containerRuntimeVersion: kwok
  kernelVersion: kwok
  kubeProxyVersion: kwok
  kubeletVersion: v1.37.2
  machineID: ""
  operatingSystem: linux
  osImage: ""
  systemUUID: ""
phase: Running
"""
_POD = """\
{{ $now := Now }}
conditions:
- {lastTransitionTime: {{ $now | Quote }}, status: "True", type: Initialized}
- {lastTransitionTime: {{ $now | Quote }}, status: "%(ready)s", type: Ready}
- {lastTransitionTime: {{ $now | Quote }}, status: "%(ready)s", type: ContainersReady}
containerStatuses:
{{ range .spec.containers }}
- image: {{ .image | Quote }}
  name: {{ .name | Quote }}
  ready: %(is_ready)s
  restartCount: 0
  state: {running: {startedAt: {{ $now | Quote }}}}
{{ end }}
initContainerStatuses:
{{ range .spec.initContainers }}
- image: {{ .image | Quote }}
  name: {{ .name | Quote }}
  ready: true
  restartCount: 0
  state:
    terminated:
      exitCode: 0
      reason: Completed
      startedAt: {{ $now | Quote }}
      finishedAt: {{ $now | Quote }}
{{ end }}
phase: Running
startTime: {{ $now | Quote }}
"""
_ADDRESS = """\
loadBalancer:
  ingress:
  - hostname: {{ .metadata.name }}.{{ .metadata.namespace }}.lb.example.org
"""
_VOLUME = """\
apiVersion: v1
kind: PersistentVolume
metadata:
  name: pvc-{{ .metadata.uid }}
  annotations:
    pv.kubernetes.io/provisioned-by: kwok
spec:
  accessModes:
  {{ YAML .spec.accessModes 1 }}
  capacity:
  {{ YAML .spec.resources.requests 2 }}
  persistentVolumeReclaimPolicy: Delete
  storageClassName: {{ .spec.storageClassName | Quote }}
  volumeMode: Filesystem
  claimRef:
    apiVersion: v1
    kind: PersistentVolumeClaim
    name: {{ .metadata.name | Quote }}
    namespace: {{ .metadata.namespace | Quote }}
    uid: {{ .metadata.uid | Quote }}
  hostPath:
    path: /volumes/{{ .metadata.uid }}
"""
