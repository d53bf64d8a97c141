"""How the published tree comes in: sources, the two Kustomizations, what reports of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from generator.doctor.model import BOOTSTRAP, Check, judge, ok, unchecked, wrong
from generator.doctor.wanted import PROVIDER, secrets_of
from generator.fleet import Cluster, Fleet
from generator.render.bootstrap import FLUX, render_bootstrap
from generator.render.flux import NAMESPACE
from generator.render.manifest import Manifest
from generator.sync.setup import Provider, Reconciler, Setup, Source

_STEPS = f"{BOOTSTRAP}, Steps"


def check_delivery(setup: Setup, cluster: Cluster, fleet: Fleet) -> Iterable[Check]:
    """Return the checks of what an operator applies once, against what is rendered for it."""
    mend = (
        f"In a clone of the published tree: kubectl --context {setup.context} apply -k"
        f" clusters/{cluster.name}/flux-system"
    )
    for (namespace, name), found in setup.sources.items():
        title = f"GitRepository {namespace}/{name}"
        # That of the nets comes with the platform, not from the operator.
        how = mend if namespace == FLUX else f"See what the Kustomization {FLUX}/platform says."
        yield judge(
            title,
            found,
            lambda source, title=title, how=how: _source(  # type: ignore[misc]
                title, source, fleet, setup.moment, how
            ),
        )
    rendered = {
        manifest["metadata"]["name"]: manifest["spec"]
        for manifest in map(_open, render_bootstrap(fleet, cluster)["kustomizations.yaml"])
    }
    for (namespace, name), applied in setup.reconcilers.items():
        title = f"Kustomization {namespace}/{name}"
        yield judge(
            title,
            applied,
            lambda found, title=title, name=name: _reconciler(  # type: ignore[misc]
                title, found, rendered[name], mend
            ),
        )
    yield judge("notifications", setup.provider, lambda found: _provider(found, cluster, fleet))
    yield from _secrets(setup, cluster)


def _open(manifest: Manifest) -> Mapping[str, Any]:
    return manifest


def _source(
    title: str, found: Source | None, fleet: Fleet, moment: datetime | None, mend: str
) -> Check:
    if found is None:
        return wrong(title, "it is not there: nothing is fetched", mend)
    if (found.url, found.branch) != (fleet.url, fleet.branch):
        return wrong(
            title,
            f'it fetches "{found.branch}" of {found.url}, not "{fleet.branch}" of {fleet.url}',
            mend,
        )
    namespace, _, name = title.removeprefix("GitRepository ").partition("/")
    if found.suspended:
        resume = f"flux resume source git {name} --namespace {namespace}"
        return wrong(title, "it is suspended: nothing new is fetched", resume)
    if not found.ready:
        look = f"See that the Secret {namespace}/{name} opens {fleet.url}: {_STEPS}."
        return _not_ready(title, found, look)
    age = f", fetched {_age(moment, found.updated)}" if moment and found.updated else ""
    return ok(title, f"{_short(found.revision)}{age}")


def _reconciler(
    title: str, found: Reconciler | None, rendered: Mapping[str, Any], mend: str
) -> Check:
    if found is None:
        return wrong(title, "it is not there: nothing is applied", mend)
    source = rendered["sourceRef"]
    wanted = {
        "path": rendered["path"],
        "sourceRef": f"{source['kind']}/{source['name']}",
        "prune": rendered["prune"],
        "wait": rendered["wait"],
    }
    there = {
        "path": found.path,
        "sourceRef": found.source,
        "prune": found.prune,
        "wait": found.wait,
    }
    other = [f"{name}: {_word(there[name])}" for name in wanted if wanted[name] != there[name]]
    if other:
        right = ", ".join(f"{name}: {_word(value)}" for name, value in wanted.items())
        return wrong(title, f"it has {', '.join(other)}; right is {right}", mend)
    namespace, _, name = title.removeprefix("Kustomization ").partition("/")
    if found.suspended:
        resume = f"flux resume kustomization {name} --namespace {namespace}"
        return wrong(title, "it is suspended: nothing new is applied", resume)
    if not found.ready:
        look = f"kubectl --namespace {namespace} describe kustomization {name}"
        return _not_ready(title, found, look)
    return ok(title, f"{_short(found.revision)} applied")


def _not_ready(title: str, found: Source | Reconciler, look: str) -> Check:
    if found.busy:
        return unchecked(title, f"Flux is at it: {found.why}", "Ask again in a minute.")
    return wrong(title, f"it is not Ready: {found.why}", look)


def _provider(found: Provider | None, cluster: Cluster, fleet: Fleet) -> Check:
    see = f"See what the Kustomization {FLUX}/platform says: the Provider comes with it."
    if found is None:
        return wrong(
            "notifications",
            f"no Provider {NAMESPACE}/{PROVIDER}: no commit status says what was applied",
            see,
        )
    wanted = (fleet.notification_type, fleet.url, cluster.notification_secret)
    if (found.type, found.address, found.secret) != wanted:
        return wrong(
            "notifications",
            f"the Provider is of {found.type} at {found.address} with Secret {found.secret}, not"
            f" of {' at '.join(wanted[:2])} with Secret {wanted[2]}",
            see,
        )
    return ok("notifications", f"{found.type}, {found.address}")


def _secrets(setup: Setup, cluster: Cluster) -> Iterable[Check]:
    for namespace, name in secrets_of(cluster):
        title = f"Secret {namespace}/{name}"
        absent = wrong(title, "it is not there", f"Make it: {_STEPS}, 2.")
        found = setup.sources.get((namespace, name))
        if isinstance(found, Source) and found.ready:
            yield ok(title, "there, since its GitRepository is Ready")
            continue
        yield judge(
            title,
            setup.secrets[namespace, name],
            lambda there, title=title, absent=absent: (  # type: ignore[misc]
                ok(title, "there; what is in it was not read") if there else absent
            ),
        )


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value) or '""'


def _short(revision: str) -> str:
    branch, at, commit = revision.partition("@sha1:")
    return f"{branch}@{commit[:12]}" if at else revision or "no revision"


def _age(moment: datetime, updated: datetime) -> str:
    minutes = max(0, int((moment - updated).total_seconds() // 60))
    hours, days = minutes // 60, minutes // 1440
    if days > 1:
        return f"{days} days ago"
    return f"{hours} h ago" if hours else f"{minutes} min ago"
