"""Many clusters at once, each with a time of its own: one that hangs holds up no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Thread
from time import monotonic

from generator.errors import RemoteError
from generator.sync.model import Observation, Question

_GRACE = 2.0  # seconds, for what no request counts: a program of the kubeconfig that gets a token


def observe_fleet(
    asked: Mapping[str, Sequence[Question]],
    *,
    contexts: Mapping[str, str],
    seconds: float,
) -> dict[str, Observation | str]:
    """Return, by cluster, what was seen of it or why nothing was.

    `contexts` names the context of the kubeconfig where it is not the cluster's own name.
    """
    seen: dict[str, Observation | str] = {}
    threads = []
    for cluster, questions in asked.items():
        context = contexts.get(cluster, cluster)
        # Threads that do not keep the program alive: nothing can stop one that hangs.
        thread = Thread(
            target=_observe, args=(seen, cluster, questions, context, seconds), daemon=True
        )
        thread.start()
        threads.append(thread)
    until = monotonic() + seconds + _GRACE
    for thread in threads:
        thread.join(max(0.0, until - monotonic()))
    # One that answers later than this writes into a mapping that nobody reads any more.
    silent = "it does not answer in time"
    return {cluster: seen.get(cluster, silent) for cluster in asked}


def _observe(
    seen: dict[str, Observation | str],
    cluster: str,
    questions: Sequence[Question],
    context: str,
    seconds: float,
) -> None:
    # Imported here, because it takes half a second and few commands need it.
    from generator.sync.cluster import observe_cluster  # noqa: PLC0415

    try:
        seen[cluster] = observe_cluster(cluster, questions, context=context, seconds=seconds)
    except RemoteError as error:
        seen[cluster] = str(error)
    except Exception as error:  # noqa: BLE001 - of the user's kubeconfig, in a thread: a reason
        seen[cluster] = f"it cannot be read ({type(error).__name__})"
