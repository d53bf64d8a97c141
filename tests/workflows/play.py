"""The story of pull requests, in chapters: each plays the workflows on a GitHub of its own.

python -m tests.workflows [CHAPTER...]    tells it
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable

from tests.repository import net
from tests.workflows.desk import ACTIONS, BOT
from tests.workflows.runner import Command, Run
from tests.workflows.world import TREE, World

Chapter = Callable[[World], None]
LIMIT = 65_536
DIGEST = hashlib.sha256(b"an image").hexdigest()
IMAGE = f"gcr.io/o1labs-192920/mina-daemon:3.0.3@sha256:{DIGEST}"


def net_file(name: str, seeds: str, *producers: str) -> dict[str, str]:
    """Return the file of a small net with which nothing is wrong, but for what producers bring."""
    text = net(
        f"name: {name}",
        f"image: {IMAGE}",
        "regions: [us-west-2]",
        "availability: single",
        f"seeds: {{keys: [{seeds}]}}",
        f"block_producers: [{', '.join(producers)}]",
    )
    return {f"environments/testnets/{name}.yaml": text}


def whale(key: str, region: str = "us-west-2") -> str:
    """Return a group of one producer."""
    return f'{{name: whale, keys: [{key}], stake: "1000", regions: [{region}]}}'


def mistake(place: World) -> None:
    """A mistake is told at its line; mended, the net merges, is published and comes up."""
    wrong = net_file("alpha", "l01..l02", whale("b01", "us-west-3"))
    number = place.open("alpha", wrong, title="Add alpha")
    run = place.last("validate")
    place.tell(f"  {said(run.annotations[0])}")
    lines = wrong["environments/testnets/alpha.yaml"].splitlines()
    (line,) = [n for n, text in enumerate(lines, 1) if "us-west-3" in text]
    at = run.annotations[0].properties
    assert (at["file"], at["line"]) == ("environments/testnets/alpha.yaml", str(line))
    assert run.annotations[0].name == "error"
    assert run.jobs["gate"].result == "failure"
    assert not place.desk.gate(number)
    (body,) = place.bodies(number)
    assert "us-west-3" in body
    assert place.last("merge").jobs["merge"].result == "skipped"

    place.push(number, net_file("alpha", "l01..l02", whale("b01")))
    assert place.last("validate").jobs["gate"].result == "success"
    (mended,) = place.bodies(number)
    assert "us-west-3" not in mended
    assert "alpha" in mended
    assert place.desk.pulls[number].merged, place.last("merge").log
    merged_by = place.last("merge").jobs["merge"].step("testnet github merge").env["GITHUB_TOKEN"]
    assert place.desk.rights[merged_by].login == BOT
    assert place.published("clusters/west/testnets/alpha.yaml")
    assert "merge" in [run.workflow for run in place.runs if run.event.name == "workflow_run"]
    place.tell("  published: " + ", ".join(place.published("clusters/west/nets/alpha")[:3]))
    rollout(place, number)


def rollout(place: World, number: int) -> None:
    """Flux tells of the published commit; the pull request shows how far each cluster is."""
    commit = place.git("rev-parse", TREE).strip()
    names = flux_names(place, "alpha")
    for cluster, name in names:
        place.desk.status(commit, context(cluster, name))
    cluster, name = names[0]
    place.status(commit, context(cluster, name))
    body = place.bodies(number)[0]
    place.tell("  " + next((row for row in body.splitlines() if "west" in row), ""))
    assert "applied" in body.lower(), body


def flux_names(place: World, name: str) -> list[tuple[str, str]]:
    """Return cluster and name of each Kustomization of a net."""
    found = []
    for path in place.published("clusters"):
        if path.endswith(f"/testnets/{name}.yaml"):
            text = place.git("show", f"{TREE}:{path}")
            kinds = re.findall(r"^kind: (\w+)$(?s:.*?)^  name: (\S+)$", text, re.MULTILINE)
            found += [(path.split("/")[1], n) for kind, n in kinds if kind == "Kustomization"]
    return found


def context(cluster: str, name: str) -> str:
    """Return the context under which Flux reports a Kustomization."""
    return f"flux/{cluster}/{name}".lower()


def conflict(place: World) -> None:
    """Two pull requests that take one key: both are told; merged anyway, the newcomer waits."""
    one = net_file("alpha", "l01..l02", whale("b01"))
    two = net_file("beta", "l03..l04", whale("b01"))
    first = place.open("alpha", one, title="Add alpha", draft=True)
    second = place.open("beta", two, title="Add beta", draft=True)
    assert place.last("validate").conclusion == "success"
    (body,) = place.bodies(second)
    place.tell("  " + next((row for row in body.splitlines() if f"#{first}" in row), "no conflict"))
    assert "b01" in body
    assert f"#{first}" in body

    place.merge(first)
    assert place.published("clusters/west/testnets/alpha.yaml")
    queued = place.queue(second)
    assert queued.event.name == "merge_group"
    assert queued.jobs["gate"].result == "failure"
    place.merge(second)
    assert not place.published("clusters/west/testnets/beta.yaml")
    assert place.published("clusters/west/testnets/alpha.yaml")
    assert any("held" in text for text in place.bodies(second)), place.last("publish").log
    assert not any("held back" in text for text in place.bodies(first))


def queue(place: World) -> None:
    """The merge queue plays the same check on what it would merge."""
    number = place.open("alpha", net_file("alpha", "l01..l02"), title="Add alpha", draft=True)
    run = place.queue(number)
    assert run.conclusion == "success", run.log
    assert run.event.ref.startswith("refs/heads/gh-readonly-queue/main/")
    assert len(place.bodies(number)) == 1
    names = [step.what for step in run.jobs["review"].steps]
    asked = next(
        r for r in place.runs if r.event.name == "pull_request" and r.workflow == "validate"
    )
    assert names == [step.what for step in asked.jobs["review"].steps]


def expiry(place: World) -> None:
    """A net whose time is over is proposed for removal, and goes once that is merged."""
    place.publish_long_ago(net_file("old", "l01..l02"))
    assert place.published("clusters/west/testnets/old.yaml")
    place.schedule("reconcile")
    ((number, pull),) = place.desk.pulls.items()
    place.tell(f"  #{number}: {pull.title}")
    assert pull.author == BOT
    assert place.last("validate").conclusion == "success"
    assert not pull.merged
    assert len(place.bodies(number)) == 1
    place.merge(number)
    assert place.last("publish").conclusion == "success"
    # It is stopped in one commit, and removed in a later one.
    place.schedule("reconcile")
    assert not place.published("clusters/west/nets/old"), place.last("reconcile").log
    assert len(place.desk.pulls) == 1


def audit(place: World) -> None:
    """The nightly audit judges the history of keys, and how the repository is protected."""
    run = place.schedule("audit")
    steps = run.jobs["audit"].steps
    assert [step.outcome for step in steps if "keys audit" in step.what] == ["success"], run.log
    (setup,) = [step for step in steps if "github setup" in step.what]
    assert setup.outcome == "failure"  # nothing protects this repository
    assert "is not there" in setup.log


CHAPTERS: dict[str, Chapter] = {
    chapter.__name__: chapter for chapter in (mistake, conflict, queue, expiry, audit)
}


def said(command: Command) -> str:
    """Return an annotation as a person sees it."""
    at = command.properties
    return f"{at['file']}:{at['line']}: {command.name}: {command.text.splitlines()[0]}"


def check_secrecy(place: World) -> None:
    """See that no token was where it must not be: runs of pull requests, logs, what runs keep."""
    tokens = [token.encode() for token in place.desk.rights] + [b"that of the App"]
    for run in place.runs:
        for job in run.jobs.values():
            for step in job.steps:
                held = [t for t in tokens if any(t in v.encode() for v in step.env.values())]
                assert not (held and untrusted(run)), (run.workflow, step.what)
            assert not any(t in job.summary.encode() for t in tokens)
        assert not any(t in run.log.encode() for t in tokens)
    for path in place.directory.rglob("artifacts/**/*"):
        assert not (path.is_file() and any(t in path.read_bytes() for t in tokens)), path
    texts = [comment["body"] for comment in place.desk.comments.values()]
    assert not any(t.decode() in text for t in tokens for text in texts)
    assert all(comment["user"]["login"] == ACTIONS for comment in place.desk.comments.values())
    assert all(len(text) <= LIMIT for text in texts)
    allowed = {"error", "warning", "notice"}
    for run in place.runs:
        if not untrusted(run):
            steps = [step for job in run.jobs.values() for step in job.steps]
            assert {c.name for step in steps for c in step.commands} <= allowed


def untrusted(run: Run) -> bool:
    """Tell whether a run plays what a pull request says."""
    return run.event.name in {"pull_request", "merge_group"}


def kept(place: World, run: Run) -> dict[str, object]:
    """Return the review that a run kept."""
    path = place.artifacts / str(run.id) / "review/review.json"
    return dict(json.loads(path.read_text("utf-8")))
