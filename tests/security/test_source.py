"""What stands in no line of the source: pickles, eval, shells, unsafe YAML and XML, guessable random numbers."""

from __future__ import annotations

import ast
import functools
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(__file__).parents[2] / "src" / "netloom"
FILES = sorted(SOURCE.rglob("*.py"))

MODULES = {
    "pickle": "runs what it reads", "cPickle": "runs what it reads", "dill": "runs what it reads",
    "cloudpickle": "runs what it reads",
    "marshal": "crashes on what it reads", "shelve": "is pickles", "yaml": "is safe only by safe_load",
    "xml": "expands entities",
    "lxml": "expands entities", "telnetlib": "isn't what we speak", "ssl": "is the event loop's TLS; ours is links/tls",
    "subprocess": "runs programs",
    "commands": "runs programs", "pty": "runs programs", "code": "runs code", "imp": "runs code",
}  # fmt: skip
"""Modules that nothing imports."""
CALLS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.execv", "os.execve", "os.spawnl",
    "os.posix_spawn", "os.fork",
    "asyncio.create_subprocess_shell", "asyncio.create_subprocess_exec", "tempfile.mktemp", "yaml.load",
    "random.random", "random.randrange",
    "random.randint", "random.choice", "random.getrandbits", "random.randbytes", "os.chmod", "os.umask", "input",
}  # fmt: skip
"""Calls that nothing makes."""
HARMLESS = {
    ("", "xml.sax.saxutils"),  # it only escapes
    ("formats/xml/parsing.py", "xml.sax"),  # what defusedxml's parser calls, and raises
    ("formats/xml/parsing.py", "xml.sax.handler"),
    ("formats/yaml/reading.py", "yaml"),  # its events alone, which make no objects
    ("formats/yaml/writing.py", "yaml"),
    ("formats/yaml/writing.py", "yaml.resolver"),
    ("testing/server.py", "ssl"),  # made for a test's own client
    ("links/quic/configuration.py", "ssl"),  # a word of QUIC's library for: the chain is judged by links/tls/chain.py
}
"""What may be imported all the same, and where: "" is anywhere."""
NEEDED = {
    ("labs/namespaces.py", "asyncio.create_subprocess_exec"),  # iproute2's ip makes networks; no shell
    ("packet/streams/secured.py", "asyncio.create_subprocess_exec"),  # tshark decrypts; by its own path, no shell
}
"""Calls that one place makes all the same."""
REPEATABLE = {"packet/fuzz.py"}
"""Where random numbers have to be the same again for a seed."""


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def named(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def called(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def test_there_is_something_to_look_at() -> None:
    assert len(FILES) > 100


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_file(path: Path) -> None:
    for module in imported(path):
        harmless = {("", module), (named(path), module)} & HARMLESS
        why = MODULES.get(module.partition(".")[0]) if not harmless else None
        assert why is None, f"{module} {why}"
    for name, call in called(path):
        assert name not in CALLS or (named(path), name) in NEEDED, f"{name} in line {call.lineno}"
        for keyword in call.keywords:
            value = keyword.value
            on = isinstance(value, ast.Constant) and value.value is True
            off = isinstance(value, ast.Constant) and value.value is False
            assert not (keyword.arg == "shell" and not off), f"shell= in line {call.lineno}"
            assert not (keyword.arg == "verify" and off), f"verify=False in line {call.lineno}"
            assert not (keyword.arg == "check_hostname" and off), f"check_hostname=False in line {call.lineno}"
            assert not (
                keyword.arg == "known_hosts" and isinstance(value, ast.Constant) and value.value is None
            ) or _looks_only(path), f"known_hosts=None in line {call.lineno}"
            assert not (keyword.arg == "usedforsecurity" and on), f"a broken digest for security in line {call.lineno}"


def _looks_only(path: Path) -> bool:
    """Where keys are checked by our own callback, asyncssh's list is out of the way."""
    return path.is_relative_to(SOURCE / "links" / "ssh")


@pytest.mark.parametrize("name", ["md5", "sha1"])
def test_broken_digests_are_where_a_protocol_has_them(name: str) -> None:
    """RFC 7616 (digest), RFC 2195 (CRAM-MD5), RFC 6455 (accept), RFC 8945 (TSIG's older algorithm), Community ID."""
    allowed = {"wire/http/digest.py", "wire/smtp/auth.py", "links/http/websocket_handshake.py", "wire/dns/tsig.py"}
    allowed |= {"packet/flows/community.py", "packet/kernels/community.py", "packet/tape/web_socket.py"}
    found = {named(path) for path in FILES for called_, _ in called(path) if called_ in (f"hashlib.{name}", name)}
    assert found <= allowed, found - allowed


def test_what_nobody_may_guess_comes_from_the_kernel() -> None:
    """`random` is used for what isn't secret, and only as SystemRandom."""
    for path in FILES:
        if "random" in set(imported(path)):
            used = {name for name, _ in called(path) if name.startswith("random.")}
            seeded = {"random.Random"} if named(path) in REPEATABLE else set()
            assert used <= {"random.SystemRandom"} | seeded, (named(path), used)


def test_nobody_turns_the_checking_of_certificates_off() -> None:
    """Only the option `verify` does, in one place; a description reads what was chosen, and QUIC's library is told that
    links/tls/chain.py judges, by the same option.
    """
    found = {named(path) for path in FILES if "VERIFY_NONE" in path.read_text() or "CERT_NONE" in path.read_text()}
    assert found <= {"links/tls/client.py", "links/tls/describe.py", "links/quic/configuration.py"}


def test_secrets_are_revealed_where_they_are_said_and_nowhere_near_words() -> None:
    """`reveal()` doesn't stand within a message, a log line or a record."""
    speaking = {
        "print",
        "repr",
        "log.debug",
        "log.info",
        "log.warning",
        "log.error",
        "UsageError",
        "PeerRefused",
        "Unauthenticated",
        "NetloomError",
        "context.access",
    }
    for path in FILES:
        for name, call in called(path):
            if name in speaking or name.endswith((".access", "Error", "Record")):
                inside = [ast.unparse(node.func) for node in ast.walk(call) if isinstance(node, ast.Call)]
                assert not any(word.endswith(".reveal") for word in inside), f"{named(path)}:{call.lineno}"
