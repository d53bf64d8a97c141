"""A small directory of policies, valid until a test writes something else into it."""

from __future__ import annotations

from pathlib import Path

FACTS = """{"type": "object", "properties": {
  "now": {"type": "integer"},
  "counts": {"type": "object", "properties": {"objects": {"type": "integer"}}},
  "nets": {"type": "array", "items": {"type": "object", "properties": {
    "net": {"type": "string"}, "purpose": {"type": "string"}, "at": {"type": "integer"}}}}
}}
"""
RULE = """# METADATA
# title: Every net has a good name
# description: >-
#   A name is read by everybody: one that says nothing
#   is asked for again and again.
# custom:
#   severity: warning
#   waivable: true
#   remediation: Give the net a good name.
#   subjects: {table: nets, where: {purpose: [qa, public]}}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.nets["good-name"]

judged := count(data.facts.nets)
"""
MAIN = "package testnet.main\n"
SETTINGS = """# What may be set.
levels: {}
parameters:
  nets/good-name: {longest: 12}
"""
BAD = """# A name that says nothing.
name: x # finding: nets/good-name
"""
GOOD = """# A name that says something.
name: pickles
"""
SECRET = RULE.replace('nets["good-name"]', "secrets.none").replace("true", "false", 1)


class Small:
    """The directory `policies` of a repository in a directory of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "environments").mkdir()
        for path, text in {
            "main.rego": MAIN,
            "schemas/facts.json": FACTS,
            "settings/data.yaml": SETTINGS,
            "nets/good-name/rule.rego": RULE,
            "nets/good-name/rule_test.rego": "package whatever\n",
            "nets/good-name/bad/net.yaml": BAD,
            "nets/good-name/good/net.yaml": GOOD,
        }.items():
            self.write(path, text)

    def write(self, path: str, text: str) -> Path:
        """Write a file below `policies/` and return where it is."""
        target = self.root / "policies" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
        return target
