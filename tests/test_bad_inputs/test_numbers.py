"""That no number of the list is forgotten, and none is accounted for twice."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.test_bad_inputs import test_libraries, test_names, test_scalars, test_yaml
from tests.test_bad_inputs.elsewhere import ABSENT, JUDGED_BY_POLICIES, SHOWN

HERE = Path(__file__).parent
COUNT = 158


def numbers_in_names() -> set[int]:
    """Return the numbers that tests here carry in their names."""
    found = {
        names
        for path in HERE.glob("test_*.py")
        for names in re.findall(r"^def test_((?:\d+_)+)", path.read_text("utf-8"), re.MULTILINE)
    }
    return {int(number) for names in found for number in names.strip("_").split("_")}


def test_every_number_is_accounted_for_once() -> None:
    tables: list[set[int]] = [
        set(module.CASES) for module in (test_yaml, test_scalars, test_names, test_libraries)
    ]
    shown = numbers_in_names().union(*tables)
    counts = Counter([*shown, *SHOWN, *JUDGED_BY_POLICIES, *ABSENT])
    assert counts == Counter(range(1, COUNT + 1))


@pytest.mark.parametrize("number", SHOWN)
def test_what_is_shown_elsewhere_is_there(number: int) -> None:
    file, _, test = SHOWN[number].partition("::")
    name, _, case = test.partition("[")
    text = (HERE.parent / file).read_text("utf-8")
    assert f"def {name}(" in text
    assert not case or f'"{case.removesuffix("]")}": (' in text


def test_reasons_are_given() -> None:
    assert all(len(reason) > 20 for reason in ABSENT.values())


@pytest.mark.parametrize("rule", sorted(set(JUDGED_BY_POLICIES.values())))
def test_what_policies_judge_has_an_example(rule: str) -> None:
    directory = HERE.parent.parent / "policies" / rule
    assert (directory / "bad").is_dir() or (directory / "unreachable.md").is_file()
