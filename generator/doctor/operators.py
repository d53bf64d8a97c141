"""What nets use beside Kubernetes and Flux: kinds that are served, controllers that run."""

from __future__ import annotations

from collections.abc import Iterable

from generator.doctor.flux import read_flags
from generator.doctor.model import BOOTSTRAP, Check, judge, ok, unchecked, unseen, wrong
from generator.doctor.wanted import KINDS
from generator.fleet import AddressMode, Cluster, Provider
from generator.sync.setup import Controller, Setup, Unseen

SECRETS, DNS = "external-secrets", "external-dns"
MONITORING, BALANCERS = "prometheus-operator", "aws-load-balancer-controller"
_SEE = f"{BOOTSTRAP}, What the cluster must have."


def check_operators(setup: Setup, cluster: Cluster) -> Iterable[Check]:
    """Return the checks of kinds and of the controllers that make something of them."""
    for version, kinds in KINDS.items():
        yield judge(
            version,
            setup.versions[version],
            lambda served, version=version, kinds=kinds: _kinds(  # type: ignore[misc]
                version, kinds, served
            ),
        )
    if isinstance(setup.controllers, Unseen):
        for name in (SECRETS, DNS):
            yield unseen(name, setup.controllers.why)
        return
    yield _running(SECRETS, _of(SECRETS, setup.controllers), "no key reaches a daemon")
    yield _dns(_of(DNS, setup.controllers), cluster)
    yield _monitoring(_of(MONITORING, setup.controllers))
    if cluster.provider is Provider.AWS:
        yield _balancers(_of(BALANCERS, setup.controllers), cluster)


def _of(program: str, controllers: tuple[Controller, ...]) -> list[Controller]:
    return [each for each in controllers if each.program == program]


def _kinds(version: str, kinds: tuple[str, ...], served: frozenset[str]) -> Check:
    missing = [kind for kind in kinds if kind not in served]
    if missing:
        return wrong(
            version,
            f"not served: {', '.join(missing)}. Flux applies nothing of a Kustomization in which"
            " one kind is unknown",
            f"Install the CRDs of a version that serves {version}: {_SEE}",
        )
    return ok(version, f"serves {', '.join(kinds)}")


def _running(name: str, found: list[Controller], without: str) -> Check:
    if not found:
        return wrong(name, f"no Deployment of it: {without}", f"Install it: {_SEE}")
    sick = [each for each in found if each.ready < max(1, each.wanted)]
    if sick:
        each = sick[0]
        return wrong(
            name,
            f"{each.ready} of {each.wanted} pods of {each.namespace}/{each.name} are ready",
            f"kubectl --namespace {each.namespace} describe deployment {each.name}",
        )
    return ok(name, ", ".join(sorted({each.image for each in found})))


def _dns(found: list[Controller], cluster: Cluster) -> Check:
    """Judge the one that looks after the public zone, where there are several."""
    runs = _running(DNS, found, "daemons have no names")
    if runs.remedy:
        return runs
    wanted = {"source": "service", "txt-owner-id": cluster.name}
    wanted["domain-filter"] = cluster.public_zone
    verdicts = [_owner(each, wanted) for each in found]
    absent, other = min(verdicts, key=lambda each: (len(each[1]), len(each[0])))
    if other:
        return wrong(
            DNS,
            f"it runs without {', '.join(other)}",
            f"Give it these flags: names of other clusters would be taken away. {_SEE}",
        )
    if absent:
        return unseen(
            DNS,
            f"its arguments do not say {', '.join(absent)}",
            "Look at its environment, or give it the flags.",
        )
    return ok(DNS, f"owner {cluster.name}, zone {cluster.public_zone}")


def _owner(found: Controller, wanted: dict[str, str]) -> tuple[list[str], list[str]]:
    """Return the flags that it is not given, and those that it is given otherwise."""
    given = read_flags(found.arguments)
    absent = [f"--{name}={value}" for name, value in wanted.items() if name not in given]
    other = [
        f"--{name}={value}"
        for name, value in wanted.items()
        if name in given and value not in given[name]
    ]
    return absent, other


def _monitoring(found: list[Controller]) -> Check:
    if found:
        return _running(MONITORING, found, "")
    return unchecked(
        MONITORING,
        "no Deployment of it; whether something else reads PodMonitors is not looked at",
        f"Metrics are scraped from the namespace monitoring only: {_SEE}",
    )


def _balancers(found: list[Controller], cluster: Cluster) -> Check:
    if found or cluster.addresses is AddressMode.LOAD_BALANCER:
        return _running(BALANCERS, found, "a daemon waits for its address for ever")
    return unchecked(
        BALANCERS,
        "no Deployment of it; needed only where a net asks for load balancers",
        f"Install it before such a net comes: {_SEE}",
    )
