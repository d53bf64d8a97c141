"""Many clusters at once, each with a time of its own: one that hangs holds up no other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from threading import Thread
from time import monotonic
from typing import TypeVar

from generator.errors import RemoteError
from generator.sync.model import Observation, Question
from generator.sync.survey import Survey

_GRACE = 2.0  # seconds, for what no request counts: a program of the kubeconfig that gets a token
_Answer = TypeVar("_Answer")


def observe_fleet(
    asked: Mapping[str, Sequence[Question]],
    *,
    contexts: Mapping[str, str],
    seconds: float,
) -> dict[str, Observation | str]:
    """Return, by cluster, what was seen of it or why nothing was.

    `contexts` names the context of the kubeconfig where it is not the cluster's own name.
    """
    if not asked:
        return {}
    # Imported here, because it takes half a second and few commands need it; and before any
    # cluster's time begins.
    from generator.sync.cluster import observe_cluster  # noqa: PLC0415

    def look(cluster: str) -> Observation:
        context = contexts.get(cluster, cluster)
        return observe_cluster(cluster, asked[cluster], context=context, seconds=seconds)

    return ask_all(asked, look, seconds)


def survey_fleet(
    clusters: Collection[str], *, contexts: Mapping[str, str], seconds: float
) -> dict[str, Survey | str]:
    """Return, by cluster, all that it says of its nets, or why it says nothing.

    `contexts` as for `observe_fleet`.
    """
    from generator.sync.cluster import survey_cluster  # noqa: PLC0415 - as above

    def look(cluster: str) -> Survey:
        return survey_cluster(cluster, context=contexts.get(cluster, cluster), seconds=seconds)

    return ask_all(clusters, look, seconds)


def ask_all(
    clusters: Collection[str], look: Callable[[str], _Answer], seconds: float
) -> dict[str, _Answer | str]:
    """Return what `look` says of each cluster, all at once, or why one says nothing in time."""
    seen: dict[str, _Answer | str] = {}
    threads = []
    for cluster in clusters:
        # Threads that do not keep the program alive: nothing can stop one that hangs.
        thread = Thread(target=_ask, args=(seen, cluster, look), daemon=True)
        thread.start()
        threads.append(thread)
    until = monotonic() + seconds + _GRACE
    for thread in threads:
        thread.join(max(0.0, until - monotonic()))
    # One that answers later than this writes into a mapping that nobody reads any more.
    silent = "it does not answer in time"
    return {cluster: seen.get(cluster, silent) for cluster in clusters}


def _ask(seen: dict[str, _Answer | str], cluster: str, look: Callable[[str], _Answer]) -> None:
    try:
        seen[cluster] = look(cluster)
    except RemoteError as error:
        seen[cluster] = str(error)
    except Exception as error:  # noqa: BLE001 - of the user's kubeconfig, in a thread: a reason
        seen[cluster] = f"it cannot be read ({type(error).__name__})"
