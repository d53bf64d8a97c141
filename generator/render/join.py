"""What an outsider needs to join a public net: peers, genesis, and the command to run."""

from __future__ import annotations

from generator.plan import Plan
from generator.plan.command import OWN_ADDRESS_PORT, render_flags
from generator.render.shared import peers_text


def render_join(plan: Plan) -> dict[str, str]:
    """Return the join bundle by file name."""
    files = {"peers.txt": peers_text(plan, "")}
    if plan.genesis.text:
        files["daemon.json"] = plan.genesis.text
    files["README.md"] = _readme(plan)
    return files


def join_command(plan: Plan) -> list[str]:
    """Return the command that joins a net from a directory with its bundle.

    A shell fills in ADDRESS, the daemon's own public IPv4: it advertises what it is told.
    """
    flavour = plan.testnet.flavour
    flags: list[tuple[str, str]] = [
        ("external-ip", "$ADDRESS"),
        ("external-port", str(OWN_ADDRESS_PORT)),
    ]
    if flavour.generate_identity:
        flags.append((flavour.libp2p_key_flag, "libp2p-key"))
    if flavour.peers_as_flags:
        flags += [("peer", line) for line in peers_text(plan, "").splitlines()]
    else:
        flags.append(("peer-list-file", "peers.txt"))
    if plan.genesis.text:
        flags.append(("config-file", "daemon.json"))
    return [flavour.binary, "daemon", *render_flags(flavour, flags)]


def _prepare(plan: Plan) -> list[str]:
    """Return the commands that come first: an identity, where the daemon does not make its own."""
    flavour = plan.testnet.flavour
    lines = ["export ADDRESS=203.0.113.10   # your public IPv4"]
    if flavour.generate_identity:
        lines += [
            "export MINA_LIBP2P_PASS=''      # must be set; the password of the identity",
            f"{flavour.binary} libp2p generate-keypair {flavour.dash}privkey-path libp2p-key",
        ]
    return lines


def _readme(plan: Plan) -> str:
    ports = ", ".join(
        f"{kind.protocol} {OWN_ADDRESS_PORT + kind.offset}" for kind in plan.testnet.flavour.ports
    )
    start = plan.genesis.time or "that of the image"
    lines = [
        f"# Join {plan.name}",
        "",
        f"Image: `{plan.testnet.image}`  ",
        f"Genesis: {start}, generation {plan.genesis.generation}  ",
        f"Ports that peers must reach: {ports}",
        "",
        "```sh",
        *_prepare(plan),
        " ".join(join_command(plan)),
        "```",
        "",
    ]
    return "\n".join(lines)
