"""Passwords that are written out, and the many ways to speak of one that are fine."""

from __future__ import annotations

import pytest

from generator.check.leak import LeakKind
from generator.check.leaks import find_leaks

# Each is written with a password and with what is none, in place of VALUE.
PLACES = {
    "variable of a container": "env:\n  - name: MINA_PRIVKEY_PASS\n    value: VALUE\n",
    "variable, value first": "env:\n  - value: VALUE\n    name: MINA_PRIVKEY_PASS\n",
    "variable on one line": "env: [{name: MINA_LIBP2P_PASS, value: VALUE}]",
    "variable in JSON": '{"name": "POSTGRES_PASSWORD", "value": "VALUE"}',
    "variable in a string": '"{\\"name\\":\\"CODA_PRIVKEY_PASS\\",\\"value\\":\\"VALUE\\"}"',
    "shell": "export CODA_PRIVKEY_PASS=VALUE\n",
    "shell with quotes": 'MINA_LIBP2P_PASS="VALUE" mina daemon',
    "shell with single quotes": "UPTIME_PRIVKEY_PASS='VALUE'",
    "ConfigMap": "data:\n  POSTGRES_PASSWORD: VALUE\n",
    "chart": "postgresql:\n  postgresqlPassword: VALUE\n",
    "field": "archive:\n  - password: VALUE\n",
    "field in JSON": '{"user": "a", "password": "VALUE"}',
    "annotation": 'annotations: {"example.org/password": "VALUE"}',
    "comment": "# run it with DISCORD_API_KEY=VALUE\n",
    "flag": "args: [--password=VALUE, --verbose]",
    "flag with a space": "mina-archive --postgres-password VALUE --port 3086",
    "flag as two items": "args:\n  - --github-token\n  - VALUE\n",
    "flag as two items in JSON": '["--password", "VALUE", "x"]',
}
LITERALS = ["hunter2", "correct-horse-9", "Tr0ub4dor", "0123456789abcdef"]
REFERENCES = ["", "$PASS", "$(PASS)", "${PASS:-}", "{{ .pass }}", "<password>", "/run/secrets/x"]
REFERENCES += ["./pass.txt", "~/pass", "null", "***", "xxxx", "arn:aws:x", "vault:a/b"]


def kinds(text: str) -> list[LeakKind]:
    return [leak.kind for leak in find_leaks(text)]


@pytest.mark.parametrize("value", LITERALS)
@pytest.mark.parametrize("place", PLACES)
def test_password_is_found_where_it_is_written_out(place: str, value: str) -> None:
    text = PLACES[place].replace("VALUE", value)
    [leak] = find_leaks(text)
    assert leak.kind in {LeakKind.PASSWORD, LeakKind.PUBLISHED}
    line = text.split("\n")[leak.line - 1]
    written = line[leak.column - 1 :].startswith(value)
    assert written or place == "variable, value first"


@pytest.mark.parametrize("value", REFERENCES)
@pytest.mark.parametrize("place", PLACES)
def test_reference_is_no_password(place: str, value: str) -> None:
    assert kinds(PLACES[place].replace("VALUE", value)) == []


@pytest.mark.parametrize(
    "text",
    [
        "- name: MINA_PRIVKEY_PASS\n  valueFrom: {secretKeyRef: {name: a-key, key: password}}",
        "- name: POSTGRES_DB\n  value: archive\n- name: POSTGRES_PASSWORD\n  valueFrom: {}",
        "automountServiceAccountToken: false",
        "serviceAccountToken: {path: token, expirationSeconds: 3600}",
        "secretName: whale-1-key",
        "notifications: {type: github, secret: github-app}",
        "kind: Password\nmetadata: {name: archive-postgres}",
        "generatorRef: {kind: Password, name: archive-postgres}",
        "secretKey: password\nremoteRef: {key: testnets/qa}",
        "--password-file=hunter2.txt",
        "args: [--token, --verbose]",
        "args:\n  - --password\n  - name: next",
        "# its password: made once, in the cluster",
        "password = read(path)",
        "COMPASS=north",
        "BYPASS: everything",
        'os.environ["MINA_PRIVKEY_PASS"]',
        "permissions: {id-token: write}",
        "token: short",
        'echo "wrong password: try again"',
        "max_tokens: 12345678",
    ],
)
def test_what_only_speaks_of_passwords_is_left_alone(text: str) -> None:
    assert kinds(text) == []
