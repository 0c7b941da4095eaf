"""Names to addresses: literals, IDNA, families taking turns, and every kind of failure in words."""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import CapabilityError, ConnectError, ConnectionLost, ResolveError, Status, UsageError
from netloom.links import translate
from netloom.links.resolve import ascii_name, literal, resolve, take_turns

V4, V6 = socket.AF_INET, socket.AF_INET6


@pytest.mark.parametrize(
    ("host", "zone", "expected"),
    [
        ("127.0.0.1", "", (V4, ("127.0.0.1", 80))),
        ("::1", "", (V6, ("::1", 80, 0, 0))),
        ("fe80::1", "7", (V6, ("fe80::1", 80, 0, 7))),
        ("fe80::1", "lo", (V6, ("fe80::1", 80, 0, socket.if_nametoindex("lo")))),
        ("example.com", "", None),
        ("127.1", "", None),
        ("999.1.1.1", "", None),
        ("host1", "", None),
        ("", "", None),
    ],
)
def test_literals(host: str, zone: str, expected: Any) -> None:
    assert literal(host, 80, zone) == expected


def test_an_unknown_zone() -> None:
    with pytest.raises(UsageError, match="no such network device"):
        literal("fe80::1", 80, "hubla0")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("example.com", "example.com"), ("bücher.example", "xn--bcher-kva.example"), ("日本.jp", "xn--wgv71a.jp")],
)
def test_idna(name: str, expected: str) -> None:
    assert ascii_name(name) == expected


@pytest.mark.parametrize("name", ["ü" * 70, "a..é", "\u3000"])
def test_what_can_be_no_name(name: str) -> None:
    with pytest.raises(UsageError, match="can't be a host name"):
        ascii_name(name)


@given(st.lists(st.tuples(st.sampled_from([V4, V6]), st.integers(0, 9)), max_size=9))
def test_families_take_turns(drawn: list[tuple[Any, int]]) -> None:
    addresses: list[Any] = [(family, (f"{family}-{number}", 80)) for family, number in drawn]
    turns = take_turns(addresses)
    assert sorted(map(str, turns)) == sorted(map(str, dict.fromkeys(addresses)))
    for family in (V4, V6):
        assert [a for a in turns if a[0] == family] == [a for a in dict.fromkeys(addresses) if a[0] == family]
    if turns:
        assert turns[0] == addresses[0], "the system's first choice stays first"
        few = min(sum(a[0] == V4 for a in turns), sum(a[0] == V6 for a in turns))
        assert all(a[0] != b[0] for a, b in itertools.pairwise(turns[: 2 * few]))


async def test_localhost() -> None:
    found = await resolve("localhost", 80)
    assert {a[1][0] for a in found} <= {"127.0.0.1", "::1"}
    assert [a[0] for a in await resolve("localhost", 80, "4")] == [V4]


@pytest.mark.parametrize(
    ("host", "family"), [("127.0.0.1", "6"), ("::1", "4"), ("a.invalid", "any"), ("x" * 70, "any"), ("a\0b", "any")]
)
async def test_no_address(host: str, family: str) -> None:
    with pytest.raises(ResolveError) as caught:
        await resolve(host, 80, family)
    assert caught.value.status is Status.RESOLVE_ERROR


async def test_cancelling_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    release, asked = threading.Event(), threading.Event()

    def slow(*_: object) -> list[Any]:
        asked.set()
        release.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    task = asyncio.ensure_future(resolve("slow.example", 80))
    await asyncio.to_thread(asked.wait, 30)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    release.set()


def test_an_answer_that_comes_after_the_loop_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    release, asked = threading.Event(), threading.Event()

    def slow(*_: object) -> list[Any]:
        asked.set()
        release.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)

    async def main() -> None:
        task = asyncio.ensure_future(resolve("slow.example", 80))
        await asyncio.to_thread(asked.wait, 30)
        task.cancel()

    asyncio.run(main())
    release.set()
    for thread in threading.enumerate():
        if thread.name.startswith("resolve"):
            thread.join(30)  # an exception there would fail this test


@pytest.mark.parametrize(
    ("number", "status", "words"),
    [
        ("ECONNREFUSED", Status.REFUSED, "nothing listens there"),
        ("ENOENT", Status.REFUSED, "no such socket"),
        ("ENETUNREACH", Status.UNREACHABLE, "no route to that network"),
        ("EHOSTUNREACH", Status.UNREACHABLE, "no route to that host"),
        ("EADDRNOTAVAIL", Status.UNREACHABLE, "can't be used from here"),
        ("ECONNRESET", Status.REFUSED, "reset"),
        ("ETIMEDOUT", Status.REFUSED, "gave the peer up"),
        ("EINVAL", Status.UNREACHABLE, "invalid argument"),
    ],
)
def test_why_a_connection_failed(number: str, status: Status, words: str) -> None:
    import errno

    error = translate.connecting(OSError(getattr(errno, number), "text"), "1.2.3.4:5")
    assert isinstance(error, ConnectError)
    assert error.status is status
    assert words in error.message
    assert "1.2.3.4:5" in error.message


def test_other_reasons() -> None:
    assert isinstance(translate.connecting(PermissionError(13, "x"), "p"), CapabilityError)
    assert "af_unix path too long" in translate.connecting(OSError("AF_UNIX path too long"), "p").message
    assert "in use" in translate.listening(OSError(98, "x"), "p").message
    assert isinstance(translate.listening(PermissionError(13, "x"), "p"), CapabilityError)
    assert isinstance(translate.listening(OSError(22, "x"), "p"), UsageError)
    assert translate.lost(ConnectionResetError(104, "x")).message == "the peer reset the connection"
    assert isinstance(translate.lost(ValueError("odd")), ConnectionLost)
    own = ConnectionLost("mine")
    assert translate.lost(own) is own
    again = translate.resolving(socket.gaierror(socket.EAI_AGAIN, "x"), "h")
    assert "no answer from the resolver" in again.message
    assert again.hint
    family = translate.resolving(socket.gaierror(socket.EAI_FAMILY, "ai_family not supported"), "h")
    assert family.message == "h could not be resolved: ai_family not supported"
