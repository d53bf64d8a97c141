"""Find the public IPv4 address of this pod's daemon (init container `address`, for start.sh).

A daemon advertises one IP literal, never a host name, and a wrong one leaves it reachable by the
seeds only. Behind a load balancer the address is in the status of the own Service (an address, or
on AWS a host name that is resolved here); on a hostPort it is the ExternalIP of the own Node.
"""

import http.client
import ipaddress
import json
import os
import select
import signal
import socket
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

Json = dict[str, Any]
Get = Callable[[str], Json]
Resolve = Callable[[str], tuple[str, ...]]


class NotYetError(Exception):
    """The address cannot be had now; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the pod tells this container through its environment."""

    mode: str
    namespace: str
    service: str
    node: str
    api_url: str
    token_file: Path
    ca_file: Path
    output: Path
    first_pause: float
    longest_pause: float


def read_settings(env: Mapping[str, str]) -> Settings:
    """Take the settings from the environment; raises KeyError or ValueError for a wrong one."""
    mode = env.get("ADDRESS_MODE", "auto")
    if mode not in ("auto", "node", "service"):
        raise ValueError(f"ADDRESS_MODE '{mode}' is not auto, node or service")
    host = env.get("KUBERNETES_SERVICE_HOST", "kubernetes.default.svc")
    host = f"[{host}]" if ":" in host else host
    port = env.get("KUBERNETES_SERVICE_PORT", "443")
    return Settings(
        mode=mode,
        namespace=env["NAMESPACE"],
        service=env["SERVICE_NAME"],
        node=env["NODE_NAME"],
        api_url=env.get("API_URL", f"https://{host}:{port}"),
        token_file=Path(env.get("TOKEN_FILE", "/run/api/token")),
        ca_file=Path(env.get("CA_FILE", "/run/api/ca.crt")),
        output=Path(env.get("OUTPUT", "/run/testnet/external-ip")),
        first_pause=float(env.get("FIRST_PAUSE", "2")),
        longest_pause=float(env.get("LONGEST_PAUSE", "60")),
    )


def usable(text: str) -> str | None:
    """Return the address if a peer elsewhere could dial it: IPv4, global, no multicast."""
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:
        return None
    return str(address) if address.is_global and not address.is_multicast else None


def first_usable(candidates: tuple[str, ...], where: str) -> str:
    """Return the first usable address; raises NotYetError that names the others."""
    for text in candidates:
        address = usable(text)
        if address is not None:
            return address
    found = ", ".join(f"'{text}'" for text in candidates) or "none"
    raise NotYetError(f"{where} has no public IPv4 address (found {found})")


def node_address(get: Get, node: str) -> str:
    """Return the ExternalIP of a Node."""
    addresses = get(f"/api/v1/nodes/{node}").get("status", {}).get("addresses", ())
    external = tuple(a["address"] for a in addresses if a["type"] == "ExternalIP")
    return first_usable(external, f"Node '{node}'")


def service_address(service: Json, name: str, resolve: Resolve) -> str:
    """Return the address of a Service's load balancer, the lowest one if its host name has more."""
    points = service.get("status", {}).get("loadBalancer", {}).get("ingress") or ()
    if not points:
        raise NotYetError(f"the load balancer of Service '{name}' has no address yet")
    candidates = tuple(point["ip"] for point in points if "ip" in point)
    for point in points:
        if "ip" not in point and "hostname" in point:
            candidates += resolve(point["hostname"])
    return first_usable(candidates, f"the load balancer of Service '{name}'")


def resolve_ipv4(host: str) -> tuple[str, ...]:
    """Return the IPv4 addresses of a host name, in numeric order; raises NotYetError if none."""
    try:
        found = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)
    except OSError as error:
        raise NotYetError(f"'{host}' does not resolve: {error}") from error
    return tuple(sorted({str(item[4][0]) for item in found}, key=ipaddress.IPv4Address))


def find(settings: Settings, get: Get, resolve: Resolve) -> str:
    """Return the address by the mode; `auto` asks the Service whether it is a load balancer."""
    if settings.mode == "node":
        return node_address(get, settings.node)
    service = get(f"/api/v1/namespaces/{settings.namespace}/services/{settings.service}")
    balanced = service.get("spec", {}).get("type") == "LoadBalancer"
    if settings.mode == "auto" and not balanced:
        return node_address(get, settings.node)
    return service_address(service, settings.service, resolve)


def trust(ca_file: Path) -> ssl.SSLContext:
    """Return a context that trusts the cluster's CA, which older clusters made without key ids.

    Python 3.13 refuses such a CA unless this one flag is off; certificate and host name are
    verified all the same.
    """
    context = ssl.create_default_context(cafile=str(ca_file))
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def kubernetes_get(settings: Settings) -> Get:
    """Return a function that reads one object; it raises NotYetError for every failure."""

    def get(path: str) -> Json:
        try:
            token = settings.token_file.read_text().strip()  # it is replaced while the pod lives
            secure = settings.api_url.startswith("https:")
            context = trust(settings.ca_file) if secure else None
            # The URL is the pod's own: no one else sets it.
            request = urllib.request.Request(  # noqa: S310
                settings.api_url + path, headers={"Authorization": f"Bearer {token}"}
            )
            with urllib.request.urlopen(request, timeout=10, context=context) as answer:  # noqa: S310
                body: Json = json.load(answer)
        except urllib.error.HTTPError as error:
            raise NotYetError(f"the API answers {error.code} to GET {path}") from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise NotYetError(f"cannot read {path}: {error}") from error
        return body

    return get


def pauses(first: float, longest: float) -> Iterator[float]:
    """Yield doubling pauses in seconds, without end, none longer than the longest."""
    pause = first
    while True:
        yield min(pause, longest)
        pause = min(pause * 2, longest)


def wait_for_address(
    settings: Settings, get: Get, resolve: Resolve, sleep: Callable[[float], object]
) -> str:
    """Return the address as soon as there is one; says on stderr why there is none yet."""
    for pause in pauses(settings.first_pause, settings.longest_pause):
        try:
            return find(settings, get, resolve)
        except NotYetError as error:
            print(
                f"find-address: {error}; trying again in {pause:g} s", file=sys.stderr, flush=True
            )
        sleep(pause)
    raise AssertionError("pauses never end")


def write_atomically(path: Path, text: str) -> None:
    """Replace a file in one step, so that nobody reads half of it."""
    draft = path.with_name(path.name + ".new")
    draft.write_text(text)
    draft.replace(path)


def stop(_signal: int, _frame: object) -> NoReturn:
    """End at once: as process 1 of a container Python would ignore SIGTERM.

    Not by an exception: one that is raised while Python cleans up an object is lost.
    """
    os._exit(143)


def sleeper() -> Callable[[float], object]:
    """Return a sleep that a signal ends, also one that came just before it.

    `time.sleep` would begin all the same: Python runs `stop` between two of its own instructions,
    and a signal that arrives after the last of them waits for the whole pause.
    """
    read, write = os.pipe()
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write)
    return lambda seconds: select.select([read], [], [], seconds)


def main() -> int:
    """Write the address; returns 0, or 2 if the pod's settings are wrong."""
    sleep = sleeper()
    signal.signal(signal.SIGTERM, stop)
    try:
        settings = read_settings(os.environ)
    except (KeyError, ValueError) as error:
        print(f"find-address: wrong settings: {error}", file=sys.stderr)
        return 2
    address = wait_for_address(settings, kubernetes_get(settings), resolve_ipv4, sleep)
    write_atomically(settings.output, address + "\n")
    print(f"find-address: {address}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
