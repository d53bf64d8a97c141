"""Small repositories for tests: a fleet, key pools and testnets, on disk or in memory."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from generator.finding import Finding, Location
from generator.fleet import Fleet, load_fleet
from generator.keys import KeyInventory, load_pools
from generator.source import Document, parse_document
from generator.testnet import Testnet, load_testnet
from generator.yaml import emit
from tests.synthetic import peer_ids, public_keys

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
LIBRARY = "0123456789ab"
IMAGE = "example.org/mina-daemon:1.0.0"
KUSTOMIZATION = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
# Where a finding is expected: stands in front of the place and is taken out before reading.
MARK = "@@"
DATA = Path(__file__).resolve().parent / "data/public-keys"

NET = f"""\
name: net
owner: tests
purpose: qa
ttl: 1d
flavour: mina
image: {IMAGE}
regions: [us-west-2, eu-central-1, us-east1]
seeds: {{keys: [l01..l02]}}
"""

# Two clusters of one provider and one of the other; the last gives load balancers by default.
FLEET = """\
environments: {url: "https://example.org/environments", branch: environments}
notifications: {type: github, secret: github-app}
prices:
  standard:
    cpu_hour: "0.03"
    memory_gib_hour: "0.004"
    storage_gib_month: "0.1"
    load_balancer_hour: "0.02"
clusters:
  - name: west
    provider: aws
    region: us-west-2
    kubernetes: "1.37"
    flux: "2.9"
    dns: {public: west.example.org, internal: cluster.local}
    secrets: {role: "arn:aws:iam::123456789012:role/keys"}
    addresses: {default: host-port, ports: 10000-19999}
    network: {pods: 10.0.0.0/16, egress: [203.0.113.10/32]}
    storage_class: gp3
    capacity: {cpu: 4000, memory: 16Ti, storage: 200Ti}
    load_balancers: 50
    prices: standard
  - name: center
    provider: aws
    region: eu-central-1
    kubernetes: "1.37"
    flux: "2.9"
    dns: {public: center.example.org, internal: center.internal}
    secrets: {role: "arn:aws:iam::123456789012:role/keys"}
    addresses: {default: host-port, ports: 10000-19999}
    network: {pods: 10.1.0.0/16, egress: [203.0.113.20/32]}
    storage_class: gp3
    capacity: {cpu: 4000, memory: 16Ti, storage: 200Ti}
    load_balancers: 50
    prices: standard
    notifications: {secret: other}
  - name: east
    provider: gcp
    region: us-east1
    kubernetes: "1.37"
    flux: "2.9"
    dns: {public: east.example.org, internal: cluster.local}
    secrets: {project: example, service_account: keys@example.iam.gserviceaccount.com, cluster: e1}
    addresses: {default: load-balancer, ports: 12000-12999}
    network: {pods: 10.2.0.0/16, egress: [198.51.100.10/32]}
    storage_class: standard-rwo
    capacity: {cpu: 4000, memory: 16Ti, storage: 200Ti}
    load_balancers: 50
    prices: standard
