"""Clusters that lag behind a published history, and the pods that run on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from generator.evidence.file import render_observations
from generator.register import Place
from generator.sync import SOURCE, Applied, Observation, Pod, Question, Workload
from tests.publish.revisions import Overlay, Revision, Unit

BRANCH = "environments"


@dataclass
class Look:
    """A look at the clusters in two parts: revisions, then StatefulSets and pods."""

    asked: Mapping[str, tuple[Question, ...]]
    applied: Mapping[str, tuple[Applied, ...]]


@dataclass
class World:
    """What each cluster has applied of the history, by index in it, and the pods alive.

    Every overlay goes forward on its own; `applied` is what a whole cluster has at least.
    A pod is known by its place, as a StatefulSet makes no second one of a name; its value is the
    label of the key that it started with. `dead` clusters run nothing and apply nothing.
    """

    history: list[Revision] = field(default_factory=list)
    applied: dict[str, int] = field(default_factory=dict)
    ahead: dict[Unit, int] = field(default_factory=dict)
    pods: dict[Place, str] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)

    @property
    def head(self) -> int:
        return len(self.history) - 1

    @property
    def clusters(self) -> list[str]:
        """All clusters that the published history ever named."""
        return sorted({unit.cluster for unit in self.units})

    @property
    def units(self) -> list[Unit]:
        return sorted({unit for revision in self.history for unit in revision.overlays})

    def index(self, unit: Unit) -> int:
        """Return the index of the revision that an overlay was last applied from, -1 for none."""
        return max(self.applied.get(unit.cluster, -1), self.ahead.get(unit, -1))

    def apply(self, cluster: str, index: int) -> None:
        """Have a cluster apply a revision; it never goes back."""
        self.applied[cluster] = max(self.applied.get(cluster, -1), index)
        self.start_pods()

    def apply_overlay(self, unit: Unit, index: int) -> None:
        """Have one Kustomization of a cluster apply a revision before all the others do."""
        self.ahead[unit] = max(self.ahead.get(unit, -1), index)
        self.start_pods()

    def overlay(self, unit: Unit) -> Overlay | None:
        """Return an overlay as its cluster has applied it."""
        index = self.index(unit)
        return self.history[index].overlays.get(unit) if index >= 0 else None

    def wanted(self) -> dict[Place, str]:
        """Return the places that the clusters want to run now, with the label of the key."""
        return {
            place: label
            for unit in self.units
            if unit.cluster not in self.dead and (overlay := self.overlay(unit))
            for place, label in overlay.running()
        }

    def start_pods(self) -> None:
        """Start the pods of places that are wanted and have none."""
        for place, label in self.wanted().items():
            self.pods.setdefault(place, label)

    def stopping(self) -> list[Place]:
        """Return the places whose pod is no longer wanted as it is."""
        wanted = self.wanted()
        return sorted(place for place, label in self.pods.items() if wanted.get(place) != label)

    def stop(self, places: Iterable[Place]) -> None:
        """Let pods end that are no longer wanted."""
        for place in places:
            del self.pods[place]
        self.start_pods()

    def catch_up(self) -> None:
        """Have every cluster apply the head, and all pods stop that should."""
        for cluster in self.clusters:
            self.dead.discard(cluster)
            self.apply(cluster, self.head)
        self.stop(self.stopping())

    def destroy(self, cluster: str) -> None:
        """Lose a cluster with everything that runs on it."""
        self.dead.add(cluster)
        for place in [place for place in self.pods if place.cluster == cluster]:
            del self.pods[place]

    def rebuild(self, cluster: str) -> None:
        """Make a lost cluster anew: it begins with the head."""
        self.dead.discard(cluster)
        self.apply(cluster, self.head)

    def where(self) -> dict[str, set[Place]]:
        """Return where each key runs or may yet run, by its label.

        Whatever mixture of revisions the overlays of all clusters are at, each from the one that
        it has applied up to the head, no key runs anywhere else.
        """
        found: dict[str, set[Place]] = {}
        for place, label in self.pods.items():
            found.setdefault(label, set()).add(place)
        for unit in self.units:
            if unit.cluster in self.dead:
                revisions = self.history[-1:]
            else:
                revisions = self.history[max(self.index(unit), 0) :]
            for revision in revisions:
                overlay = revision.overlays.get(unit)
                for place, label in overlay.running() if overlay else ():
                    found.setdefault(label, set()).add(place)
        return found

    def begin_look(self) -> Look:
        """Ask about everything that the head drains, and read the revisions applied."""
        asked: dict[str, tuple[Question, ...]] = {}
        applied: dict[str, tuple[Applied, ...]] = {}
        for cluster in self.clusters:
            questions = tuple(self._questions(cluster))
            asked[cluster] = questions
            names = {question.kustomization for question in questions}
            applied[cluster] = tuple(
                self._applied(unit)
                for unit in self.units
                if (unit.cluster, unit.kustomization in names) == (cluster, True)
                and self.index(unit) >= 0
                and (overlay := self.overlay(unit))
                and overlay.kustomization
            )
        return Look(asked, applied)

    def end_look(self, look: Look, silent: Collection[str] = ()) -> str:
        """Read StatefulSets and pods, and return the file; `silent` clusters do not answer."""
        seen: dict[str, Observation | str] = {}
        for cluster, questions in look.asked.items():
            if cluster in silent or cluster in self.dead:
                seen[cluster] = "no answer"
                continue
            places = {(question.namespace, question.name) for question in questions}
            labels = {question.label for question in questions}
            seen[cluster] = Observation(
                cluster=cluster,
                context=cluster,
                questions=questions,
                kustomizations=look.applied[cluster],
                workloads=tuple(self._workloads(cluster, places)),
                pods=tuple(self._pods(cluster, labels)),
            )
        return render_observations(seen, who="machine", at="2026-12-01T12:00:00Z")

    def _questions(self, cluster: str) -> Iterator[Question]:
        for unit, overlay in sorted(self.history[-1].overlays.items()):
            if unit.cluster == cluster:
                for place, stateful in sorted(overlay.sets.items()):
                    if stateful.drain:
                        yield Question(
                            kustomization=unit.kustomization,
                            namespace=place.namespace,
                            name=place.name,
                            label=stateful.label,
                        )

    def _applied(self, unit: Unit) -> Applied:
        return Applied(
            name=unit.kustomization,
            revision=f"{BRANCH}@sha1:{self.history[self.index(unit)].commit}",
            generation=1,
            observed=1,
            suspended=False,
            deleting=False,
            path=f"./{unit.path}",
            source=SOURCE,
        )

    def _workloads(self, cluster: str, places: Collection[tuple[str, str]]) -> Iterator[Workload]:
        for unit in self.units:
            overlay = self.overlay(unit) if unit.cluster == cluster else None
            for place, stateful in sorted(overlay.sets.items()) if overlay else ():
                if (place.namespace, place.name) in places and overlay and overlay.kustomization:
                    yield Workload(
                        namespace=place.namespace,
                        name=place.name,
                        drain=stateful.drain,
                        generation=1,
                        observed=1,
                        replicas=stateful.replicas,
                        counted=int(place in self.pods),
                    )

    def _pods(self, cluster: str, labels: Collection[str]) -> Iterator[Pod]:
        stopping = self.stopping()
        for place, label in sorted(self.pods.items()):
            if place.cluster == cluster and label in labels:
                yield Pod(
                    namespace=place.namespace,
                    name=f"{place.name}-0",
                    label=label,
                    phase="Running",
                    deleting=place in stopping,
                )
