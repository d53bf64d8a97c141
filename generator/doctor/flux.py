"""Flux's controllers: there, of the right minor, started as the nets need it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from generator.doctor.control import minor
from generator.doctor.model import BOOTSTRAP, Check, State, unseen, wrong
from generator.doctor.model import ok as good
from generator.fleet import Cluster
from generator.render.bootstrap import FLUX
from generator.sync.setup import Controller, Setup, Unseen

CONTROLLERS = ("source-controller", "kustomize-controller", "notification-controller")
GATE = "CancelHealthCheckOnNewRevision"
LEAST_WORKERS, LONGEST_REQUEUE = 20, Decimal(5)
_UNITS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600)}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")


def check_flux(setup: Setup, cluster: Cluster) -> Iterable[Check]:
    """Return the checks of Flux's Deployments."""
    if isinstance(setup.controllers, Unseen):
        yield unseen("Flux", setup.controllers.why)
        return
    found = {each.program: each for each in setup.controllers if each.namespace == FLUX}
    for name in CONTROLLERS:
        yield _controller(name, found.get(name), cluster)
    applier = found.get("kustomize-controller")
    if applier:
        yield from _flags(setup, applier)


def _controller(name: str, found: Controller | None, cluster: Cluster) -> Check:
    install = f"Install Flux {cluster.flux}: {BOOTSTRAP}, What the cluster must have."
    if found is None:
        return wrong(name, f"no Deployment of it in {FLUX}", install)
    if not found.ready:
        return wrong(
            name,
            f"{found.ready} of {found.wanted} pods are ready",
            f"kubectl --namespace {FLUX} describe deployment {found.name}",
        )
    if not found.version:
        return unseen(name, f"it runs {found.image}; no label says of which Flux that is", install)
    if minor(found.version) != cluster.flux:
        return wrong(
            name,
            f"of Flux {found.version}, and the fleet says {cluster.flux}: which kustomize builds"
            " the overlays is not what their digests were made with",
            f'Install Flux {cluster.flux}, or write flux: "{minor(found.version)}" at'
            f" {cluster.name} in environments/fleet.yaml.",
        )
    return good(name, f"of Flux {found.version}, {found.ready} of {found.wanted} pods ready")


def _flags(setup: Setup, controller: Controller) -> Iterable[Check]:
    given = read_flags(controller.arguments)
    gates = {gate for text in given.get("feature-gates", ()) for gate in text.split(",")}
    workers = given.get("concurrent", ["4, as is the default"])[-1]
    requeue = given.get("requeue-dependency", ["30s, as is the default"])[-1]
    closed = given.get("no-cross-namespace-refs", ["false"])[-1]
    table = (
        (
            f"--feature-gates={GATE}=true",
            f"{GATE}=true" in gates and f"{GATE}=false" not in gates,
            f"{GATE} is not on: a daemon that never gets ready holds up every change behind it",
        ),
        (
            f"--concurrent={LEAST_WORKERS}",
            workers.isdecimal() and int(workers) >= LEAST_WORKERS,
            f"it works at {workers} at once: a few waiting nets starve the others",
        ),
        (
            f"--requeue-dependency={LONGEST_REQUEUE}s",
            (seconds(requeue) or LONGEST_REQUEUE + 1) <= LONGEST_REQUEUE,
            f"it looks at what waits only every {requeue}: each phase of a net comes up later",
        ),
        (
            "--no-cross-namespace-refs",
            closed in {"true", "t", "1"},
            "a Kustomization may refer to the sources of other namespaces",
        ),
    )
    for flag, fine, text in table:
        name = flag.partition("=")[0]
        yield good(name, "as the nets need it") if fine else _missing(setup, controller, flag, text)


def _missing(setup: Setup, controller: Controller, flag: str, text: str) -> Check:
    # The last of several counts, and gates add up: appended, it is right in every case.
    patch = f'[{{"op":"add","path":"/spec/template/spec/containers/0/args/-","value":"{flag}"}}]'
    return Check(
        name=flag.partition("=")[0],
        state=State.WRONG,
        text=text,
        remedy=f"kubectl --context {setup.context} --namespace {FLUX} patch deployment"
        f" {controller.name} --type=json --patch '{patch}'",
    )


def read_flags(arguments: Sequence[str]) -> dict[str, list[str]]:
    """Return the values of each flag in order; one without a value is `true`."""
    flags: dict[str, list[str]] = {}
    for place, argument in enumerate(arguments):
        if not argument.startswith("-"):
            continue
        name, equals, value = argument.lstrip("-").partition("=")
        if not equals:
            after = arguments[place + 1] if place + 1 < len(arguments) else "-"
            value = "true" if after.startswith("-") else after
        flags.setdefault(name, []).append(value)
    return flags


def seconds(text: str) -> Decimal | None:
    """Return a duration as Go writes it (`5s`, `1m30s`) in seconds; None for anything else."""
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum((Decimal(number) * _UNITS[unit] for number, unit in parts), Decimal(0))
