"""What a rule may call: all that OPA has, without what looks at more than the facts.

Written anew for a new OPA by `python -m tests.policies.capabilities`.
"""

from __future__ import annotations

import json
import re
from typing import Any

from tests.policies.opa import opa
from tests.synthetic import REPOSITORY

PATH = REPOSITORY / "generator/data/opa-capabilities.json"

# Beside what is not deterministic: what reads keys, parses other languages or prints, what only
# some engines of Rego have, and sprintf, which is undefined where an argument is.
_REFUSED = re.compile(
    r"crypto\.(?:parse|x509|hmac).*|graphql\..*|http\..*|io\.jwt\..*|internal\.print"
    r"|net\.lookup_ip_addr|opa\.runtime|print|providers\..*|rand\..*|re_match|rego\..*|semver\..*"
    r"|sprintf|strings\.render_template|time\..*|trace|units\..*|uuid\..*|yaml\..*"
)


def allowed() -> dict[str, Any]:
    """Return the capabilities of this OPA that rules may use."""
    capabilities: dict[str, Any] = json.loads(opa("capabilities", "--current").stdout)
    capabilities["builtins"] = [
        builtin
        for builtin in capabilities["builtins"]
        if not builtin.get("nondeterministic")
        and not builtin.get("deprecated")
        and not _REFUSED.fullmatch(builtin["name"])
    ]
    return capabilities | {"allow_net": []}


def text() -> str:
    """Return them as a file with one line a built-in."""
    capabilities = allowed()
    builtins = ",\n".join(f"    {json.dumps(entry)}" for entry in capabilities.pop("builtins"))
    rest = "".join(f",\n  {json.dumps(k)}: {json.dumps(v)}" for k, v in capabilities.items())
    return f'{{\n  "builtins": [\n{builtins}\n  ]{rest}\n}}\n'


if __name__ == "__main__":
    PATH.write_text(text(), "utf-8")
