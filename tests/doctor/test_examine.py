"""Every check: well on a good cluster, and what is said of a bad one."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.doctor import Check, State, examine, wanted_of
from generator.doctor.flux import read_flags, seconds
from generator.doctor.wanted import KINDS, RIGHTS, ROLES
from generator.fleet import AddressMode, Cluster
from generator.sync.setup import Controller, Setup, Unseen
from tests.doctor.bad import (
    APPLIER,
    BAD,
    FETCHED,
    FLUX,
    MONITOR,
    UNCHECKED,
    UNSEEN,
    WRONG,
    Change,
    within,
    without,
)
from tests.doctor.setups import (
    SOURCE,
    cluster,
    controller,
    dns,
    fleet,
)
from tests.doctor.setups import setup as good
from tests.synthetic import REPOSITORY


def checks(setup: Setup, where: Cluster | None = None) -> dict[str, Check]:
    found = examine(setup, where or cluster(), fleet())
    assert len({check.name for check in found}) == len(found)
    return {check.name: check for check in found}


def ill(setup: Setup, where: Cluster | None = None) -> dict[str, Check]:
    """Return what is not well and can be looked at."""
    fine = {State.OK, State.UNCHECKED}
    return {name: each for name, each in checks(setup, where).items() if each.state not in fine}


def test_all_is_well_on_a_good_cluster() -> None:
    found = checks(good())
    assert ill(good()) == {}
    unchecked = {name for name, check in found.items() if check.state is UNCHECKED}
    assert unchecked == {"NetworkPolicies", "firewall", "metadata service"}
    assert found["GitRepository flux-system/environments"].text == (
        "environments@a1b2a1b2a1b2, fetched 2 h ago"
    )
    assert found["zones"].text == "us-west-2a, us-west-2b, us-west-2c"


@pytest.mark.parametrize(("change", "name", "state", "words"), BAD)
def test_what_is_wrong_is_told(change: Change, name: str, state: State, words: str) -> None:
    check = checks(change(good()))[name]
    assert check.state is state
    assert words in f"{check.text} {check.remedy}"
    assert "\n" not in check.text + check.remedy
    assert check.remedy or state not in {WRONG, UNSEEN}


def test_every_check_has_a_bad_example() -> None:
    looked_at = set(checks(good()))
    told = {name for _, name, _, _ in BAD}
    never = {"NetworkPolicies", "firewall", "metadata service"}
    alike = {version for version in KINDS if version != MONITOR} | {
        "notification-controller",
        "Secret testnets/environments",
        "rights of testnets/drain-reconciler",
    }
    assert looked_at == told | never | alike


@pytest.mark.parametrize(
    "field",
    ["name", "controllers", "provider", "spaces", "storage", "nodes"],
)
def test_what_may_not_be_read_is_not_called_fine(field: str) -> None:
    why = "the account of the kubeconfig may not read there (HTTP 403)"
    told = ill(replace(good(), **{field: Unseen(why)}))  # type: ignore[arg-type]
    assert told
    assert {check.state for check in told.values()} == {UNSEEN}
    assert all(why in check.text and check.remedy for check in told.values())


def test_a_source_that_is_ready_has_its_secret() -> None:
    start = good()
    hidden = replace(start, secrets=dict.fromkeys(start.secrets, Unseen("403")))
    assert set(ill(hidden)) == {"Secret testnets/github-app"}
    broken = replace(SOURCE, ready=False)
    told = ill(replace(hidden, sources=dict.fromkeys(start.sources, broken)))
    assert {"Secret flux-system/environments", "Secret testnets/environments"} <= set(told)


def test_nothing_at_all_may_be_read() -> None:
    why = Unseen("HTTP 403")
    start = good()
    blind: dict[str, Any] = {
        field.name: dict.fromkeys(value, why) if isinstance(value, dict) else why
        for field in fields(Setup)
        if field.name not in {"cluster", "context", "version", "moment", "ahead"}
        for value in [getattr(start, field.name)]
    }
    states = {check.state for check in checks(replace(start, **blind)).values()}
    assert states == {State.OK, UNSEEN, UNCHECKED}
    fine = [c.name for c in checks(replace(start, **blind)).values() if c.state is State.OK]
    assert fine == ["Kubernetes", "clock"]


def test_load_balancers_need_their_controller_where_they_are_the_default() -> None:
    where = replace(cluster(), addresses=AddressMode.LOAD_BALANCER)
    found = checks(without("aws-load-balancer-controller")(good()), where)
    assert found["aws-load-balancer-controller"].state is WRONG
    assert "addresses" not in found
    assert "egress" not in found


def test_what_only_aws_has_is_not_asked_of_others() -> None:
    found = checks(good(), cluster("east"))
    assert "metadata service" not in found
    assert "aws-load-balancer-controller" not in found


@pytest.mark.parametrize(
    "other", [dns("internal", "x.org"), controller("external-dns", namespace="dns")]
)
def test_one_of_two_external_dns_looks_after_the_zone(other: Controller) -> None:
    assert not ill(without("external-dns", other, dns())(good()))


def test_fetched_lately_and_long_ago() -> None:
    for hours, words in ((0.2, "12 min ago"), (5, "5 h ago"), (72, "3 days ago")):
        start = good()
        assert start.moment is not None
        updated = start.moment.fromtimestamp(start.moment.timestamp() - hours * 3600, tz=None)
        changed = within("sources", FLUX, replace(SOURCE, updated=updated.astimezone()))(start)
        assert words in checks(changed)[FETCHED].text
    unknown = within("sources", FLUX, replace(SOURCE, updated=None, revision="v1"))(good())
    assert checks(unknown)[FETCHED].text == "v1"


@pytest.mark.parametrize(
    ("text", "result"), [("5s", 5), ("1m30s", 90), ("500ms", 0.5), ("1h", 3600), ("5", None)]
)
def test_durations_of_go(text: str, result: float | None) -> None:
    assert seconds(text) == result


@pytest.mark.parametrize("text", ["", "s", "5s!", "x5s"])
def test_what_is_no_duration(text: str) -> None:
    assert seconds(text) is None


def test_flags_in_each_way_that_programs_take_them() -> None:
    words = ("/manager", "--a=1", "-b", "2", "--c", "--a=3", "--d")
    assert read_flags(words) == {"a": ["1", "3"], "b": ["2"], "c": ["true"], "d": ["true"]}


def documents(*patterns: str) -> list[dict[str, Any]]:
    return [
        content
        for pattern in patterns
        for path in sorted(REPOSITORY.glob(pattern))
        for content in yaml.safe_load_all(path.read_text("utf-8"))
        if isinstance(content, dict)
    ]


def test_every_kind_that_is_rendered_is_looked_for() -> None:
    seen: dict[str, set[str]] = {}
    for content in documents("tests/golden/*/expected/**/*.yaml", "overlays/**/*.yaml"):
        version = content.get("apiVersion", "")
        group = version.partition("/")[0] if "/" in version else ""
        built_in = "." not in group or group.endswith(".k8s.io") or group.startswith("kustomize.c")
        if not built_in:
            seen.setdefault(version, set()).add(content["kind"])
    assert seen == {version: set(kinds) for version, kinds in KINDS.items()}


def test_every_role_of_the_library_is_looked_for() -> None:
    found = {
        content["metadata"]["name"]
        for content in documents("overlays/base/**/*.yaml")
        if content["kind"] == "ClusterRole"
    }
    assert found == set(ROLES)


def test_rights_are_of_accounts_that_there_are() -> None:
    there = {
        f"testnets/{content['metadata']['name']}"
        for content in documents("overlays/base/drain/*.yaml")
        if content["kind"] == "ServiceAccount"
    }
    assert {right.account for right in RIGHTS if right.account.startswith("testnets/")} == there


def test_the_secret_of_each_cluster_is_looked_for() -> None:
    assert ("testnets", "other") in wanted_of(cluster("center")).secrets


def test_the_page_that_is_named_has_the_sections_that_are_named() -> None:
    page = Path(REPOSITORY / "docs/bootstrap.md").read_text("utf-8")
    for words in ("## What the cluster must have", "## Steps", "**Egress addresses.**"):
        assert words in page


def test_controllers_may_be_asked_for_more_than_is_needed() -> None:
    more = ("--concurrent=40", "--requeue-dependency=2s", "--no-cross-namespace-refs")
    given = ("--feature-gates=Other=true,CancelHealthCheckOnNewRevision=true", *more)
    assert not ill(without(APPLIER, controller(APPLIER, *given))(good()))
