"""Write the schemas of built objects: generator/schemas/kubernetes/*.json and crds.json.

Run it by hand after a version in this file has moved, with Go on PATH:

    .venv/bin/python -m tools.schemas

The sources come through the Go module proxy and are checked against Go's checksum database: the
OpenAPI of Kubernetes with the enumerations of its generated code, and the CRDs of what runs on the
clusters. The same versions give the same bytes.

The schemas say what the API server says of a manifest: an object is closed unless the API keeps
unknown fields, a number has the range of its type, data is base64. They cannot say what is a rule
in CEL (x-kubernetes-validations), a key that repeats within a list, or a check that is only code.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.schema_crds import crd_schemas, share
from tools.schema_kubernetes import kubernetes_schemas
from tools.schema_nodes import METADATA, Node, reachable, write_document

MODULE = "k8s.io/kubernetes"
KUBERNETES = {
    "1.34": "v1.34.4",
    "1.35": "v1.35.4",
    "1.36": "v1.36.3",
    "1.37": "v1.37.2",
}
KINDS = {
    "v1": "ConfigMap LimitRange Namespace PersistentVolumeClaim Pod ResourceQuota Secret Service"
    " ServiceAccount",
    "apps/v1": "DaemonSet Deployment StatefulSet",
    "autoscaling/v2": "HorizontalPodAutoscaler",
    "batch/v1": "CronJob Job",
    "networking.k8s.io/v1": "Ingress NetworkPolicy",
    "policy/v1": "PodDisruptionBudget",
    "rbac.authorization.k8s.io/v1": "ClusterRole ClusterRoleBinding Role RoleBinding",
    "scheduling.k8s.io/v1": "PriorityClass",
    "storage.k8s.io/v1": "StorageClass",
}
# Module and version, the directory of its CRDs, and the kinds.
CRDS = (
    (
        "github.com/fluxcd/kustomize-controller@v1.9.5",
        "config/crd/bases",
        "Kustomization",
    ),
    (
        "github.com/fluxcd/source-controller@v1.9.5",
        "config/crd/bases",
        "Bucket GitRepository HelmChart HelmRepository OCIRepository",
    ),
    (
        "github.com/external-secrets/external-secrets@v1.3.2",
        "config/crds/bases",
        "ClusterExternalSecret ClusterSecretStore ExternalSecret Password PushSecret SecretStore",
    ),
    (
        "github.com/prometheus-operator/prometheus-operator@v0.85.0",
        "example/prometheus-operator-crd",
        "PodMonitor PrometheusRule ServiceMonitor",
    ),
    (
        "sigs.k8s.io/external-dns@v0.22.0",
        "config/crd/standard",
        "DNSEndpoint",
    ),
)
# The proxy has only the Go types of this one; its authors make the CRDs from them as done here.
TYPES = ("github.com/fluxcd/notification-controller/api@v1.9.4", "Alert Provider Receiver")
CONTROLLER_GEN = "sigs.k8s.io/controller-tools/cmd/controller-gen@v0.21.0"

TARGET = Path(__file__).resolve().parent.parent / "generator/schemas"


def main() -> None:
    """Write all files, and say how large they are."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--target", type=Path, default=TARGET, help="directory to write to")
    target: Path = parser.parse_args().target
    (target / "kubernetes").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        (work / "go.mod").write_text("module schemas\n\ngo 1.26.0\n", "utf-8")
        definitions: Node = {}
        for minor, version in KUBERNETES.items():
            source = f"{MODULE}@{version}"
            kinds, definitions = kubernetes_schemas(fetch(work, source), KINDS)
            text = write_document([source], kinds, definitions)
            write(target / "kubernetes" / f"{minor}.json", text)
        write(target / "crds.json", custom_kinds(work, definitions))


def custom_kinds(work: Path, kubernetes: Node) -> str:
    """Return the file of all kinds that are no part of Kubernetes; their metadata are."""
    types, wanted = TYPES
    source = f"{MODULE}@{list(KUBERNETES.values())[-1]}"
    roots = crd_schemas(generate_crds(work), wanted)
    for module, directory, names in CRDS:
        roots |= crd_schemas(fetch(work, module) / directory, names)
    kinds, definitions = share(roots)
    definitions |= reachable([METADATA], kubernetes)
    modules = [module for module, _, _ in CRDS] + [types, CONTROLLER_GEN, source]
    return write_document(modules, kinds, definitions)


def fetch(work: Path, module: str) -> Path:
    """Return the directory with the files of a module, `path@version`."""
    return Path(json.loads(go(work, "mod", "download", "-json", module))["Dir"])


def generate_crds(work: Path) -> Path:
    """Return the directory with the CRDs of the module that has only Go types."""
    types, _ = TYPES
    target = work / "crds"
    go(work, "get", types, CONTROLLER_GEN)
    go(
        work,
        *("run", CONTROLLER_GEN.partition("@")[0], "crd"),
        f"paths={types.partition('@')[0]}/...",
        f"output:crd:artifacts:config={target}",
    )
    return target


def go(work: Path, *arguments: str) -> str:
    """Run Go in a module and return what it prints."""
    own = {"GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    done = subprocess.run(  # noqa: S603 - the arguments are those of this file
        ["go", *arguments],  # noqa: S607 - the one on PATH, as --help says
        cwd=work,
        env=os.environ | own,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"go {' '.join(arguments)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def write(path: Path, text: str) -> None:
    """Write a file and say so."""
    path.write_text(text, "utf-8")
    print(f"{len(text):8,}  {path}")  # noqa: T201 - a program of its own


if __name__ == "__main__":
    main()
