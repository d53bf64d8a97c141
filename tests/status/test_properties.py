"""A fleet that mirrors a published tree is all delivered, and with any one change it is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from generator.status import Published, fold
from generator.status.published import Overlay, Site, Workload
from generator.sync import survey as live
from tests.status.world import Surveys, mirror, overlay, published, site, workload

# What may be otherwise on a cluster that has everything, with the reason.
_FREE = {
    ("Source", "revision"): "fetched is not applied yet",
    ("Kustomization", "drain"): "told by its name",
    ("Kustomization", "net"): "only of those that are not published",
    ("Snapshot", "status"): "how it ended, which Ready says too",
    ("Pod", "key"): "a label of its workload, which the digest covers",
    ("Pod", "phase"): "told where it is not ready",
    ("Pod", "deleting"): "told by `why`",
    ("Pod", "name"): "of no meaning",
    ("Pod", "node"): "a pod may be on any public node",
    ("Ready", "reason"): "words",
    ("Ready", "message"): "words",
    ("Node", "name"): "only where a pod is on it, which is a case of its own",
}
# More of these than are wanted are no fault.
_FEWER = frozenset({"ready", "updated"})


@st.composite
def trees(draw: st.DrawFn) -> Published:
    """Published trees of a few nets on a few clusters."""
    clusters = draw(st.lists(st.sampled_from(["east", "north", "west"]), min_size=1, unique=True))
    nets = draw(st.lists(st.sampled_from(["a", "b"]), min_size=1, unique=True))
    return published(
        *(
            site(
                *draw(st.lists(overlays(net), min_size=1, max_size=3, unique_by=_name)),
                net=net,
                cluster=cluster,
            )
            for net in nets
            for cluster in clusters
        )
    )


def _name(part: Overlay) -> str:
    return part.name


@st.composite
def overlays(draw: st.DrawFn, net: str) -> Overlay:
    number = draw(st.integers(1, 9))
    count = draw(st.integers(0, 3))
    workloads = [draw(workloads_of(net, f"d{number}-{index}")) for index in range(count)]
    balanced = [w.name for w in workloads if draw(st.booleans())]
    return overlay(f"producers-{number}", *workloads, balanced=tuple(balanced))


@st.composite
def workloads_of(draw: st.DrawFn, net: str, name: str) -> Workload:
    return workload(
        name,
        net,
        kind=draw(st.sampled_from(["StatefulSet", "Deployment"])),
        replicas=draw(st.integers(0, 3)),
        public=draw(st.booleans()),
    )


@given(trees())
def test_mirror_is_all_delivered(tree: Published) -> None:
    status = fold(tree, mirror(tree), {})
    assert status.all_differences == ()
    assert status.delivered
    assert all(found.delivered for found in status.sites)
    assert sum(s.running for s in status.sites) == sum(
        w.replicas for s in tree.sites for o in s.overlays for w in o.workloads
    )


@given(st.data())
def test_any_single_change_is_told(data: st.DataObject) -> None:
    tree = data.draw(trees())
    surveys = mirror(tree)
    cluster = data.draw(st.sampled_from(sorted(surveys)))
    survey = surveys[cluster]
    assert isinstance(survey, live.Survey)
    lists = [
        field.name
        for field in fields(survey)
        if isinstance(value := getattr(survey, field.name), tuple) and value
        # Where no daemon is dialled at its node, no node has to have an address.
        if field.name != "nodes" or _dialled(tree, cluster)
    ]
    name = data.draw(st.sampled_from(lists))
    objects = getattr(survey, name)
    index = data.draw(st.integers(0, len(objects) - 1))
    what, made = data.draw(st.sampled_from([("gone", ()), *_mutations(objects[index])]))
    edited = (*objects[:index], *made, *objects[index + 1 :])
    changed: live.Survey = replace(survey, **{name: edited})  # type: ignore[arg-type]
    status = fold(tree, surveys | {cluster: changed}, {})
    assert not status.delivered, (objects[index], what)
    assert {found.cluster for found in status.all_differences} == {cluster}


def _dialled(tree: Published, cluster: str) -> bool:
    workloads = [
        w for s in tree.sites if s.cluster == cluster for o in s.overlays for w in o.workloads
    ]
    return any(want.public and want.replicas for want in workloads)


def _mutations(found: Any) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield a record with any one of its values changed."""
    kind = type(found).__name__
    for field in fields(found):
        value = getattr(found, field.name)
        if (kind, field.name) in _FREE or (field.name in _FEWER and not value):
            continue
        if is_dataclass(value):
            for path, (inner,) in _mutations(value):
                yield f"{field.name}.{path}", (replace(found, **{field.name: inner}),)
        else:
            other = value - 1 if field.name in _FEWER else _other(value)
            yield field.name, (replace(found, **{field.name: other}),)


def _other(value: object) -> object:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return f"{value}x"
        case tuple():
            return value[1:]
        case _:
            raise TypeError(type(value))


def test_sites_are_in_order_of_net_and_cluster() -> None:
    tree = published(
        *(Site(net=net, cluster=cluster, overlays=()) for net in "ba" for cluster in ("y", "x"))
    )
    surveys: Surveys = mirror(tree)
    status = fold(tree, surveys, {})
    assert [(s.net, s.cluster) for s in status.sites] == [
        ("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"),
    ]  # fmt: skip
