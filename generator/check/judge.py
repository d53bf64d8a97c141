"""The whole check on one page: load, plan, build, gather, judge, waive."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from generator.check.causes import Causes
from generator.check.claims import Ledger, settled
from generator.check.evaluate import Judgement, evaluate
from generator.check.facts.gather import Subject, gather
from generator.check.facts.unit import Origins, Unit
from generator.check.findings import explain, merge, own, touching
from generator.check.guard import Guard
from generator.check.known import find_state
from generator.check.look import Sight, look_at
from generator.check.manifests import manifest_findings
from generator.check.places import Places
from generator.check.scope import Scope
from generator.check.secrecy import Search, Searched, read_texts
from generator.check.setting import Published, Setting, read_published
from generator.check.sources import Source, list_sources
from generator.check.unread import NOTHING, Unread
from generator.check.validity import valid_until
from generator.check.waive import Waived, apply_waivers
from generator.finding import Finding, Related, Severity
from generator.library import Library, read_library, read_pinned
from generator.opa import Server
from generator.pipeline import Planned, try_plans
from generator.plan import Plan
from generator.policies import Policies, own_rules
from generator.report.verdict import Verdict
from generator.rule import Rule

LIBRARY = "overlays/"
# Of these a net's plan can be rendered all the same.
_RENDERABLE = frozenset({"keys/unique", "network/port-moves"})


def check(
    root: Path, setting: Setting, *, extra: Sequence[Path] = (), paths: Sequence[str] = ()
) -> Verdict:
    """Judge as `judge` does, and tell the verdict as `present` does.

    It is kept, for checks of changes to what was judged.
    """
    published = read_published(root, setting.tree, setting.cache)
    state = None if extra else find_state(root, setting, published)
    verdict = judge(root, setting, published, extra=extra)
    if state:
        state.remember(verdict)
    return present(verdict, paths)


def present(verdict: Verdict, paths: Sequence[str]) -> Verdict:
    """Return what of a verdict touches some files or directories below the root; all for none."""
    return replace(
        verdict,
        findings=tuple(touching(verdict.findings, paths)),
        before=tuple(touching(verdict.before, paths)),
        waived=tuple(touching(verdict.waived, paths)),
    )


def judge(  # noqa: PLR0913 - what is judged, by what, and how much of it
    root: Path,
    setting: Setting,
    published: Published,
    *,
    extra: Sequence[Path] = (),
    scope: Scope | None = None,
    unread: Unread = NOTHING,
) -> Verdict:
    """Judge everything under `root`, and testnet files outside of it; see `Verdict`.

    With a `scope`, its nets are judged, and the others only for what they have in common with
    them. What is `unread` is told, and otherwise left out.

    Raises:
        InvalidInput: when files cannot be loaded, with all that is wrong in them.
        ToolError: when kustomize or OPA fail, or a rule did not judge what it should.
        RemoteError: when an OPA elsewhere does not answer.
    """
    begin = time.monotonic()
    library = read_library(root, setting.cache)
    # Before anything is planned: what is written meanwhile has another key.
    whole = Ledger(root, published.locks, library.version, setting.cache) if scope is None else None
    with setting.server() as server:
        planned = try_plans(
            root,
            published.allocations,
            now=setting.now,
            extra=extra,
            only=scope.nets if scope else None,
            left=unread.paths,
            library=library,
        )
        texts, unsearched = read_texts(root, planned.library.files, extra)
        texts |= setting.policies.written
        found, looked, judgement = _judge_plans(
            planned, server, setting, texts, published.guard, scope
        )
        if _unused(planned) and scope is None:
            latest = _with_latest(planned)
            more, _, _ = _judge_plans(latest, server, setting, texts, published.guard, scope)
            found += [finding for finding in more if finding.at.path.startswith(LIBRARY)]
    if whole is not None and not unread.findings:
        _keep_claims(planned, whole)
    found += [*unread.findings, *unread.shared(planned.plans, planned.inputs.inventory)]
    found += [finding for finding in unsearched if finding.at.path not in unread.paths]
    found += published.guard.findings(
        looked.files, scope.nets if scope else None, looked.refused, looked.libraries
    )
    kept, waived = _waive(planned, explain(found, _all_rules(setting.policies)), setting)
    return Verdict(
        findings=tuple(kept),
        waived=tuple(waived),
        judged=judgement.judged,
        rules=_all_rules(setting.policies),
        summary=_summary(planned, looked),
        seconds=time.monotonic() - begin,
        valid_until=valid_until(planned, setting.policies, setting.now),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """What looking gave: the sources, what was seen in each, and what is wrongly published."""

    sources: Sequence[Source]
    units: Sequence[Unit]
    refused: Sequence[Finding]
    libraries: Sequence[Library]

    @property
    def files(self) -> Mapping[str, str]:
        """The files as they were just rendered."""
        return {path: text for source in self.sources for path, text in source.files.items()}


def _judge_plans(  # noqa: PLR0913 - each a part of what is judged
    planned: Planned,
    server: Server,
    setting: Setting,
    texts: Mapping[str, str],
    guard: Guard,
    scope: Scope | None,
) -> tuple[list[Finding], _Looked, Judgement]:
    """Render, build and judge what was planned."""
    sources = list_sources(planned, _renderable(planned))
    libraries = _libraries(planned, sources, setting.tree)
    sight = Sight(
        kustomize=setting.kustomize,
        libraries=libraries,
        cache=setting.cache,
        meanwhile=server.connect,
    )
    units, refused = look_at(sources, sight, setting.tree, setting.progress)
    setting.progress("judge", 0, 1)
    looked = _Looked(
        sources=sources, units=units, refused=refused, libraries=tuple(libraries.values())
    )
    nets = scope.nets if scope else None
    texts = {**texts, **guard.texts(looked.files, nets, looked.libraries)}
    searched = Searched(setting.cache)
    subject = _subject(planned, units, setting, texts, searched.find, scope)
    found, judgement = _judge(subject, planned, server, setting)
    searched.keep()
    setting.progress("judge", 1, 1)
    return found, looked, judgement


def _unused(planned: Planned) -> bool:
    """Say whether nets are pinned to other versions of the library, and none to what it is now."""
    versions = {plan.overlays for plan in planned.plans}
    return bool(versions) and planned.library.version not in versions


def _with_latest(planned: Planned) -> Planned:
    """Return the plans as they would be with the library as it is now.

    Otherwise nobody would judge a change of it before nets are upgraded.
    """
    version = planned.library.version
    return replace(planned, plans=tuple(replace(plan, overlays=version) for plan in planned.plans))


def _keep_claims(planned: Planned, ledger: Ledger) -> None:
    """Keep what each net takes, for checks of changes to others."""
    for plan in settled(planned, _broken(planned)):
        if ledger.read(plan.name, plan.testnet.digest) is None:
            ledger.write(planned, plan)


def _broken(planned: Planned) -> set[str]:
    """Return the files of which planning found errors that leave something open."""
    return {
        finding.at.path
        for finding in planned.findings
        if finding.severity is Severity.ERROR and finding.rule not in _RENDERABLE
    }


def _renderable(planned: Planned) -> list[Plan]:
    """Return the plans that say enough to be rendered."""
    broken = _broken(planned)
    if planned.inputs.fleet.at.path in broken:
        return []
    return [plan for plan in planned.plans if plan.testnet.at.path not in broken]


def _libraries(planned: Planned, sources: Iterable[Source], tree: Path) -> Mapping[str, Library]:
    current = planned.library
    libraries = {current.version: current}
    for source in sources:
        if source.version and source.version not in libraries:
            libraries[source.version] = read_pinned(tree, source.version)
    return libraries


def _subject(  # noqa: PLR0913 - each a part of what is judged
    planned: Planned,
    units: Sequence[Unit],
    setting: Setting,
    texts: Mapping[str, str],
    find: Search,
    scope: Scope | None,
) -> Subject:
    inputs = planned.inputs
    return Subject(
        fleet=inputs.fleet,
        inventory=inputs.inventory,
        published=planned.published,
        plans=planned.plans,
        units=units,
        thaws=frozenset(f.subject for f in planned.findings if f.rule == "genesis/frozen"),
        texts=texts,
        find=find,
        causes=Causes(planned.library, units),
        others=tuple(scope.others.values()) if scope else (),
        now=setting.now,
    )


def _judge(
    subject: Subject, planned: Planned, server: Server, setting: Setting
) -> tuple[list[Finding], Judgement]:
    places = Places()
    policies = setting.policies
    judgement = evaluate(
        server,
        gather(subject, places),
        policies.rules,
        {rule: str(level) for rule, level in policies.settings["levels"].items()},
        digest=policies.digest,
        places=places,
        blame=subject.causes,
    )
    nets = {plan.testnet.at.path for plan in planned.plans}
    judged = own(judgement.findings, policies.rules, nets) if subject.others else judgement.findings
    merged = merge(judged, planned.findings)
    origins = Origins(fleet=subject.fleet, plans=subject.plans)
    merged += manifest_findings(subject.units, origins, subject.causes)
    return merged, judgement


def _waive(
    planned: Planned, findings: Sequence[Finding], setting: Setting
) -> tuple[list[Finding], list[Finding]]:
    inputs = planned.inputs
    waivers = [*inputs.fleet.waivers, *(w for t in inputs.testnets for w in t.waivers)]
    rules = {name: rule.waivable for name, rule in _all_rules(setting.policies).items()}
    verdict = apply_waivers(
        findings,
        waivers,
        now=setting.now,
        rules=rules,
        testnets={testnet.at.path for testnet in inputs.testnets},
    )
    return [*verdict.kept, *verdict.findings], [_with_waiver(w) for w in verdict.waived]


def _with_waiver(waived: Waived) -> Finding:
    """Return a finding that does not count, with its waiver as the last related place."""
    waiver, finding = waived.waiver, waived.finding
    message = f"waived until {waiver.expires} by {waiver.owner}: {waiver.reason}"
    return replace(finding, related=(*finding.related, Related(at=waiver.at, message=message)))


def _all_rules(policies: Policies) -> Mapping[str, Rule]:
    return {**own_rules(), **policies.rules}


def _summary(planned: Planned, looked: _Looked) -> Mapping[str, int]:
    plans = planned.plans
    return {
        "nets": len(plans),
        "daemons": sum(daemon.replicas for plan in plans for daemon in plan.daemons),
        "clusters": len(planned.inputs.fleet.clusters),
        "overlays": sum(source.built for source in looked.sources),
        "objects": sum(len(unit.seen["objects"]) for unit in looked.units),
    }
