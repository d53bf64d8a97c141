"""All checks of one cluster; looks at nothing but what was read."""

from __future__ import annotations

from generator.doctor.control import check_control
from generator.doctor.delivery import check_delivery
from generator.doctor.flux import check_flux
from generator.doctor.machines import check_machines
from generator.doctor.model import Check
from generator.doctor.operators import check_operators
from generator.doctor.rights import check_rights
from generator.fleet import Cluster, Fleet
from generator.sync.setup import Setup


def examine(setup: Setup, cluster: Cluster, fleet: Fleet) -> tuple[Check, ...]:
    """Return every check of a cluster, from its control plane to what nobody can see there."""
    return (
        *check_control(setup, cluster),
        *check_flux(setup, cluster),
        *check_operators(setup, cluster),
        *check_delivery(setup, cluster, fleet),
        *check_rights(setup, cluster),
        *check_machines(setup, cluster),
    )
