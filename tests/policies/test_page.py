"""The page of all rules is what the rules say."""

from __future__ import annotations

import re

from generator.policies import own_rules
from tests.policies.opa import policies
from tests.policies.page import PAGE, text


def test_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == text(), "run: python -m tests.policies.page"


def test_page_has_every_rule_once() -> None:
    rows = re.findall(r"^\| \[?([a-z0-9-]+/[a-z0-9-]+)", text(), re.MULTILINE)
    assert sorted(rows) == sorted({*own_rules(), *policies().rules})


def test_links_lead_somewhere() -> None:
    targets = set(re.findall(r"\]\(([^)]+)\)", text()))
    assert len(targets) > len(policies().rules)
    assert not {target for target in targets if not (PAGE.parent / target).exists()}
