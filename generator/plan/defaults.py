"""What each role gets when the testnet file says nothing."""

from __future__ import annotations

from collections.abc import Iterable

from generator.plan.model import Daemon, Role
from generator.quantity import parse_cpu, parse_memory
from generator.testnet import Overrides, Purpose, Resources, Testnet

# Requests of the testnets of 2021 to 2025, rounded; see docs/daemons.md for each source.
_RESOURCES: dict[Role, Resources] = {
    Role.SEED: Resources(cpu="6", memory="16Gi", storage="64Gi"),
    Role.BLOCK_PRODUCER: Resources(cpu="6", memory="12Gi", storage="64Gi"),
    Role.SNARK_COORDINATOR: Resources(cpu="7", memory="16Gi", storage="64Gi"),
    Role.SNARK_WORKER: Resources(cpu="4", memory="8Gi"),
    Role.ARCHIVE: Resources(cpu="4", memory="12Gi", storage="64Gi"),
    Role.SERVICE: Resources(cpu="250m", memory="512Mi"),
}

# Of the init container `keys`, see overlays/components/daemon/statefulset.yaml.
KEY_INSTALLER = Resources(cpu="1", memory="1Gi")
ARCHIVE_PROGRAM = Resources(cpu="1", memory="2Gi")
POSTGRES = Resources(cpu="1", memory="4Gi", storage="100Gi")
POSTGRES_IMAGE = "docker.io/library/postgres:15-bookworm"

SERVICE_IMAGES = {"payments": "docker.io/codaprotocol/coda-user-agent:0.1.8"}


def role_defaults(testnet: Testnet, role: Role) -> Overrides:
    """Return the defaults of a role in a testnet: image, log level, resources and flags."""
    flavour = testnet.flavour
    flags: dict[str, str | bool | tuple[str, ...] | None] = dict(flavour.default_flags)
    if role is Role.SEED:
        flags |= dict(flavour.seed_flags)
    elif testnet.purpose is Purpose.QA and flavour.isolate_flag:
        # Not on seeds: an isolated daemon accepts nobody but the peers it was given, and a
        # seed is given the other seeds only.
        flags[flavour.isolate_flag] = "true"
    return Overrides(
        image=testnet.image,
        log_level="Info",
        resources=_RESOURCES[role],
        flags=tuple(flags.items()),
    )


def consumed(daemon: Daemon) -> Iterable[Resources]:
    """Yield what each container of a daemon asks for, once a replica.

    Of a pod counts what its containers ask for together, or its largest init container if that is
    more (https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers).
    """
    own = daemon.resources
    if daemon.role not in (Role.SNARK_WORKER, Role.SERVICE):
        own = _at_least(own, KEY_INSTALLER)
    yield from [own] * daemon.replicas
    if daemon.role is Role.ARCHIVE:
        yield from (ARCHIVE_PROGRAM, daemon.postgres.over(POSTGRES))


def _at_least(resources: Resources, least: Resources) -> Resources:
    return Resources(
        cpu=max(resources.cpu, least.cpu, key=parse_cpu),
        memory=max(resources.memory, least.memory, key=parse_memory),
        storage=resources.storage,
    )


def archive_image(daemon_image: str) -> str:
    """Return the archive's image of the same release as a daemon's image.

    Archive images carry no network profile in their tag, as daemon images do.
    """
    name, _, tag = daemon_image.partition("@")[0].rpartition(":")
    for profile in ("-devnet", "-mainnet", "-lightnet"):
        tag = tag.removesuffix(profile)
    name = name.replace("-daemon-baked", "-archive").replace("-daemon", "-archive")
    return f"{name}:{tag}"
