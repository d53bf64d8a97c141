"""Rules that a change takes away or makes weigh less: nobody else would notice."""

from __future__ import annotations

from collections.abc import Iterable

from generator.finding import Finding, Location, Severity
from generator.policies import Policies

_WHY = "What a rule would have found in this change and in all later ones passes without a word."


def softened(earlier: Policies, now: Policies) -> Iterable[Finding]:
    """Find rules of earlier policies that are no more, or whose findings count for less."""
    for name, rule in sorted(earlier.rules.items()):
        if name not in now.rules:
            yield Finding(
                rule="policies/removed",
                message=f'the rule "{name}" is no more: {rule.title}',
                at=Location(f"{rule.doc}/rule.rego"),
                remediation="Put it back; or have somebody else decide, as no waiver helps here.",
                subject=name,
                why=_WHY,
            )
            continue
        before, after = _severity(earlier, name), _severity(now, name)
        said = f"its severity is {after}, and was {before}" if after.rank > before.rank else ""
        if now.rules[name].waivable and not rule.waivable:
            said = "it can be waived now"
        if said:
            yield Finding(
                rule="policies/softened",
                severity=Severity.WARNING,
                message=f'the rule "{name}" is softer than before: {said}',
                at=Location(f"{now.rules[name].doc}/rule.rego"),
                remediation="Say in the pull request why, and have somebody else agree.",
                subject=name,
                why=_WHY,
            )


def _severity(policies: Policies, name: str) -> Severity:
    level = policies.settings["levels"].get(name)
    return policies.rules[name].severity if level is None else Severity(str(level))
