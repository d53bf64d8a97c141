"""Where every daemon of a testnet runs, under which name, port, address and arguments."""

from generator.plan.allocation import Allocations, DaemonAllocation, NetAllocation, Trace
from generator.plan.make import make_plan, make_plans
from generator.plan.model import NETWORKED, Daemon, GenesisPlan, Phase, Plan, Port, Role

__all__ = [
    "NETWORKED",
    "Allocations",
    "Daemon",
    "DaemonAllocation",
    "GenesisPlan",
    "NetAllocation",
    "Phase",
    "Plan",
    "Port",
    "Role",
    "Trace",
    "make_plan",
    "make_plans",
]
