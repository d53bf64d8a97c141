"""Who may do what: namespaces, roles, accounts, and what Pod Security refuses."""

from __future__ import annotations

from collections.abc import Iterable

from generator.doctor.model import BOOTSTRAP, Check, judge, ok, unchecked, unseen, wrong
from generator.doctor.wanted import RIGHTS, ROLES
from generator.fleet import Cluster
from generator.render.bootstrap import FLUX
from generator.render.flux import NAMESPACE
from generator.sync.setup import Right, Setup, Space, Unseen

_PLATFORM = f"See what the Kustomization {FLUX}/platform says: it comes with it."
_LEVELS = {"privileged", "restricted"}  # of a net with host ports, and of any other
_NAMED = 3


def check_rights(setup: Setup, cluster: Cluster) -> Iterable[Check]:
    """Return the checks of namespaces, of rights, and of what is refused."""
    yield judge("namespaces", setup.spaces, lambda spaces: _namespaces(setup, spaces))
    yield _roles(setup)
    for account in dict.fromkeys(right.account for right in RIGHTS):
        yield _account(setup, account, cluster)
    yield _security(setup)
    yield judge("Pod Security of nets", setup.spaces, _levels)


def _namespaces(setup: Setup, spaces: tuple[Space, ...]) -> Check:
    there = {space.name for space in spaces}
    missing = [name for name in (FLUX, NAMESPACE) if name not in there]
    if missing:
        return wrong(
            "namespaces",
            f"not there: {', '.join(missing)}",
            f"kubectl --context {setup.context} create namespace {missing[0]}: {BOOTSTRAP}, Steps.",
        )
    nets = sum(bool(space.net) for space in spaces)
    return ok("namespaces", f"{FLUX}, {NAMESPACE}, and {nets} of nets")


def _roles(setup: Setup) -> Check:
    missing = [name for name in ROLES if setup.roles[name] is False]
    if missing:
        return wrong("roles", f"no ClusterRole {', '.join(missing)}", _PLATFORM)
    for seen in setup.roles.values():
        if isinstance(seen, Unseen):
            return unseen("roles", seen.why)
    return ok("roles", ", ".join(ROLES))


def _account(setup: Setup, account: str, cluster: Cluster) -> Check:
    name = f"rights of {account}"
    seen = {right: setup.rights[right] for right in RIGHTS if right.account == account}
    lacking = [right for right, found in seen.items() if found is False]
    if lacking:
        ours = account.startswith(f"{NAMESPACE}/")
        remedy = _PLATFORM if ours else f"Let it: {BOOTSTRAP}, What the cluster must have."
        return wrong(name, f"it may not {_listed(lacking)}", remedy)
    for found in seen.values():
        if isinstance(found, Unseen):
            return unseen(name, found.why)
    return ok(name, f"may {_listed(seen)} on {cluster.name}")


def _listed(rights: Iterable[Right]) -> str:
    return ", ".join(f"{right.verb} {right.resource}" for right in rights)


def _security(setup: Setup) -> Check:
    """Judge by a pod on trial; by the label where the account may make none, and need not."""
    name = "Pod Security"
    if setup.guards is True:
        return ok(name, f"refuses a pod of the host's network in {NAMESPACE}")
    spaces = () if isinstance(setup.spaces, Unseen) else setup.spaces
    labelled = any((each.name, each.enforce) == (NAMESPACE, "restricted") for each in spaces)
    if isinstance(setup.spaces, Unseen) and setup.guards is not False:
        return unseen(name, setup.spaces.why)
    if setup.guards is False or not labelled:
        return wrong(
            name,
            f"a pod of the host's network would be let into {NAMESPACE}",
            f"See that {NAMESPACE} has the label pod-security.kubernetes.io/enforce=restricted, and"
            " that the API server has not switched the admission plugin PodSecurity off.",
        )
    return unchecked(
        name,
        f"{NAMESPACE} has its label; that it is obeyed was not tried, for which the account would"
        " have to make pods there",
    )


def _levels(spaces: tuple[Space, ...]) -> Check:
    nets = [space for space in spaces if space.net]
    other = [space.name for space in nets if space.enforce not in _LEVELS]
    if other:
        more = ", ..." if len(other) > _NAMED else ""
        return wrong(
            "Pod Security of nets",
            f"no level that nets have is enforced in {', '.join(other[:_NAMED])}{more}",
            f"See what the Kustomization {FLUX}/testnets says: the labels come with it.",
        )
    return ok("Pod Security of nets", f"{len(nets)} namespaces say which level is theirs")
