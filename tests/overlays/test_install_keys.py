"""install-keys.sh: keys with the modes a daemon demands, and only the declared ones."""

from __future__ import annotations

import subprocess

import pytest

from tests.overlays.pods import Pod

KEY = "B62qk4nuKn2U5kb4dnZiUwXeRNtP1LncekdAKddnd1Ze8cWZnjWpmMU"
STRANGER = "B62qiZfzW27eavtPrnF6DeDSAKEjXuGFdkouC3T5STRa6rrYLiDUP2p"
PEER = "12D3KooWAFFq2yEQFFzhU5dt64AWqawRuomG9hL8rSmm5vxhAsgr"
# A daemon's binary without any command for keys.
PLAIN = 'echo "unknown subcommand $1 $2" >&2; exit 1'
GENERATE = """
[[ "$1 $2" == "libp2p generate-keypair" ]] || { echo "unknown subcommand" >&2; exit 1; }
mkdir made-here && rmdir made-here && [[ -v MINA_LIBP2P_PASS ]] || exit 1
echo '{"box": 1}' >"$4"; echo 12D3KooWnew >"$4.peerid"
"""


@pytest.fixture
def keyed(pod: Pod) -> Pod:
    """A pod with the fetched Secret of a block producer."""
    pod.program("mina", PLAIN)
    for name, text in {"key": '{"box": 1}', "pub": f"{KEY}\n", "password": "pass word"}.items():
        pod.write(f"secrets/key/{name}", text)
    return pod


@pytest.fixture
def peered(pod: Pod) -> Pod:
    """A pod with the fetched Secret of a libp2p identity."""
    pod.program("mina", PLAIN)
    for name, text in {"key": '{"box": 2}', "peerid": f"{PEER}\n", "password": ""}.items():
        pod.write(f"secrets/libp2p/{name}", text)
    return pod


def install(pod: Pod, **env: str) -> subprocess.CompletedProcess[str]:
    return pod.run("install-keys.sh", BINARY="mina", **env)


def test_a_daemon_without_keys_has_nothing_to_install(pod: Pod) -> None:
    result = install(pod)
    assert (result.returncode, result.stderr) == (0, "")
    assert list((pod.root / "keys").iterdir()) == []


def test_a_key_is_installed_with_the_modes_that_the_daemon_demands(keyed: Pod) -> None:
    result = install(keyed, KEY_PUBLIC=KEY)

    assert result.returncode == 0, result.stderr
    assert keyed.mode("keys") == 0o2777
    assert keyed.mode("keys/wallet") == 0o700
    for name in ("wallet/key", "wallet/key.pub", "wallet.password"):
        assert keyed.mode(f"keys/{name}") == 0o600
    assert keyed.read("keys/wallet/key") == '{"box": 1}'
    assert keyed.read("keys/wallet/key.pub") == f"{KEY}\n"
    assert keyed.read("keys/wallet.password") == "pass word"


def test_it_can_run_again(keyed: Pod) -> None:
    assert install(keyed, KEY_PUBLIC=KEY).returncode == 0
    assert install(keyed, KEY_PUBLIC=KEY).returncode == 0
    assert keyed.mode("keys/wallet") == 0o700


def test_the_key_of_somebody_else_is_refused(keyed: Pod) -> None:
    keyed.write("secrets/key/pub", f"{STRANGER}\n")

    result = install(keyed, KEY_PUBLIC=KEY)

    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        f"install-keys: refused: the fetched key belongs to '{STRANGER}', declared is '{KEY}'"
    ]
    assert list((keyed.root / "keys").iterdir()) == []


@pytest.mark.parametrize("missing", ["key", "pub"])
def test_an_incomplete_secret_is_refused(keyed: Pod, missing: str) -> None:
    (keyed.root / "secrets/key" / missing).unlink()
    result = install(keyed, KEY_PUBLIC=KEY)
    assert result.returncode == 1
    assert f"has no property '{missing}'" in result.stderr


def test_a_secret_without_a_password_has_an_empty_one(keyed: Pod) -> None:
    (keyed.root / "secrets/key/password").unlink()
    assert install(keyed, KEY_PUBLIC=KEY).returncode == 0
    assert keyed.read("keys/wallet.password") == ""


def test_without_a_command_to_validate_it_says_so(keyed: Pod) -> None:
    result = install(keyed, KEY_PUBLIC=KEY)
    assert f"only the public part of '{KEY}' was compared" in result.stderr


VALIDATE = '[[ $2 == */keys/wallet/key && $MINA_PRIVKEY_PASS == "pass word" ]]'


def test_the_images_own_command_validates_the_key(keyed: Pod) -> None:
    keyed.program("mina-validate-keypair", VALIDATE)
    result = install(keyed, KEY_PUBLIC=KEY)
    assert (result.returncode, result.stderr) == (
        0,
        f"install-keys: validated the keypair of '{KEY}'\n",
    )


def test_the_binary_validates_the_key_where_it_can(keyed: Pod) -> None:
    keyed.program(
        "mina",
        f"""[[ "$1 $2" == "advanced validate-keypair" ]] || exit 1
        shift 2
        [[ $1 == -help ]] || {VALIDATE}""",
    )
    result = install(keyed, KEY_PUBLIC=KEY)
    assert result.stderr == f"install-keys: validated the keypair of '{KEY}'\n"


