"""Random edits, evidence, faults and publishers, and clusters that follow as they like."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.publish.machine import Machine
from tests.publish.machine_driver import Driver
from tests.publish.machine_main import Main

# Under a hundred seconds of processor time; the profile `explore` takes its own.
EXAMPLES, STEPS = 8, 20


def test_no_key_ever_runs_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver(tmp_path)
    driver.install(monkeypatch)
    driver.start_over()
    driver.write(Main())
    driver.result()
    driver.save("published")
    explore = settings().max_examples > settings.get_profile("default").max_examples
    chosen = settings(
        max_examples=settings().max_examples if explore else EXAMPLES,
        stateful_step_count=2 * STEPS if explore else STEPS,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    run_state_machine_as_test(lambda: Machine(driver), settings=chosen)  # type: ignore[arg-type]
    # Nothing is shown by a machine that goes nowhere.
    assert driver.steps.keys() == {"claim", "drain", "resume", "release", "hand-over"}
