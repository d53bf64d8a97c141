"""`testnet generate` and `testnet diff` with the real kustomize: what is written, what is not."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Program
from tests.repository import KUSTOMIZATION, Repository

NOW = "2026-12-01T12:00:00Z"


@pytest.mark.usefixtures("full")
class TestGenerate:
    def test_writes_once_and_then_nothing(self, testnet: Program) -> None:
        first = testnet("generate", "--output", "tree", "--now", NOW, "--format", "json")
        assert first.code == 0
        facts = json.loads(first.out)
        assert facts["nets"] == ["full", "open"]
        assert facts["changes"]
        # Later, without being told when: what was decided at the first publish stays.
        second = testnet("generate", "--output", "tree")
        assert second.code == 0
        assert " 0 files changed" in second.out

    def test_one_net_leaves_the_others_alone(self, full: Repository, testnet: Program) -> None:
        assert testnet("generate", "--output", "tree", "--now", NOW).code == 0
        lock = full.root / "tree/clusters/west/nets/full/net.lock.yaml"
        text = lock.read_text("utf-8")
        lock.write_text(text + "# touched\n", "utf-8")
        assert testnet("generate", "open", "--output", "tree", "--now", NOW).code == 0
        assert lock.read_text("utf-8").endswith("# touched\n")

    def test_removes_a_net_whose_file_is_gone(self, full: Repository, testnet: Program) -> None:
        assert testnet("generate", "--output", "tree", "--now", NOW).code == 0
        (full.root / "environments/testnets/full.yaml").unlink()
        assert testnet("generate", "--output", "tree").code == 0
        assert not list((full.root / "tree").rglob("full*"))

    def test_unknown_net_is_a_usage_error(self, full: Repository, testnet: Program) -> None:
        run = testnet("generate", "absent", "--output", "tree")
        assert (run.code, (full.root / "tree").exists()) == (2, False)

    def test_an_overlay_that_does_not_build_writes_nothing(
        self, own_library: Repository, testnet: Program
    ) -> None:
        # No Component, as only kustomize finds where it is used.
        own_library.write("overlays/components/seed/kustomization.yaml", KUSTOMIZATION)
        run = testnet("generate", "--output", "tree", "--now", NOW)
        assert run.code == 3
        assert "kustomiz" in run.err
        assert not (own_library.root / "tree").exists()

    @pytest.mark.parametrize("place", [".", "..", "environments", "overlays/new"])
    def test_never_writes_over_what_people_wrote(
        self, own_library: Repository, testnet: Program, place: str
    ) -> None:
        before = own_library.files()
        run = testnet("generate", "--output", place, "--now", NOW)
        assert (run.code, "what people wrote" in run.err) == (2, True)
        assert own_library.files() == before

    def test_never_writes_over_the_clusters_of_somebody_else(
        self, full: Repository, testnet: Program
    ) -> None:
        mine = full.write("other/clusters/prod/mine.yaml", "kind: Mine\n")
        run = testnet("generate", "--output", "other", "--now", NOW)
        assert (run.code, "did not write" in run.err) == (2, True)
        assert mine.exists()

    def test_a_changed_library_under_a_pinned_net_is_noticed(
        self, own_library: Repository, testnet: Program
    ) -> None:
        assert testnet("generate", "--output", "tree", "--now", NOW).code == 0
        [version] = (own_library.root / "tree/overlays").iterdir()
        # The current library becomes another one, and the nets stay with the published one.
        own_library.write("overlays/base/net/scripts/other.sh", "# new\n")
        assert testnet("generate", "--output", "tree").code == 0
        assert len(list((own_library.root / "tree/overlays").iterdir())) == 2
        (version / "components/seed/kustomization.yaml").write_text("# spoilt\n", "utf-8")
        run = testnet("generate", "--output", "tree")
        assert (run.code, "is not what its name says" in run.err) == (2, True)

    def test_a_link_in_the_library_is_refused(
        self, own_library: Repository, testnet: Program
    ) -> None:
        (own_library.root / "overlays/base/secret.yaml").symlink_to("/etc/hostname")
        run = testnet("generate", "--output", "tree", "--now", NOW)
        assert (run.code, "a link" in run.err) == (2, True)

    def test_no_directory_of_testnets_is_not_no_testnet(
        self, full: Repository, testnet: Program
    ) -> None:
        (full.root / "environments/testnets").rename(full.root / "environments/tn")
        run = testnet("generate", "--output", "tree", "--now", NOW)
        assert (run.code, "no such directory" in run.err) == (2, True)

    def test_a_port_that_leaves_its_range_is_said(self, full: Repository, testnet: Program) -> None:
        assert testnet("generate", "--output", "tree", "--now", NOW).code == 0
        fleet = full.root / "environments/fleet.yaml"
        text = fleet.read_text("utf-8").replace("ports: 10000-19999", "ports: 20000-29999")
        fleet.write_text(text, "utf-8")
        run = testnet("generate", "--output", "tree")
        assert (run.code, "network/port-moves" in run.err) == (0, True)


@pytest.mark.usefixtures("full")
class TestDiff:
    def test_says_what_would_change_and_then_nothing(
        self, full: Repository, testnet: Program
    ) -> None:
        before = testnet("diff", "--tree", "tree", "--now", NOW)
        assert before.code == 1
        assert "+++ b/clusters/west/nets/full/net.lock.yaml" in before.out
        assert not (full.root / "tree").exists()
        testnet("generate", "--output", "tree", "--now", NOW)
        after = testnet("diff", "--tree", "tree")
        assert (after.code, after.out) == (0, "nothing would change\n")

    def test_a_file_is_no_tree(self, testnet: Program) -> None:
        run = testnet("diff", "--tree", "environments/fleet.yaml", "--now", NOW)
        assert (run.code, "fleet.yaml: not a directory" in run.err) == (3, True)

    def test_stat_counts_by_cluster(self, testnet: Program) -> None:
        run = testnet("diff", "--tree", "tree", "--now", NOW, "--stat")
        assert "+++" not in run.out
        assert run.out.splitlines()[-1].startswith("west: ")

    def test_json(self, testnet: Program) -> None:
        run = testnet("diff", "--tree", "tree", "--now", NOW, "--output", "json")
        kinds = {change["kind"] for change in json.loads(run.out)["changes"]}
        assert kinds == {"added"}