def test_a_private_key_that_is_not_valid_is_refused(keyed: Pod) -> None:
    keyed.program("mina-validate-keypair", "echo reading; echo 'wrong password' >&2; exit 1")

    result = install(keyed, KEY_PUBLIC=KEY)

    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        f"install-keys: refused: the private key of '{KEY}' is not valid: wrong password"
    ]
    assert not (keyed.root / "keys/wallet").exists()


def test_a_declared_identity_is_installed(peered: Pod) -> None:
    result = install(peered, LIBP2P_PEER_ID=PEER)

    assert result.returncode == 0, result.stderr
    assert peered.mode("keys/libp2p") == 0o700
    assert peered.mode("keys/libp2p/key") == peered.mode("keys/libp2p.password") == 0o600
    assert peered.read("keys/libp2p/key.peerid") == f"{PEER}\n"
    assert f"only the public part of '{PEER}' was compared" in result.stderr


def test_the_identity_of_another_peer_is_refused(peered: Pod) -> None:
    peered.write("secrets/libp2p/peerid", "12D3KooWother\n")
    result = install(peered, LIBP2P_PEER_ID=PEER)
    assert result.returncode == 1
    assert "belongs to '12D3KooWother'" in result.stderr


@pytest.mark.parametrize(("inside", "code"), [(PEER, 0), ("12D3KooWother", 1)])
def test_the_private_part_is_compared_where_the_binary_shows_its_peer(
    peered: Pod, inside: str, code: int
) -> None:
    peered.program(
        "mina",
        f"""[[ "$1 $2" == "libp2p dump-keypair" ]] || exit 1
        printf '%s\\n' "libp2p keypair:" "PRIVATE,PUB,{inside}" """,
    )

    result = install(peered, LIBP2P_PEER_ID=PEER)

    assert result.returncode == code
    assert "PRIVATE" not in result.stdout + result.stderr
    assert (peered.root / "keys/libp2p").exists() is (code == 0)


@pytest.mark.parametrize(("inside", "code"), [(PEER, 0), ("12D3KooWother", 1)])
def test_a_plain_keypair_shows_its_own_peer(peered: Pod, inside: str, code: int) -> None:
    peered.write("secrets/libp2p/key", f"cHJpdg==,cHVi,{inside}")
    assert install(peered, LIBP2P_PEER_ID=PEER).returncode == code


def test_an_identity_is_generated_once(pod: Pod) -> None:
    pod.program("mina", GENERATE)
    assert install(pod, LIBP2P_GENERATE="1").returncode == 0
    pod.write("state/libp2p/key.peerid", "12D3KooWkept\n")

    assert install(pod, LIBP2P_GENERATE="1").returncode == 0

    assert pod.read("state/libp2p/key.peerid") == "12D3KooWkept\n"
    assert pod.mode("state/libp2p") == 0o700
    assert pod.mode("state/libp2p/key") == 0o600


def test_a_half_made_identity_is_made_again(pod: Pod) -> None:
    pod.program("mina", GENERATE)
    pod.write("state/libp2p/key", "{half")
    pod.write("state/libp2p.new/key", "{half")

    assert install(pod, LIBP2P_GENERATE="1").returncode == 0

    assert pod.read("state/libp2p/key.peerid") == "12D3KooWnew\n"
    assert not (pod.root / "state/libp2p.new").exists()


def test_a_generated_identity_that_was_opened_to_the_group_is_closed_again(pod: Pod) -> None:
    pod.program("mina", GENERATE)
    install(pod, LIBP2P_GENERATE="1")
    (pod.root / "state/libp2p").chmod(0o2770)
    (pod.root / "state/libp2p/key").chmod(0o660)

    assert install(pod, LIBP2P_GENERATE="1").returncode == 0

    assert pod.mode("state/libp2p") == 0o700
    assert pod.mode("state/libp2p/key") == 0o600


def test_the_older_command_generates_too(pod: Pod) -> None:
    old = GENERATE.replace("libp2p generate-keypair", "advanced generate-libp2p-keypair")
    pod.program("mina", old)
    assert install(pod, LIBP2P_GENERATE="1").returncode == 0
    assert pod.read("state/libp2p/key.peerid") == "12D3KooWnew\n"


def test_a_binary_that_cannot_generate_is_an_error(pod: Pod) -> None:
    pod.program("mina", PLAIN)
    result = install(pod, LIBP2P_GENERATE="1")
    assert result.returncode == 1
    assert "could not generate a libp2p keypair: unknown subcommand libp2p" in result.stderr
    assert not (pod.root / "state/libp2p").exists()


def test_the_wallet_of_a_driven_daemon_holds_its_key_in_memory(keyed: Pod) -> None:
    keyed.write("state/config/wallets/store/B62qown", "made through GraphQL")

    for _ in range(2):
        assert install(keyed, KEY_PUBLIC=KEY, IMPORT_ACCOUNT="1").returncode == 0

    store = keyed.root / "state/config/wallets/store"
    assert store.readlink() == keyed.root / "keys/accounts"
    assert (store / KEY).read_text() == '{"box": 1}'
    assert (store / f"{KEY}.pub").read_text() == f"{KEY}\n"
    assert keyed.mode("keys/accounts") == 0o700
    assert keyed.read("state/config/wallets/kept/B62qown") == "made through GraphQL"


def test_it_needs_to_know_the_binary(pod: Pod) -> None:
    result = pod.run("install-keys.sh")
    assert result.returncode != 0
    assert "BINARY is not set" in result.stderr
