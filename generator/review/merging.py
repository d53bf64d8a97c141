"""Whether a pull request may merge by itself, by the policy of the branch that it is for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from generator.claims import Conflict
from generator.fleet import Automatic, Merging
from generator.hub.pulls import Pull
from generator.load import TESTNETS
from generator.report.wording import counted
from generator.review.model import ChangeOf, Judgement, NetReview, Review

# How many of a kind are named in a reason.
_NAMED = 3


def judge_merge(
    review: Review,
    policy: Merging | None,
    pull: Pull,
    conflicts: Sequence[Conflict] = (),
) -> tuple[str, ...]:
    """Return why a pull request may not merge by itself; nothing where it may.

    `review` is that of its head, by code, rules and `policy` of the branch that it is for;
    `conflicts` are those with other open pull requests and with what is merged by now.
    """
    automatic = policy.automatic if policy else None
    if automatic is None:
        return ("nothing merges by itself: environments/fleet.yaml has no `merging: automatic`",)
    return (
        *_of_pull(review, pull, automatic),
        *_of_checks(review, automatic),
        *_of_paths(review),
        *(reason for net in review.nets for reason in _of_net(net, automatic)),
        *_of_sums(review.nets, automatic),
        *(conflict.text for conflict in conflicts),
    )


def judge_kind(pull: Pull, automatic: Automatic) -> Iterator[str]:
    """Yield why such a pull request does not merge by itself, whatever it changes."""
    if pull.draft:
        yield "it is a draft"
    if pull.fork and not automatic.forks:
        yield "it comes from a fork"


def _of_pull(review: Review, pull: Pull, automatic: Automatic) -> Iterator[str]:
    if not pull.open:
        yield "it is not open"
    yield from judge_kind(pull, automatic)
    if not review.head or review.head != pull.head:
        yield f"what was reviewed is not its head, {pull.head[:12]}"


def _of_checks(review: Review, automatic: Automatic) -> Iterator[str]:
    if review.verdict is not Judgement.PASS or review.counts.errors:
        what = counted(review.counts.errors, "error") if review.counts.errors else "what is wrong"
        yield f"it adds {what}"
    if review.counts.warnings and not automatic.warnings:
        yield f"it adds {counted(review.counts.warnings, 'warning')}"
    for left_out in review.omitted:
        yield f"{counted(left_out.count, left_out.what)} could not be looked at"


def _of_paths(review: Review) -> Iterator[str]:
    if not review.paths:
        yield "it changes nothing"
    others = [path for path in review.paths if not _is_testnet(path)]
    if others:
        yield f"it touches more than testnet files: {_some(others)}"


def _is_testnet(path: str) -> bool:
    directory, _, name = path.rpartition("/")
    return directory == TESTNETS and name.endswith(".yaml")


def _of_net(net: NetReview, automatic: Automatic) -> Iterator[str]:
    purposes = {net.purpose, net.purpose_before} - {""} - set(automatic.purposes)
    if purposes:
        yield f"{net.name} is {_some(sorted(purposes))}, and only {_some(automatic.purposes)} may"
    owners = {net.owner, net.owner_before} - {""} - set(automatic.owners)
    if automatic.owners and owners:
        yield f"{net.name} is of {_some(sorted(owners))}, whose nets do not merge by themselves"
    yield from _whatever_the_policy(net)
    if not automatic.deletions:
        yield from _deletions(net)
    if net.chain and not automatic.restarts:
        yield f"the chain of {net.name} starts again: {net.chain}"
    if not automatic.handovers:
        if net.handovers:
            yield f"{net.name} gives up {counted(len(net.handovers), 'key')}"
        if net.moves:
            yield f"{net.name} moves {counted(len(net.moves), 'daemon')}"


def _whatever_the_policy(net: NetReview) -> Iterator[str]:
    if net.protected:
        yield f"{net.name} is protected"
    if not net.purpose or (net.change is ChangeOf.CHANGED and not net.purpose_before):
        # What it was decides too, and nobody knows that.
        yield f"{net.name} cannot be planned as it is, or as it was"
    if net.waivers:
        # Else whoever asks would also be who allows it.
        yield f"{net.name} waives {_some(net.waivers)}"


def _deletions(net: NetReview) -> Iterator[str]:
    if net.change is ChangeOf.REMOVED:
        yield f"it removes {net.name}"
    elif net.removals:
        gone = (
            (len(net.removals.namespaces), "namespace"),
            (len(net.removals.daemons), "daemon"),
            (net.removals.volumes, "volume"),
        )
        lost = ", ".join(counted(count, thing) for count, thing in gone if count)
        if lost:
            yield f"{net.name} loses {lost}"


def _of_sums(nets: Iterable[NetReview], automatic: Automatic) -> Iterator[str]:
    regions = [region for net in nets for region in net.regions]
    daemons = sum(region.daemons.after - region.daemons.before for region in regions)
    if daemons > automatic.daemons:
        yield f"it adds {counted(daemons, 'daemon')}, and {automatic.daemons} may be added"
    cost = sum(
        (Decimal(r.cost_month.after) - Decimal(r.cost_month.before) for r in regions), Decimal(0)
    )
    if cost > automatic.budget_month:
        yield (
            f"it costs {cost:.2f} dollars a month more, and {automatic.budget_month:f} may be added"
        )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
