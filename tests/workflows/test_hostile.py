"""No pull request gets code run with a token, and none breaks the report."""

from __future__ import annotations

import re
import resource
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.workflows.commits import Files
from tests.workflows.hostile import ACTIVE, ATTACKS, ELSEWHERE, Attack
from tests.workflows.play import LIMIT, check_secrecy, untrusted
from tests.workflows.world import World

SECONDS = 60  # of the processor, for all runs that a pull request starts: a clock tells less
SIZE = 20 * 2**20  # of what a run of ours keeps


def _placed(files: Files, canary: Path) -> Mapping[str, str | bytes | None]:
    """Name the canary in texts and paths; a path has no room for its directories."""
    return {
        path.replace("CANARY", "canary"): _text(content, canary)
        if isinstance(content, str)
        else content
        for path, content in files.items()
    }


def _text(text: str, canary: Path) -> str:
    outside = canary.with_name("outside")
    return text.replace("CANARY", str(canary)).replace("OUTSIDE", str(outside))


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_hostile_pull_request(attack: Attack, place: World) -> None:
    canary = place.directory / "canary"
    canary.mkdir()
    canary.with_name("outside").mkdir()
    main, tree = place.main, place.git("rev-parse", "environments")
    start = _worked()
    number = place.open(
        attack.branch.replace("CANARY", "canary"),
        _placed(attack.files, canary),
        title=_text(attack.title, canary),
        fork=True,
    )
    assert _worked() - start < SECONDS

    assert (place.main, place.git("rev-parse", "environments")) == (main, tree)
    assert not place.desk.pulls[number].merged
    assert place.desk.gate(number) is attack.green, place.runs[0].log
    check_secrecy(place)
    _check_canary(canary)
    _check_comment(place, number)
    _check_kept(place)


def _worked() -> float:
    """Return how long programs that were started here have worked."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _check_canary(canary: Path) -> None:
    """See that code of the pull request ran in its own run at most, and found nothing there."""
    for left in canary.iterdir():
        assert left.name.startswith("pull_request-"), left
        environment = left.read_text("utf-8")
        assert "ghs_" not in environment
        assert all(line == "KEY=" for line in environment.splitlines() if line.startswith("KEY="))
        assert "that of the App" not in environment


def _check_comment(place: World, number: int) -> None:
    """See that there is one comment, that it is whole, and that nothing in it is active."""
    (run,) = [run for run in place.runs if run.workflow == "comment"]
    assert run.conclusion == "success", run.log
    (body,) = place.bodies(number)
    assert 0 < len(body) <= LIMIT
    shown = _active(body)
    for text in ACTIVE:
        assert text not in shown, shown[max(0, shown.find(text) - 80) :][:200]
    assert ELSEWHERE not in body


def _active(body: str) -> str:
    """Return Markdown without our marks and without code: what is code is nothing else."""
    text = re.sub(r"^<!-- /?testnet:\w+(?: \w+)? -->$", "", body, flags=re.MULTILINE)
    text = re.sub(r"^(`{3,})[^`\n]*\n.*?^\1`*$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", text)


def test_what_is_code_is_told_from_what_is_active() -> None:
    body = "a `b` c\n```diff\n@d\n```\n``e ` f`` g\n<!-- testnet:review -->\n@h `i\n@j` k"
    assert _active(body).split() == ["a", "c", "g", "@h", "`i", "@j`", "k"]


def _check_kept(place: World) -> None:
    """See that what our own runs keep and print has nothing of elsewhere, and bounds."""
    for run in place.runs:
        if untrusted(run) and run.jobs.keys() != {"review", "gate"}:
            continue
        assert ELSEWHERE not in run.log
        assert len(run.log) < SIZE
        for path in (place.artifacts / str(run.id)).rglob("*"):
            if path.is_file():
                assert path.stat().st_size < SIZE
                assert ELSEWHERE.encode() not in path.read_bytes()
