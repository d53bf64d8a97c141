"""The setups of many clusters at once, each in a time of its own."""

from __future__ import annotations

from collections.abc import Mapping

from generator.sync.fleet import ask_all
from generator.sync.setup.model import Setup, Wanted


def read_setups(
    wanted: Mapping[str, Wanted], *, contexts: Mapping[str, str], seconds: float
) -> dict[str, Setup | str]:
    """Return, by cluster, how it is set up or why nothing can be said.

    `contexts` names the context of the kubeconfig where it is not the cluster's own name.
    """

    def look(cluster: str) -> Setup:
        # Imported here, because it takes half a second and few commands need it.
        from generator.sync.setup.read import read_setup  # noqa: PLC0415

        context = contexts.get(cluster, cluster)
        return read_setup(cluster, wanted[cluster], context=context, seconds=seconds)

    return ask_all(wanted, look, seconds)
