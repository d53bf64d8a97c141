"""Why pods start again."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from generator.review.pods import why_restarts

Object = dict[str, Any]
POD: Object = {
    "containers": [
        {
            "name": "daemon",
            "image": "a:1",
            "args": ["mina", "daemon", "--log-level", "Info", "--seed"],
            "env": [{"name": "A", "value": "1"}],
            "resources": {"limits": {"cpu": 1}},
            "livenessProbe": {"httpGet": {"path": "/"}},
        }
    ],
    "initContainers": [{"name": "keys", "image": "b:1"}],
    "volumes": [{"name": "data"}],
}
STATEFUL: Object = {
    "kind": "StatefulSet",
    "spec": {
        "replicas": 1,
        "serviceName": "a",
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": POD},
    },
}


def daemon(item: Object) -> Object:
    container: Object = item["spec"]["template"]["spec"]["containers"][0]
    return container


CHANGES: dict[str, Callable[[Object], object]] = {
    "": lambda i: i["spec"].update(replicas=0),
    "image": lambda i: daemon(i).update(image="a:2"),
    "arguments --log-level": lambda i: daemon(i)["args"].__setitem__(3, "Debug"),
    "arguments --peer": lambda i: daemon(i)["args"].extend(["--peer", "x"]),
    "arguments --seed": lambda i: daemon(i)["args"].pop(),
    "arguments": lambda i: daemon(i)["args"].__setitem__(0, "coda"),
    "environment A": lambda i: daemon(i)["env"][0].update(value="2"),
    "environment B": lambda i: daemon(i)["env"].append({"name": "B"}),
    "resources": lambda i: daemon(i)["resources"].clear(),
    "probes": lambda i: daemon(i).pop("livenessProbe"),
    "volumes": lambda i: i["spec"]["template"]["spec"]["volumes"].append({"name": "more"}),
    "container sidecar": lambda i: i["spec"]["template"]["spec"]["containers"].append(
        {"name": "sidecar"}
    ),
    "labels": lambda i: i["spec"]["template"]["metadata"]["labels"].update(c="d"),
    "annotations": lambda i: i["spec"]["template"]["metadata"].update(annotations={"a": "b"}),
    "hostNetwork": lambda i: i["spec"]["template"]["spec"].update(hostNetwork=True),
    "made again, as serviceName cannot change in place": lambda i: i["spec"].update(
        serviceName="b"
    ),
}


@pytest.mark.parametrize("why", CHANGES)
def test_what_differs(why: str) -> None:
    after = copy.deepcopy(STATEFUL)
    CHANGES[why](after)
    assert why_restarts(STATEFUL, after) == why


def test_many_reasons_are_a_few_words() -> None:
    after = copy.deepcopy(STATEFUL)
    for change in CHANGES.values():
        change(after)
    assert why_restarts(STATEFUL, after).endswith(" more")


def test_only_workloads_restart() -> None:
    assert why_restarts(STATEFUL | {"kind": "Service"}, {"kind": "Service"}) == ""
    assert why_restarts({"kind": "StatefulSet"}, {"kind": "StatefulSet", "spec": None}) == ""


def test_odd_arguments_and_lists() -> None:
    after = copy.deepcopy(STATEFUL)
    daemon(after).update(args=None, env=None)
    assert why_restarts(STATEFUL, after) == "arguments --log-level, --seed, environment A"
