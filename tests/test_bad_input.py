"""Everything that people get wrong, as the program tells it: all at once, and nothing written."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.repository import FLEET, LIBRARY, Repository, Run, marked, net, pool_text
from tests.synthetic import peer_ids

Program = Callable[..., Run]

FLEET_PATH = "environments/fleet.yaml"
NETS = "environments/testnets"
LONG = "y" * 27


def own(number: int, *fields: str) -> str:
    """Return the net `bad-<number>`, which shares no key with the others."""
    return net(f"name: bad-{number}", f"seeds: {{keys: [l{number:02d}]}}", *fields)


def producers(keys: str) -> str:
    """Return a field with one group of producers."""
    return f"block_producers: [{{name: a, keys: [{keys}]}}]"


# The file, its content with the place marked (else it is the first), the rule, the advice.
FILES: dict[str, tuple[str, str | bytes, str, str]] = {
    "not UTF-8": (f"{NETS}/bad-1.yaml", b"name: bad-1\nowner: \xff\n", "yaml/encoding", "UTF-8"),
    "empty": (f"{NETS}/bad-2.yaml", "", "yaml/empty", "keys that it needs"),
    "a comment only": (f"{NETS}/bad-22.yaml", "# later\n", "yaml/empty", "keys that it needs"),
    "a list at the top": (f"{NETS}/bad-3.yaml", "- name: bad-3\n", "yaml/top-level", "with keys"),
    "an unknown flavour": (
        f"{NETS}/bad-4.yaml",
        own(4, "flavour: @@coda-kademila"),
        "schema/choice",
        'did you mean "coda-kademlia"?',
    ),
    "a negative count": (
        f"{NETS}/bad-5.yaml",
        own(5, "seeds: {count: @@-1, keys: [l05]}"),
        "schema/too-small",
        "at least 1",
    ),
    "a huge count": (
        f"{NETS}/bad-6.yaml",
        own(6, "archive:\n  count: @@1000000000"),
        "schema/too-large",
        "at most 10000",
    ),
    "a huge range": (
        f"{NETS}/bad-7.yaml",
        own(7, producers("b02, @@b01..b1000000000")),
        "testnet/key-range",
        "lower number first",
    ),
    "a range that runs backwards": (
        f"{NETS}/bad-8.yaml",
        own(8, producers("b03, @@b05..b04")),
        "testnet/key-range",
        "lower number first",
    ),
    "an unknown key": (
        f"{NETS}/bad-9.yaml",
        own(9, producers("b06, @@b077")),
        "keys/unknown",
        "Did you mean",
    ),
    "a key of the wrong kind": (
        f"{NETS}/bad-10.yaml",
        own(10, "block_producers: [{name: a, keys: [@@a01]}]"),
        "keys/kind",
        "--kind block-producer",
    ),
    "a region that no cluster serves": (
        f"{NETS}/bad-11.yaml",
        own(11, "regions:\n  - us-west-2\n  - @@us-west-1"),
        "testnet/region",
        'Did you mean "us-west-2"?',
    ),
    "a name that is too long": (
        f"{NETS}/bad-12.yaml",
        own(12, f"name: @@{'x' * 31}"),
        "schema/too-long",
        "at most 30",
    ),
    "a name that is too long for a label": (
        f"{NETS}/bad-13.yaml",
        own(13, f"seeds: {{name: {'x' * 30}, keys: [@@{LONG}01]}}"),
        "testnet/name-length",
        "Shorten",
    ),
    "a key twice": (
        f"{NETS}/bad-14.yaml",
        own(14) + "@@owner: others\n",
        "yaml/duplicate-key",
        "Remove one of the two",
    ),
    "a file named otherwise": (
        f"{NETS}/bad-15.yaml",
        own(15, "name: @@good-15"),
        "testnet/file-name",
        'the file "good-15.yaml"',
    ),
    "a word that is none": (
        f"{NETS}/bad-16.yaml",
        own(16, "@@availabilty: single"),
        "schema/unknown-key",
        'did you mean "availability"?',
    ),
    "a pool with a slip": (
        "environments/keys/other.yaml",
        "pool: other\nowner: tests\nsecrets: {aws: '{name}'}\nkeys:\n  snark: {o1: @@B62qx}\n",
        "keys/invalid",
        "Copy the public part again",
    ),
}


def write(repository: Repository, case: str) -> tuple[str, str]:
    """Write a file that is wrong; return the place and the rule that are to be found."""
    path, content, rule, _ = FILES[case]
    repository.write(path, content)
    at = f"{path}:2:8"
    if isinstance(content, str):
        at = str(marked(path, content)[1] or f"{path}:1:1")
    return at, rule


@pytest.fixture
def crowded(repository: Repository) -> Repository:
    """A repository with a net that is fine, and keys with long names."""
    kinds = {"libp2p": (LONG, peer_ids(99)[-1:])}
    repository.write("environments/keys/long.yaml", pool_text("long", kinds))
    repository.write_net("net", net("seeds: {keys: [l20]}", producers("b70")))
    return repository


def refused(testnet: Program, repository: Repository, *arguments: str) -> Run:
    """Run the program, which is to say what is wrong, write nothing and exit with 2."""
    before = repository.files()
    run = testnet(*arguments)
    assert run.code == 2, run.err
    assert run.out == ""
    assert repository.files() == before
    assert not (repository.root / "build").exists()
    return run


@pytest.mark.parametrize("case", FILES)
def test_mistake_is_one_finding_with_advice(
    crowded: Repository, testnet: Program, case: str
) -> None:
    expected = write(crowded, case)
    run = refused(testnet, crowded, "plan", "net")
    assert run.findings == [expected]
    assert FILES[case][3] in run.err


@pytest.mark.parametrize("command", ["generate", "diff", "plan", "keys"])
def test_all_mistakes_are_told_at_once(crowded: Repository, testnet: Program, command: str) -> None:
    expected = [write(crowded, case) for case in FILES]
    run = refused(testnet, crowded, command, *(["net"] if command == "plan" else []))
    assert sorted(run.findings) == sorted(expected)
    assert run.err.rstrip().endswith(f"{len(expected)} errors")


def without(expected: Iterable[tuple[str, str]], *rules: str) -> list[tuple[str, str]]:
    """Return what is expected but for some rules."""
    return [(at, rule) for at, rule in expected if rule not in rules]


HEAD = FLEET.partition("clusters:")[0]


@pytest.mark.parametrize(
    ("fleet", "finding", "advice"),
    [
        ("", ("1:1", "yaml/empty"), "Write the keys that it needs"),
        (f"{HEAD}clusters: @@[]\n", ("9:11", "schema/too-few"), "at least 1"),
        (HEAD, ("1:1", "schema/missing"), '"clusters" is missing'),
        (None, ("1:1", "yaml/file"), "Create the file"),
    ],
)
def test_without_fleet_the_rest_is_told(
    crowded: Repository,
    testnet: Program,
    fleet: str | None,
    finding: tuple[str, str],
    advice: str,
) -> None:
    expected = [write(crowded, case) for case in FILES]
    if fleet is None:
        (crowded.root / FLEET_PATH).unlink()
    else:
        crowded.write(FLEET_PATH, fleet)
    run = refused(testnet, crowded, "generate")
    # Where daemons go cannot be said without clusters.
    expected = without(expected, "testnet/region", "testnet/name-length")
    place, rule = finding
    assert sorted(run.findings) == sorted([*expected, (f"{FLEET_PATH}:{place}", rule)])
    assert advice in run.err


def test_two_nets_have_one_name(crowded: Repository, testnet: Program) -> None:
    crowded.write_net("other", net("seeds: {keys: [l21]}"))
    run = refused(testnet, crowded, "generate")
    assert run.findings == [
        (f"{NETS}/other.yaml:1:1", "testnet/name"),
        (f"{NETS}/other.yaml:1:7", "testnet/file-name"),
    ]
    assert f"--> {NETS}/net.yaml:1:1" in run.err
    assert "Give one of them another name" in run.err


def test_unreadable_pool_makes_no_key_unknown(crowded: Repository, testnet: Program) -> None:
    write(crowded, "an unknown key")
    crowded.write("environments/keys/new.yaml", "pool: new\npool: new\n")
    run = refused(testnet, crowded, "generate")
    assert ("environments/keys/new.yaml:2:1", "yaml/duplicate-key") in run.findings
    assert "keys/unknown" not in run.err


def test_wrong_key_is_not_unknown_too(crowded: Repository, testnet: Program) -> None:
    expected = write(crowded, "a pool with a slip")
    crowded.write_net("uses-it", net("name: uses-it", "seeds: {keys: [l21]}", producers("o1")))
    assert refused(testnet, crowded, "generate").findings == [expected]


def test_all_mistakes_of_one_file_are_told_at_once(crowded: Repository, testnet: Program) -> None:
    text = net(
        "name: bad-1",
        "regions: [us-west-2, eu-north-1]",
        "seeds: {keys: [a01], count: 2}",
        "block_producers: [{name: a, keys: [b05..b04, b99], region: us-east1}]",
        "snark_pools: [{name: a, key: b04}]",
        'genesis: {time: "2026-02-30T00:00:00Z", accounts: [{key: nobody, balance: 1}]}',
        "services: [payments, {name: pay-2, kind: payments, target: b}]",
    )
    crowded.write(f"{NETS}/bad-1.yaml", text)
    run = refused(testnet, crowded, "generate")
    assert [rule for _, rule in run.findings] == [
        "testnet/region",
        "keys/kind",
        "testnet/count",
        "testnet/key-range",
        "keys/unknown",
        "testnet/region",
        "testnet/name-twice",
        "keys/kind",
        "testnet/key-twice",
        "genesis/time",
        "genesis/account",
        "testnet/service-target",
    ]


@pytest.mark.parametrize(
    "path",
    [
        f"{NETS}/other.yml",
        "environments/keys/other.YAML",
        f"{NETS}/other.json",
        f"{NETS}/.other.yaml",
    ],
)
def test_file_that_would_not_be_read(crowded: Repository, testnet: Program, path: str) -> None:
    crowded.write(path, "name: other\n")
    run = refused(testnet, crowded, "generate")
    assert run.findings == [(f"{path}:1:1", "yaml/suffix")]
    assert 'Rename it to "other.yaml"' in run.err


@pytest.mark.parametrize("path", [f"{NETS}/more", "environments/keys/more"])
def test_directory_that_would_not_be_read(crowded: Repository, testnet: Program, path: str) -> None:
    crowded.write(f"{path}/other.yaml", "name: other\n")
    run = refused(testnet, crowded, "generate")
    assert run.findings == [(f"{path}:1:1", "yaml/suffix")]
    assert f'Move its files to "{Path(path).parent}"' in run.err


def test_what_is_no_input_may_lie_beside_it(crowded: Repository, testnet: Program) -> None:
    for name in ("README.md", "OWNERS", ".gitkeep", "._net.yaml", ".idea/workspace.yaml"):
        crowded.write(f"{NETS}/{name}", "\n")
    (crowded.root / NETS / ".#smoke.yaml").symlink_to("somebody@somewhere")  # of an editor
    run = testnet("plan", "net")
    assert (run.code, run.err) == (0, "")


@pytest.mark.parametrize("path", [NETS, "environments/keys"])
def test_directory_that_cannot_be_listed(
    crowded: Repository, testnet: Program, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    listing = Path.iterdir

    def iterdir(directory: Path) -> Iterator[Path]:
        if directory == crowded.root / path:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return listing(directory)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    run = testnet("plan", "net")
    assert (run.code, run.err.count("\n")) == (2, 1)
    assert f"{path}: cannot be read: permission denied" in run.err


@pytest.mark.parametrize("argument", [f"{NETS}/absent.yaml", "absent"])
def test_net_that_is_not_there(crowded: Repository, testnet: Program, argument: str) -> None:
    run = refused(testnet, crowded, "plan", argument)
    assert argument in run.err


def test_file_elsewhere_in_the_repository_is_judged_with_the_others(
    crowded: Repository, testnet: Program
) -> None:
    crowded.write("drafts/draft.yaml", net("name: draft", "seeds: {keys: [@@b01]}"))
    run = refused(testnet, crowded, "plan", "drafts/draft.yaml")
    assert run.findings == [("drafts/draft.yaml:8:16", "keys/kind")]


@pytest.mark.parametrize("directory", ["keys", "testnets"])
def test_missing_directory_is_no_empty_one(
    crowded: Repository, testnet: Program, directory: str
) -> None:
    path = crowded.root / "environments" / directory
    shutil.rmtree(path)
    run = refused(testnet, crowded, "generate")
    assert f"{path}: there is no such directory" in run.err


def test_root_without_environments(repository: Repository, testnet: Program) -> None:
    run = refused(testnet, repository, "generate", "--root", str(repository.root / "overlays"))
    assert "has no `environments/`" in run.err


def test_nothing_is_wrong_with_the_rest(crowded: Repository, testnet: Program) -> None:
    run = testnet("plan", "net", "--brief", "--root", str(crowded.root))
    assert run.code == 0, run.err
    assert LIBRARY not in run.err
