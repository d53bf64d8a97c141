"""Times OPA alone: the facts of a fleet to its answer, in a process of its own; prints JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from generator.cache import Cache
from generator.check.judge import check
from generator.check.setting import Setting
from generator.kustomize import find_kustomize
from generator.opa import Bundle, Server, find_opa, private_server
from generator.policies import read_policies


@dataclass(slots=True)
class Clock:
    """Stands for the client of a server: hands on what it is told, and keeps how long it took."""

    client: Any
    seconds: dict[str, float] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    begin: float = 0.0
    violations: list[int] = field(default_factory=list)

    def update_or_create_data(self, facts: Mapping[str, Any], name: str) -> object:
        """Hand over the facts."""
        self.facts = facts
        begin = time.perf_counter()
        done = self.client.update_or_create_data(facts, name)
        self.begin = time.perf_counter()
        self.seconds["put"] = self.begin - begin
        return done

    def query_rule(self, *arguments: Any, **more: Any) -> object:
        """Ask a part of the question; the last answer is that to all of it."""
        answer = self.client.query_rule(*arguments, **more)
        self.seconds["query"] = time.perf_counter() - self.begin
        self.violations.append(len(answer["result"]["violations"]))
        return answer


def main(root: Path, tree: Path, cache: Path, now: str) -> None:
    """Check a repository of which everything was seen before, with a clock before OPA."""
    policies = read_policies(root)
    bundle = Bundle(modules=policies.modules, settings=policies.settings, digest=policies.digest)
    tools = root / "build/tools"
    clocks: list[Clock] = []

    @contextmanager
    def server() -> Iterator[Server]:
        with private_server(find_opa(tools), bundle) as opa:
            clocks.append(Clock(opa.connect()))
            yield replace(opa, connect=lambda: cast("Any", clocks[0]))

    setting = Setting(
        tree=tree,
        policies=policies,
        kustomize=find_kustomize(tools),
        server=server,
        cache=Cache(cache),
        now=datetime.fromisoformat(now),
    )
    check(root, setting)
    (clock,) = clocks
    opa = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = {
        **clock.seconds,
        "megabytes": len(json.dumps(clock.facts)) / 1e6,
        "violations": sum(clock.violations),
        # kustomize builds nothing here: OPA is the largest program that was waited for.
        "peak_mib": opa.ru_maxrss / 1024,
        "processor": opa.ru_utime + opa.ru_stime,
    }
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
