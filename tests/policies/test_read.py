"""Rules as Python reads them, and every way in which they may not be written."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.cache import Cache
from generator.errors import InvalidInput, UsageError
from generator.finding import Finding, Location, Severity
from generator.policies import load, metadata, own_rules, read_examples, read_policies
from generator.rule import Rule, Subjects
from tests.policies.small import BAD, GOOD, MAIN, RULE, SECRET, SETTINGS, Small

IDENTITY = "nets/good-name"
PATH = f"policies/{IDENTITY}/rule.rego"
SET = "policies/settings/data.yaml"

# What is written, what stands in its place, and the line and column of the one finding.
# A rule that could be kept, with settings that could not.
KEPT = {
    "rules": [
        {
            **dict.fromkeys(("id", "title", "why", "remediation", "doc"), "text"),
            "severity": "error",
            "waivable": True,
            "subjects": {"table": "nets", "where": {}},
        }
    ],
    "settings": {"levels": {}},
}
RULE_CASES: dict[str, tuple[str, str, int, int]] = {
    "unknown key": ("# title:", "# titel: x\n# title:", 2, 3),
    "unknown key in custom": ("#   waivable: true", "#   waivable: true\n#   x: y", 9, 5),
    "no title": ("# title: Every net has a good name\n", "", 2, 3),
    "no severity": ("#   severity: warning\n", "", 7, 5),
    "no remediation": ("#   remediation: Give the net a good name.\n", "", 7, 5),
    "no schemas": ("# schemas:\n#   - data.facts: schema.facts\n", "", 2, 3),
    "another schema": ("schema.facts", "schema.others", 12, 5),
    "wrong severity": ("warning", "fatal", 7, 15),
    "waivable is text": ("waivable: true", 'waivable: "true"', 8, 15),
    "not waivable": ("waivable: true", "waivable: false", 8, 15),
    "not YAML": ("#   severity: warning", "#   severity: warning: x", 7, 22),
    "a key twice": ("# schemas:", "# title: Another title\n# schemas:", 11, 3),
    "unknown table": ("table: nets", "table: net", 10, 23),
    "counts are no table": ("table: nets, where: {purpose: [qa, public]}", "table: counts", 10, 23),
    "unknown count": ("table: nets, where: {purpose: [qa, public]}", "count: nets", 10, 23),
    "unknown column": ("purpose:", "purpos:", 10, 37),
    "a count with conditions": ("table: nets", "count: objects", 10, 15),
    "another package": ('nets["good-name"]', 'nets["other-name"]', 13, 1),
    "no package of rules": ('rules.nets["good-name"]', "nets", 13, 1),
    "something before the package": ("package", "\npackage", 13, 1),
    "metadata elsewhere": ("# METADATA", "# Text\n# METADATA", 1, 1),
    "the clock": ("judged := count(data.facts.nets)", "judged := time.now_ns()", 15, 11),
    "the network": ("judged := count(data.facts.nets)", 'judged := http["send"]({})', 15, 11),
}
SETTINGS_CASES: dict[str, tuple[str, str, int, int]] = {
    "level of no rule": ("levels: {}", "levels: {nets/name: note}", 2, 10),
    "level that is none": ("levels: {}", "levels: {nets/good-name: fatal}", 2, 26),
    "level of another type": ("levels: {}", "levels: {nets/good-name: 1}", 2, 26),
    "levels are a list": ("levels: {}", "levels: []", 2, 9),
    "no levels": ("levels: {}\n", "", 2, 1),
    "parameters of no rule": ("nets/good-name", "nets/name", 4, 3),
    "parameters without names": ("{longest: 12}", "12", 4, 19),
    "another part": ("levels: {}", "levels: {}\nlevel: {}", 3, 1),
    "not YAML": ("levels: {}", "levels: {", 4, 17),
    "a key twice": ("levels: {}", "levels: {}\nlevels: {}", 3, 1),
    "lower level of what is never lowered": ("levels: {}", "levels: {secrets/none: note}", 2, 24),
}


# The same rule, which says what it reads in the settings.
READING = RULE.replace(
    "#   subjects:", "#   parameters: {longest: {type: integer, minimum: 1}}\n#   subjects:"
)
# Settings, and message, line and column of the one finding.
PARAMETER_CASES: dict[str, tuple[str, str, int, int]] = {
    "of another type": ("{longest: x}", '"longest" must be a whole number', 4, 29),
    "with a point": ("{longest: 1.5}", '"longest" must be a whole number', 4, 29),
    "less than it can be": ("{longest: 0}", '"longest" is 0, but must be at least 1', 4, 29),
    "that nobody reads": ("{longest: 1, least: 2}", 'unknown key "least"', 4, 32),
    "without a value": ("{longest: }", '"longest" must be a whole number', 4, 29),
    "without any": ("{}", 'the parameters of "nets/good-name" must be a mapping', 4, 19),
}


def refused(small: Small) -> tuple[Finding, ...]:
    with pytest.raises(InvalidInput) as refusal:
        read_policies(small.root)
    return refusal.value.findings


def test_everything_is_read(small: Small) -> None:
    small.write("lib/words.rego", "package testnet.lib.words\n")
    small.write("lib/words_test.rego", "package testnet.lib.words_test\n")
    read = read_policies(small.root)
    assert read.rules == {
        IDENTITY: Rule(
            id=IDENTITY,
            title="Every net has a good name",
            why="A name is read by everybody: one that says nothing is asked for again and again.",
            severity=Severity.WARNING,
            remediation="Give the net a good name.",
            waivable=True,
            doc=f"policies/{IDENTITY}",
            subjects=Subjects(table="nets", where={"purpose": ("qa", "public")}),
        )
    }
    assert read.modules == {
        "policies/lib/words.rego": "package testnet.lib.words\n",
        "policies/main.rego": MAIN,
        PATH: RULE,
    }
    assert read.settings == {"levels": {}, "parameters": {IDENTITY: {"longest": 12}}}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("{table: nets}", Subjects(table="nets")),
        ("{count: objects}", Subjects(table="counts.objects")),
        ("{table: nets, where: {at: 1}}", Subjects(table="nets", where={"at": (1,)})),
    ],
)
def test_subjects(small: Small, given: str, wanted: Subjects) -> None:
    small.write(
        f"{IDENTITY}/rule.rego",
        RULE.replace("{table: nets, where: {purpose: [qa, public]}}", given),
    )
    assert read_policies(small.root).rules[IDENTITY].subjects == wanted


@pytest.mark.parametrize("case", RULE_CASES)
def test_mistake_in_a_rule_is_found_at_its_place(small: Small, case: str) -> None:
    written, instead, line, column = RULE_CASES[case]
    assert RULE.count(written) >= 1
    small.write(f"{IDENTITY}/rule.rego", RULE.replace(written, instead, 1))
    small.write("settings/data.yaml", SETTINGS.replace("nets/good-name: {longest: 12}", "{}"))
    findings = refused(small)
    assert [(f.rule, f.at) for f in findings if f.at.path == PATH][:1] == [
        ("policies/metadata", Location(PATH, line, column))
    ]
    assert all(finding.remediation for finding in findings)


@pytest.mark.parametrize("case", SETTINGS_CASES)
def test_mistake_in_settings_is_found_at_its_place(small: Small, case: str) -> None:
    written, instead, line, column = SETTINGS_CASES[case]
    assert SETTINGS.count(written) == 1
    small.write("secrets/none/rule.rego", SECRET)
    small.write("settings/data.yaml", SETTINGS.replace(written, instead))
    (finding,) = refused(small)
    assert (finding.rule, finding.at) == ("policies/metadata", Location(SET, line, column))


@pytest.mark.parametrize("case", PARAMETER_CASES)
def test_parameters_are_as_the_rule_reads_them(small: Small, case: str) -> None:
    values, message, line, column = PARAMETER_CASES[case]
    small.write(f"{IDENTITY}/rule.rego", READING)
    assert read_policies(small.root).rules[IDENTITY].parameters
    small.write("settings/data.yaml", SETTINGS.replace("{longest: 12}", values))
    (finding,) = refused(small)
    assert (finding.rule, finding.at) == ("policies/metadata", Location(SET, line, column))
    assert message in finding.message
    assert (finding.subject, bool(finding.remediation)) == (IDENTITY, True)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("{long: 12}", f'of the parameters of "{IDENTITY}", "longest" is missing'),
        ("", f'the parameters of "{IDENTITY}" are missing'),
    ],
)
def test_parameters_that_a_rule_lacks(small: Small, values: str, message: str) -> None:
    small.write(f"{IDENTITY}/rule.rego", READING)
    entry = f"{IDENTITY}: {values}" if values else "{}"
    small.write("settings/data.yaml", f"levels: {{}}\nparameters:\n  {entry}\n")
    assert message in [finding.message for finding in refused(small)]


@pytest.mark.parametrize("schema", ["integer", "{type: whole}", "{type: array, items: text}", "{}"])
def test_parameters_that_no_rule_can_ask_for(small: Small, schema: str) -> None:
    asked = READING.replace("{type: integer, minimum: 1}", schema)
    small.write(f"{IDENTITY}/rule.rego", asked)
    findings = refused(small)
    assert {f.at.line for f in findings if f.at.path == PATH} == {10}


def test_a_misspelt_name_is_guessed(small: Small) -> None:
    small.write("settings/data.yaml", SETTINGS.replace("good-name", "god-name"))
    assert 'did you mean "nets/good-name"?' in refused(small)[0].message


def test_a_level_may_be_set(small: Small) -> None:
    small.write("settings/data.yaml", SETTINGS.replace("{}", "{nets/good-name: note}"))
    assert read_policies(small.root).settings["levels"] == {IDENTITY: "note"}


def test_all_mistakes_are_found_at_once(small: Small) -> None:
    small.write(f"{IDENTITY}/rule.rego", RULE.replace("warning", "fatal").replace("true", "maybe"))
    small.write("settings/data.yaml", "levels: {}\n")
    assert len(refused(small)) == 3


def test_a_secret_may_not_be_waivable(small: Small) -> None:
    small.write("secrets/none/rule.rego", SECRET.replace("waivable: false", "waivable: true"))
    (finding,) = refused(small)
    assert "can never be waived" in finding.message


@pytest.mark.parametrize(
    "path",
    [
        "nets/good-name/rules.rego",
        "nets/rule.rego",
        "nets/good-name/deep/rule.rego",
        "nets/Good_Name/rule.rego",
        "settings/levels/rule.rego",
        "other.rego",
    ],
)
def test_a_module_that_would_not_be_read(small: Small, path: str) -> None:
    small.write(path, RULE)
    (finding,) = refused(small)
    assert (finding.rule, finding.at.path) == ("policies/file", f"policies/{path}")


@pytest.mark.parametrize("path", ["example/x.rego", "nets/good-name/bad/rules/x/rule.rego"])
def test_modules_of_examples_are_no_rules(small: Small, path: str) -> None:
    small.write(path, RULE)
    assert set(read_policies(small.root).rules) == {IDENTITY}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b"\xff"),
        lambda path: path.unlink() or path.symlink_to("/etc/hostname"),
        lambda path: path.unlink() or path.mkdir(),
    ],
)
def test_a_file_that_cannot_be_read(small: Small, spoil: Callable[[Path], object]) -> None:
    spoil(small.root / "policies/nets/good-name/rule.rego")
    (finding,) = refused(small)
    assert (finding.rule, finding.at.path) == ("policies/file", PATH)


@pytest.mark.parametrize("name", ["nets", "nets/good-name", "lib"])
def test_a_linked_directory_is_not_passed_over(small: Small, tmp_path: Path, name: str) -> None:
    place = small.root / "policies" / name
    place.mkdir(exist_ok=True)
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    (finding,) = refused(small)
    assert (finding.rule, finding.at.path) == ("policies/file", f"policies/{name}")
    assert finding.message.endswith("it is a link")


def test_a_directory_that_cannot_be_listed_is_not_passed_over(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = os.scandir
    lost = str(small.root / "policies/nets")

    def scandir(path: str) -> Iterator[os.DirEntry[str]]:
        if path == lost:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    (finding,) = refused(small)
    assert (finding.rule, finding.at.path) == ("policies/file", "policies/nets")
    assert finding.message.endswith("permission denied")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"properties": {"nets": 1}}'])
def test_facts_without_columns(small: Small, text: str) -> None:
    small.write("schemas/facts.json", text)
    assert refused(small)[-1].rule == "policies/file" or len(refused(small)) > 1


def test_what_people_wrote_is_kept_as_they_wrote_it(small: Small) -> None:
    written = read_policies(small.root).written
    assert written[PATH] == RULE
    assert written[SET] == SETTINGS
    assert set(written) == {PATH, SET, "policies/main.rego"}


@pytest.mark.parametrize("path", ["settings/data.yaml", f"{IDENTITY}/rule.rego", "main.rego"])
def test_a_comment_makes_other_policies(small: Small, path: str) -> None:
    """It may hold a secret, which the state before did not."""
    before = read_policies(small.root).digest
    small.write(path, (small.root / "policies" / path).read_text("utf-8") + "# more\n")
    assert read_policies(small.root).digest != before


def test_no_policies(small: Small) -> None:
    (small.root / "policies/main.rego").unlink()
    with pytest.raises(UsageError, match="--policies"):
        read_policies(small.root)


def test_policies_from_elsewhere(small: Small, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("other")
    directory = small.root / "policies"
    read = read_policies(root, directory)
    assert read.rules[IDENTITY].doc == (directory / IDENTITY).as_posix()
    assert read.digest == read_policies(small.root).digest
    assert read_examples(root, read.rules[IDENTITY])["bad"].files == {"net.yaml": BAD}


class TestCache:
    @pytest.fixture
    def cache(self, tmp_path: Path) -> Cache:
        return Cache(tmp_path / "cache")

    def test_gives_what_was_read(self, small: Small, cache: Cache, readings: list[str]) -> None:
        small.write(f"{IDENTITY}/rule.rego", READING)
        first = read_policies(small.root, cache=cache)
        assert readings == [IDENTITY]
        assert read_policies(small.root, cache=cache) == first
        assert readings == [IDENTITY]

    @pytest.mark.parametrize("path", [f"{IDENTITY}/rule.rego", "main.rego", "settings/data.yaml"])
    def test_what_was_changed_is_read_again(
        self, small: Small, cache: Cache, readings: list[str], path: str
    ) -> None:
        read_policies(small.root, cache=cache)
        small.write(path, (small.root / "policies" / path).read_text("utf-8") + "\n# other\n")
        assert read_policies(small.root, cache=cache) == read_policies(small.root)
        assert len(readings) == 3

    def test_facts_decide_too(self, small: Small, cache: Cache) -> None:
        read_policies(small.root, cache=cache)
        small.write("schemas/facts.json", "{}")
        with pytest.raises(InvalidInput):
            read_policies(small.root, cache=cache)

    def test_places_are_those_of_this_directory(self, small: Small, cache: Cache) -> None:
        read_policies(small.root, cache=cache)
        (small.root / "policies").rename(small.root / "others")
        read = read_policies(small.root, small.root / "others", cache)
        assert read == read_policies(small.root, small.root / "others")
        assert read.rules[IDENTITY].doc == f"others/{IDENTITY}"

    def test_mistakes_are_told_again(self, small: Small, cache: Cache) -> None:
        small.write("lib/words.txt.rego", "package x\n")
        small.write(f"{IDENTITY}/rule.rego", RULE.replace("warning", "fatal"))
        told = []
        for _ in range(2):
            with pytest.raises(InvalidInput) as refusal:
                read_policies(small.root, cache=cache)
            told.append(refusal.value.findings)
        assert told[0] == told[1] != ()

    @pytest.mark.parametrize(
        "content", [[], {}, {"rules": 1}, {"rules": [1], "settings": {}}, {"rules": [{}]}, KEPT]
    )
    def test_what_is_no_entry_is_not_believed(
        self, small: Small, cache: Cache, monkeypatch: pytest.MonkeyPatch, content: object
    ) -> None:
        monkeypatch.setattr(cache, "read_json", lambda _: content)
        assert read_policies(small.root, cache=cache) == read_policies(small.root)


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The rules whose metadata were read, one after another."""
    read: list[str] = []

    def read_rule(identity: str, *rest: Any) -> tuple[Rule | None, tuple[Finding, ...]]:
        read.append(identity)
        return metadata.read_rule(identity, *rest)

    monkeypatch.setattr(load, "read_rule", read_rule)
    return read