"""


def with_fields(text: str, *fields: str) -> str:
    """Return YAML with other top-level fields: each replaces the one of its name, or is added."""
    for field in fields:
        name = field.removeprefix(MARK).partition(":")[0]
        block = re.compile(rf"^{re.escape(name)}:.*\n(?:[ -].*\n)*", re.MULTILINE)
        old = block.search(text)
        before, after = (text[: old.start()], text[old.end() :]) if old else (text, "")
        text = f"{before}{field}\n{after}"
    return text


def net(*fields: str) -> str:
    """Return a small testnet file with other fields, given as lines of YAML."""
    return with_fields(NET, *fields)


# A QA net that has everything, and a public one.
FULL = net(
    "name: full",
    "block_producers: [{name: whale, keys: [b01..b03], stake: 1000}]",
    "snark_pools: [{name: fast, key: s01, workers: 4, fee: 0.00000006}]",
    "archive: {count: 1}",
    "services: [payments]",
)
PUBLIC = net("name: open", "purpose: public", "ttl: 1d", "seeds: {keys: [l03..l04]}").replace(
    "ttl: 1d\n", ""
)


def marked(path: str, text: str) -> tuple[str, Location | None]:
    """Take the mark out of a text; return the text, and the place where the mark stood."""
    before, mark, after = text.partition(MARK)
    if not mark:
        return text, None
    line = before.count("\n") + 1
    return before + after, Location(path, line, len(before) - before.rfind("\n"))


def document(path: str, text: str) -> Document:
    """Return a file that is only in memory."""
    mapping, findings = parse_document(path, text.encode())
    assert mapping is not None, findings
    assert not findings
    return Document(path=path, mapping=mapping, digest=hashlib.sha256(text.encode()).hexdigest())


def read_net(text: str) -> Testnet:
    """Return the testnet of a text in which nothing is wrong."""
    name = re.search(r"^name: (\S+)$", text, re.MULTILINE)
    testnet, findings = load_testnet(
        document(f"environments/testnets/{name and name[1]}.yaml", text)
    )
    assert testnet is not None, findings
    assert not findings
    return testnet


def read_fleet(text: str = FLEET) -> Fleet:
    """Return the fleet of a text in which nothing is wrong."""
    fleet, findings = load_fleet(document("environments/fleet.yaml", text))
    assert fleet is not None, findings
    return fleet


def pool_text(name: str, kinds: Mapping[str, tuple[str, Iterable[str]]]) -> str:
    """Return a key pool: for each kind the letter that its names begin with, and the keys."""
    keys = {
        kind: {f"{letter}{number:02d}": text for number, text in enumerate(texts, 1)}
        for kind, (letter, texts) in kinds.items()
    }
    secrets = {"aws": f"{name}/{{name}}", "gcp": f"{name}-{{name}}"}
    pool = {"pool": name, "owner": "tests", "secrets": secrets, "keys": keys}
    return emit([pool], header="Made for a test.")


def _old_keys(start: str) -> list[str]:
    lines = (DATA / "old-format.txt").read_text("ascii").split()
    return [line for line in lines if line.startswith(start)]


@cache
def pools() -> Mapping[str, str]:
    """Return the texts of the pools by name.

    Names are b01.. (producers), s01.. (SNARK), a01.. (accounts) and l01.. (libp2p) in pool
    `new`; in `tweedle` x01.. (producers not on Pallas); in `tdn`, `vsrc` and `tnci` producers
    d01.., v01.., t01.. and SNARK keys ds01.., vs01.., ts01.. of the old formats.
    """
    new = public_keys(96)
    kinds = {
        "block-producer": ("b", new[:76]),
        "snark": ("s", new[76:88]),
        "account": ("a", new[88:]),
        "libp2p": ("l", peer_ids(24)),
    }
    tweedle = (DATA / "off-curve.txt").read_text("ascii").split()[:4]
    texts = {
        "new": pool_text("new", kinds),
        "tweedle": pool_text("tweedle", {"block-producer": ("x", tweedle)}),
    }
    for name, letter, start in (("tdn", "d", "tdN"), ("vsrc", "v", "4vsRC"), ("tnci", "t", "tNci")):
        old = _old_keys(start)[:84]
        kinds = {"block-producer": (letter, old[:72]), "snark": (f"{letter}s", old[72:])}
        texts[name] = pool_text(name, kinds)
    return texts


@cache
def inventory() -> KeyInventory:
    """Return the keys of `pools`."""
    documents = [document(f"environments/keys/{name}.yaml", text) for name, text in pools().items()]
    keys, findings = load_pools(documents)
    assert not findings
    return keys


@dataclass(frozen=True)
class Run:
    """What the program did: exit code, output, and the findings in its report."""

    code: int
    out: str
    err: str

    @property
    def findings(self) -> list[tuple[str, str]]:
        """Place and rule of each finding, as a person reads them."""
        found = re.findall(r"^error\[(.+?)\]: .+\n  --> (\S+)$", self.err, re.MULTILINE)
        return [(place, rule) for rule, place in found]


class Repository:
    """A repository in a directory of its own, valid until something is written into it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tree = root / "build/environments"
        self.write("environments/fleet.yaml", FLEET)
        for name, text in pools().items():
            self.write(f"environments/keys/{name}.yaml", text)
        (root / "environments/testnets").mkdir()
        # Enough of a library to have a version; what it builds is tested where it is real.
        self.write("overlays/base/net/kustomization.yaml", KUSTOMIZATION)

    def write(self, path: str, content: str | bytes) -> Path:
        """Write a file and return where it is; marks are left out."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = content.replace(MARK, "", 1).encode()
        target.write_bytes(content)
        return target

    def write_net(self, name: str, text: str) -> Path:
        """Write the testnet file of a name."""
        return self.write(f"environments/testnets/{name}.yaml", text)

    def files(self) -> dict[str, bytes]:
        """Return every file by its path."""
        paths = sorted(path for path in self.root.rglob("*") if path.is_file())
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in paths}


def rules(findings: Iterable[Finding]) -> list[tuple[str, Location]]:
    """Return rule and place of each finding, in order."""
    return [(finding.rule, finding.at) for finding in sorted(findings, key=lambda f: f.order)]


def rules_in(*sources: str) -> set[str]:
    """Return the rules of all findings that modules of the generator, or packages, can make."""
    paths = [Path(__file__).resolve().parent.parent / "generator" / source for source in sources]
    modules = [
        module for path in paths for module in (path.glob("*.py") if path.is_dir() else [path])
    ]
    found = (re.findall(r"\brule=[\"'](.+?)[\"']", module.read_text("utf-8")) for module in modules)
    return {rule for rules_found in found for rule in rules_found}
