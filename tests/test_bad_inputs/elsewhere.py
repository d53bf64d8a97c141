"""Which of the bad inputs are shown or judged elsewhere, and which do not apply (yet)."""

from __future__ import annotations

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
    152: "test_tree_failures.py::test_errors_name_the_path",
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

_PUBLISHING = "what is published, by whom and in which order is judged when it is published"
_GIT = "git itself is run with nothing that a repository asks for: tests/check/test_base.py"

# Without a meaning for what the program does, or does so far: why.
ABSENT: dict[int, str] = {
    78: "no name gets a hash: the one ConfigMap that is generated keeps its name, and a library"
    " with another option is another version",
    88: "the program and its users are on POSIX systems (classifiers in pyproject.toml)",
    **dict.fromkeys(range(99, 111), _PUBLISHING),
    131: _GIT,
    136: _GIT,
    137: "branches and titles are read by workflows and publishing only",
    138: "branches and titles are read by workflows and publishing only",
    153: "two runs into one directory: each file is the one or the other run's, and publishing"
    " has one writer",
    157: "no store is asked before publishing",
}