class TestDigest:
    def test_says_what_judges(self, small: Small) -> None:
        before = read_policies(small.root).digest
        small.write(f"{IDENTITY}/rule.rego", RULE + "\n")
        changed = read_policies(small.root).digest
        small.write("settings/data.yaml", SETTINGS.replace("12", "13"))
        assert len({before, changed, read_policies(small.root).digest}) == 3

    def test_leaves_out_what_does_not_judge(self, small: Small) -> None:
        before = read_policies(small.root).digest
        small.write(f"{IDENTITY}/rule_test.rego", "package other\n")
        small.write(f"{IDENTITY}/good/net.yaml", "# other\n")
        assert read_policies(small.root).digest == before


class TestExamples:
    def test_are_read_with_their_marks(self, small: Small) -> None:
        examples = read_examples(small.root, read_policies(small.root).rules[IDENTITY])
        assert set(examples) == {"good", "bad"}
        assert examples["bad"].marks == (("net.yaml", 2, IDENTITY),)
        assert (examples["good"].files, examples["good"].marks) == ({"net.yaml": GOOD}, ())

    def test_a_line_may_be_marked_twice(self, small: Small) -> None:
        small.write(f"{IDENTITY}/bad/net.yaml", "a: 1 # finding: nets/good-name, keys/unique\n")
        examples = read_examples(small.root, read_policies(small.root).rules[IDENTITY])
        assert [rule for *_, rule in examples["bad"].marks] == [IDENTITY, "keys/unique"]

    def test_what_is_no_text(self, small: Small) -> None:
        small.write(f"{IDENTITY}/before/net.yaml", "").write_bytes(b"\xff")
        with pytest.raises(UsageError, match="cannot read the example"):
            read_examples(small.root, read_policies(small.root).rules[IDENTITY])


def test_own_rules_are_complete() -> None:
    for identity, rule in own_rules().items():
        assert rule.id == identity
        assert rule.title[0].isupper()
        assert not rule.title.endswith(".")
        assert rule.why.endswith(".")
