"""A testnet file that cannot be read on main: every other change is judged all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.cache import Cache
from generator.check.changed import check_changed
from generator.check.judge import check
from generator.check.setting import Setting
from generator.errors import InvalidInput
from generator.opa import Server
from generator.report.verdict import Verdict
from tests.check.judging import make_setting
from tests.check.repositories import FLEET, NET, GitRepository
from tests.policies.checking import publish

BROKEN = "environments/testnets/broken.yaml"
TEXT = """name: broken
owner: a
purpsoe: qa
block_producers: [{keys: [whale-7..whale-8]}]
"""
OTHER_KEYS = (
    ("whale-1..whale-6", "whale-7..whale-9"),
    ("seed-1..seed-3", "seed-4"),
    ("snark-1,", "snark-3,"),
    ("snark-2,", "snark-4,"),
)


class TestUnread:
    @pytest.fixture(autouse=True)
    def _shared(self, judge_server: Server, judge_cache: Cache, tmp_path: Path) -> None:
        self.server, self.cache = judge_server, judge_cache
        self.git = GitRepository(tmp_path / "top")
        self.git.write(TEXT, BROKEN)
        self.git.commit()

    def setting(self) -> Setting:
        return make_setting(self.git.root, self.server, cache=self.cache)

    def changed(self) -> Verdict:
        return check_changed(self.git.root, self.setting(), "HEAD")

    def refused(self) -> list[tuple[str, str]]:
        with pytest.raises(InvalidInput) as caught:
            self.changed()
        return [(f.at.path, f.message) for f in caught.value.findings]

    def test_all_of_it_is_refused(self) -> None:
        with pytest.raises(InvalidInput):
            check(self.git.root, self.setting())

    def test_what_a_change_to_another_adds_counts(self) -> None:
        self.git.edit("ttl: 72h", "ttl: 10000h")
        verdict = self.changed()
        assert [f.rule for f in verdict.findings] == ["lifecycle/ttl"]
        assert any(f.at.path == BROKEN and "purpsoe" in f.message for f in verdict.before)

    def test_so_does_it_where_both_are_published(self) -> None:
        second = self.git.read().replace("name: example", "name: broken")
        for old, new in OTHER_KEYS:
            assert old in second
            second = second.replace(old, new)
        self.git.write(second, BROKEN)
        publish(self.git.root, self.git.root.parent / "tree")
        self.git.edit("purpose:", "purpsoe:", BROKEN)
        self.git.commit()
        self.git.edit("ttl: 72h", "ttl: 10000h")
        for _ in range(2):  # what was found before is remembered
            verdict = self.changed()
            assert [f.rule for f in verdict.findings] == ["lifecycle/ttl"]
            assert any(f.at.path == BROKEN for f in verdict.before)

    def test_a_change_of_everything_is_judged(self) -> None:
        self.git.write(self.git.read(FLEET) + "# of no account\n", FLEET)
        assert self.changed().findings == ()

    def test_one_that_is_mended_is_new(self) -> None:
        self.git.write(self.git.read(), BROKEN)
        self.git.edit("name: example", "name: broken", BROKEN)
        assert {f.rule for f in self.changed().findings} >= {"keys/unique"}

    def test_one_that_is_touched_has_to_be_readable(self) -> None:
        self.git.edit("owner: a", "owner: b", BROKEN)
        assert {path for path, _ in self.refused()} == {BROKEN}

    def test_of_two_that_are_wrong_the_new_one_is_told(self) -> None:
        self.git.edit("owner:", "onwer:")
        assert {path for path, _ in self.refused()} == {NET}

    def test_a_new_file_that_is_not_read(self) -> None:
        self.git.write("name: other\n", "environments/testnets/other.yml")
        assert [path for path, _ in self.refused()] == ["environments/testnets/other.yml"]

    def test_a_fleet_that_is_wrong_too_ends_it(self) -> None:
        self.git.edit("clusters:", "clutsers:", FLEET)
        self.git.commit()
        assert {path for path, _ in self.refused()} >= {FLEET}

    def test_a_key_that_it_names(self) -> None:
        self.git.edit("whale-1..whale-6", "whale-1..whale-7")
        self.git.edit('stake: "1000000"', 'stake: "900000"')
        [found] = [f for f in self.changed().findings if f.rule == "keys/unread"]
        assert (found.subject, found.at.path) == ("whale-7", NET)
        assert [related.at.path for related in found.related] == [BROKEN]
        self.git.commit()
        verdict = self.changed()
        assert verdict.findings == ()
        assert any(f.rule == "keys/unread" for f in verdict.before)

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
    def test_a_key_that_it_names_in_utf_16(self, encoding: str) -> None:
        (self.git.root / BROKEN).write_bytes(TEXT.encode(encoding))
        self.git.commit()
        self.git.edit("whale-1..whale-6", "whale-1..whale-7")
        assert "keys/unread" in {f.rule for f in self.changed().findings}

    @pytest.mark.parametrize(
        "text",
        [
            "x: 1.." + "9" * 5000,
            "\n".join(f"whale-{n}..whale-{n + 9999}" for n in range(0, 10**6, 10**4)),
            "a" * 10**6,
        ],
        ids=["a huge number", "a million names", "one long word"],
    )
    def test_nothing_in_it_takes_long(self, text: str) -> None:
        self.git.write(f"{TEXT}{text}\n", BROKEN)
        self.git.commit()
        self.git.edit("ttl: 72h", "ttl: 71h")
        assert {f.rule for f in self.changed().findings} <= {"keys/unread"}

    def test_one_with_a_nul(self) -> None:
        (self.git.root / BROKEN).write_bytes(TEXT.encode() + b"\0")
        self.git.commit()
        self.git.edit("ttl: 72h", "ttl: 71h")
        verdict = self.changed()
        assert verdict.findings == ()
        assert [f.rule for f in verdict.before if f.at.path == BROKEN] == ["yaml/encoding"]

    def test_a_directory(self) -> None:
        (self.git.root / "environments/testnets/example").mkdir()
        self.git.write("a: 1\n", "environments/testnets/example/more.yaml")
        self.git.commit()
        self.git.edit("ttl: 72h", "ttl: 71h")
        verdict = self.changed()
        assert verdict.findings == ()
        assert any(f.at.path == "environments/testnets/example" for f in verdict.before)

    def test_what_cannot_be_searched_hides_nothing_else(self) -> None:
        image = self.git.root / "environments/picture.png"
        image.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
        self.git.commit()
        self.git.edit("ttl: 72h", "ttl: 10000h")
        assert [f.rule for f in self.changed().findings] == ["lifecycle/ttl"]
        self.git.edit("ttl: 10000h", "ttl: 72h")
        image.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\1")
        assert [f.rule for f in self.changed().findings] == ["yaml/encoding"]

    def test_a_key_by_any_name(self) -> None:
        """The registry has the same key under another name; the files of keys are mended later."""
        self.git.edit("[whale-7..whale-8]", "[nobody, whale-9..whale-8]", BROKEN)
        self.git.commit()
        self.git.edit("whale-1..whale-6", "whale-1..whale-6, whale-8")
        self.git.edit('stake: "1000000"', 'stake: "900000"')
        assert "keys/unread" in {f.rule for f in self.changed().findings}
