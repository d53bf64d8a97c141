"""Which of the bad inputs are shown or judged elsewhere, and which do not apply (yet)."""

from __future__ import annotations

_HANDOVER = "publish/test_handover.py"
_MISTAKE = "test_bad_input.py::test_mistake_is_one_finding_with_advice"

# Shown by another test: file, name, and the case of its table in brackets.
SHOWN: dict[int, str] = {
    1: f"{_MISTAKE}[empty]",
    2: f"{_MISTAKE}[a comment only]",
    4: f"{_MISTAKE}[a list at the top]",
    8: f"{_MISTAKE}[a key twice]",
    39: f"{_MISTAKE}[not UTF-8]",
    54: f"{_MISTAKE}[a huge count]",
    55: f"{_MISTAKE}[a negative count]",
    76: f"{_MISTAKE}[a name that is too long]",
    77: f"{_MISTAKE}[a name that is too long for a label]",
    99: f"{_HANDOVER}::test_inside_one_cluster_is_a_move",
    100: f"{_HANDOVER}::test_without_evidence_it_waits_and_says_why",
    101: f"{_HANDOVER}::test_taken_back_it_goes_on_where_it_was",
    102: "evidence/test_judge.py::test_what_proves_nothing[unknown revision]",
    103: "publish/test_audit.py::test_a_register_that_says_something_else",
    104: f"{_HANDOVER}::test_not_wanted_any_more_it_is_released",
    105: "publish/test_audit.py::test_a_daemon_that_is_just_removed",
    106: "publish/test_audit.py::test_a_move_without_a_drain",
    107: "publish/test_race.py::test_both_hand_over_the_same_key_and_one_does",
    108: "git/test_refused.py::test_a_merge_is_refused",
    109: "git/test_refused.py::test_a_shallow_remote_is_refused",
    110: "git/test_refused.py::test_a_rewritten_history_is_refused_and_stays_refused",
    136: "git/test_faults.py::test_a_corrupt_clone_is_made_again",
    137: "git/test_address.py::test_other_branches_are_refused",
    152: "test_tree_failures.py::test_errors_name_the_path",
    153: "publish/test_race.py::test_two_processes_at_once_publish_one_after_the_other",
    156: "test_process.py::test_no_network_where_the_system_can_take_it",
}

# Judged by a rule under policies/, whose bad example is the test.
JUDGED_BY_POLICIES: dict[int, str] = {
    91: "network/host-port",
    93: "keys/unique",
    94: "keys/unique",
    95: "keys/unique",
    96: "keys/single",
    97: "workload/autoscaler",
    98: "keys/single",
    111: "regions/spread",
    112: "regions/stake",
    113: "keys/stake",
    114: "regions/seeds",
    115: "pools/coordinator",
    116: "flux/owner",
    117: "flux/owner",
    118: "workload/annotation",
    119: "flux/settings",
    120: "workload/grace",
    121: "workload/pod-security",
    122: "secrets/leak",
    123: "images/pinned",
}

_GIT = "git itself is run with nothing that a repository asks for: tests/check/test_base.py"

# Without a meaning for what the program does, or does so far: why.
ABSENT: dict[int, str] = {
    78: "no name gets a hash: the one ConfigMap that is generated keeps its name, and a library"
    " with another option is another version",
    88: "the program and its users are on POSIX systems (classifiers in pyproject.toml)",
    131: _GIT,
    138: "titles of pull requests are read by workflows only",
    157: "no store is asked: who holds a key is in the published tree",
}
