"""A plan as a table that people like to read, and as JSON for programs."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from generator.plan import Daemon, Plan
from generator.plan.genesis import utc_text
from generator.quantity import decimal_text
from generator.report.summary import GIB, ClusterSummary, summarise
from generator.testnet import Purpose


def write_plan(plan: Plan, console: Console, *, daemons: bool = True) -> None:
    """Write a plan: what the net is, what each cluster carries, and each daemon's place."""
    console.print(_heading(plan))
    console.print(_cluster_table(plan))
    if daemons:
        console.print(_daemon_table(plan))


def _heading(plan: Plan) -> Text:
    testnet = plan.testnet
    text = Text(testnet.name, style="bold")
    text.append(f"  {testnet.purpose}, {testnet.flavour_name}, {testnet.image}\n", style="default")
    ledger = "ledger of the image"
    if plan.genesis.text:
        ledger = f"ledger sha256:{plan.genesis.digest[:12]}"
    start = plan.genesis.time or "of the image"
    text.append(f"genesis {start}, generation {plan.genesis.generation}, {ledger}", style="default")
    if testnet.purpose is Purpose.QA and plan.expires:
        text.append(f"\nexpires {utc_text(plan.expires)}", style="default")
    return text


def _money(value: Decimal) -> str:
    return f"${value.quantize(Decimal('0.01'), ROUND_HALF_UP)}"


def _table(*columns: tuple[str, str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name, justify in columns:
        table.add_column(
            name,
            justify="right" if justify == "right" else "left",
            overflow="fold",
            no_wrap=justify == "name",
        )
    return table


def _cluster_table(plan: Plan) -> Table:
    summaries = summarise(plan)
    table = _table(
        ("cluster", "name"),
        ("daemons", "left"),
        ("stake", "right"),
        ("cpu", "right"),
        ("memory", "right"),
        ("storage", "right"),
        ("cost/h", "right"),
    )
    for summary in summaries:
        table.add_row(
            summary.cluster.name,
            ", ".join(f"{count} {role}" for role, count in summary.roles),
            f"{summary.stake_share:.1%}" if summary.stake_share else "-",
            decimal_text(summary.cpu),
            f"{summary.memory // GIB} GiB",
            f"{summary.storage // GIB} GiB",
            _money(summary.cost),
        )
    table.add_section()
    table.add_row(
        "all",
        f"{sum(daemon.replicas for daemon in plan.daemons)} in all",
        "",
        decimal_text(sum((s.cpu for s in summaries), Decimal(0))),
        f"{sum(s.memory for s in summaries) // GIB} GiB",
        f"{sum(s.storage for s in summaries) // GIB} GiB",
        _money(sum((s.cost for s in summaries), Decimal(0))),
    )
    return table


def _daemon_table(plan: Plan) -> Table:
    table = _table(
        ("daemon", "name"),
        ("cluster", "name"),
        ("overlay", "name"),
        ("address", "left"),
        ("key", "left"),
        ("stake", "right"),
    )
    for daemon in plan.daemons:
        key = daemon.key or daemon.identity
        table.add_row(
            daemon.name if daemon.replicas == 1 else f"{daemon.name} x{daemon.replicas}",
            daemon.cluster.name,
            f"{daemon.phase}-{daemon.overlay}",
            f"{daemon.public_name}:{daemon.port}" if daemon.public_name else "-",
            f"{key.name} {key.text[:8]}…{key.text[-4:]}" if key else "-",
            daemon.stake or "-",
        )
    return table


def plan_json(plan: Plan) -> dict[str, object]:
    """Return a plan as plain data for scripts; amounts are decimal strings."""
    return {
        "name": plan.name,
        "namespace": plan.namespace,
        "purpose": str(plan.testnet.purpose),
        "flavour": str(plan.testnet.flavour_name),
        "published": utc_text(plan.published),
        "expires": utc_text(plan.expires) if plan.expires else None,
        "genesis": {
            "time": plan.genesis.time or None,
            "generation": plan.genesis.generation,
            "digest": plan.genesis.digest or None,
        },
        "overlays": plan.overlays,
        "clusters": [_cluster_json(summary) for summary in summarise(plan)],
        "daemons": [_daemon_json(daemon) for daemon in plan.daemons],
    }


def _cluster_json(summary: ClusterSummary) -> dict[str, object]:
    return {
        "name": summary.cluster.name,
        "provider": str(summary.cluster.provider),
        "region": summary.cluster.region,
        "roles": {str(role): count for role, count in summary.roles},
        "stake_share": f"{summary.stake_share:.6f}",
        "cpu": decimal_text(summary.cpu),
        "memory_bytes": summary.memory,
        "storage_bytes": summary.storage,
        "load_balancers": summary.balancers,
        "cost_per_hour": f"{summary.cost:.4f}",
    }


def _daemon_json(daemon: Daemon) -> dict[str, object]:
    return {
        "name": daemon.name,
        "role": str(daemon.role),
        "group": daemon.group,
        "cluster": daemon.cluster.name,
        "overlay": f"{daemon.phase}-{daemon.overlay}",
        "replicas": daemon.replicas,
        "image": daemon.image,
        "public_name": daemon.public_name or None,
        "ports": [
            {"name": port.name, "port": port.number, "protocol": port.protocol}
            for port in daemon.ports
            if port.public
        ],
        "address": str(daemon.address) if daemon.public_name else None,
        "key": daemon.key.name if daemon.key else None,
        "public_key": daemon.key.text if daemon.key else None,
        "identity": daemon.identity.name if daemon.identity else None,
        "stake": daemon.stake or None,
        "cpu": daemon.resources.cpu,
        "memory": daemon.resources.memory,
        "storage": daemon.resources.storage or None,
        "args": list(daemon.args),
        "at": str(daemon.at),
    }
