"""The network is off: who is stopped, who is named, and what stays."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING

import pytest
import requests

import netloom
from netloom.errors import Blocked
from netloom.testing import Server
from netloom.testing.guard import GUARD, Guard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FAR = "192.0.2.1"
"""TEST-NET-1 (RFC 5737): nobody is there, and nothing is sent."""
FAR6 = "2001:db8::1"
HERE = "tests/testing/test_guard.py"


@pytest.fixture
def offences() -> Iterator[list[str]]:
    with GUARD.watching(test="the test") as found:
        yield found


def tcp(host: str) -> None:
    with socket.socket() as sock:
        sock.settimeout(1)
        sock.connect((host, 9))


def tcp6(host: str) -> None:
    with socket.socket(socket.AF_INET6) as sock:
        sock.settimeout(1)
        sock.connect_ex((host, 9))


def udp(host: str) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", (host, 9))


def message(host: str) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.sendmsg([b"x"], [], 0, (host, 9))


def reverse(host: str) -> None:
    socket.gethostbyaddr(host)


def reverse_too(host: str) -> None:
    socket.getnameinfo((host, 9), 0)


def name(host: str) -> None:
    socket.getaddrinfo(host, 9)


def old_name(host: str) -> None:
    socket.gethostbyname(host)


def web(host: str) -> None:
    requests.get(f"http://{host}:9/", timeout=1)


@pytest.mark.parametrize(
    ("dial", "host"),
    [(tcp, FAR), (tcp6, FAR6), (tcp6, f"::ffff:{FAR}"), (udp, FAR), (udp, "239.1.2.3"),
     (message, FAR), (reverse, FAR), (reverse_too, FAR), (name, "example.org"), (name, FAR),
     (old_name, "example.org"), (web, "example.org"), (web, FAR)],
)  # fmt: skip
def test_whoever_dials_is_stopped_and_named(dial: Callable[[str], None], host: str, offences: list[str]) -> None:
    line = dial.__code__.co_firstlineno
    with pytest.raises(
        Blocked, match=rf"^{HERE}:\d+ dialled {host}[^,]*, and the network is off in this test$"
    ) as found:
        dial(host)
    assert "pytest.mark.network" in found.value.hint
    (offence,) = offences
    assert line < int(offence.partition(" ")[0].rpartition(":")[2]) <= line + 4


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.8.8", "localhost", "::1", "::ffff:127.0.0.1", "0.0.0.0", socket.gethostname()]
)
def test_this_machine_stays(host: str, offences: list[str]) -> None:
    GUARD.check(host, 9)
    GUARD.check_address((host, 9))
    assert offences == []


def test_so_do_sockets_that_reach_nobody_else(offences: list[str]) -> None:
    with pytest.raises(FileNotFoundError), socket.socket(socket.AF_UNIX) as sock:
        sock.connect("/nowhere/socket")
    if hasattr(socket, "AF_NETLINK"):
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as sock:
            sock.connect((0, 0))
    near, far = socket.socketpair()
    with near, far:
        near.sendmsg([b"x"])
    assert offences == []


def test_names_addresses_and_networks_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("198.51.100.7", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: answer)
    with GUARD.watching(["*.example.org", "192.0.2.0/24", "2001:db8::7"]) as offences:
        with pytest.raises(Blocked):
            GUARD.check_address(("198.51.100.7", 80))
        GUARD.check_name("API.example.org")
        GUARD.check_name(b"api.example.org")
        GUARD.check_address(("198.51.100.7", 80))
        GUARD.check(FAR, 80)
        GUARD.check("2001:db8::7", 80)
        for no in ("example.org", "192.0.3.1", FAR6):
            with pytest.raises(Blocked):
                GUARD.check(no, 80)
        assert len(offences) == 4
    with GUARD.watching(["*.example.org"]), pytest.raises(Blocked):
        GUARD.check_address(("198.51.100.7", 80))


def test_outside_of_it_nothing_is_asked() -> None:
    assert not GUARD.watches
    GUARD.check(FAR, 80)
    GUARD.check("example.org", 80)
    with GUARD.watching() as outer:
        assert GUARD.watches
        with GUARD.watching([FAR]) as inner:
            GUARD.check(FAR, 80)
        with pytest.raises(Blocked):
            GUARD.check(FAR, 80)
        assert (len(outer), inner) == (1, [])
    assert not GUARD.watches


def test_another_thread_is_named_and_one_of_a_library_by_who_waits(offences: list[str]) -> None:
    def mine() -> None:
        with pytest.raises(Blocked):
            tcp(FAR)

    thread = threading.Thread(target=mine)
    thread.start()
    thread.join()
    theirs = threading.Thread(target=socket.getaddrinfo, args=("example.org", 9))
    hook, threading.excepthook = threading.excepthook, lambda *_: None
    try:
        theirs.start()
        theirs.join()
    finally:
        threading.excepthook = hook
    assert [offence.partition(":")[0] for offence in offences] == [HERE, HERE]


def test_our_own_clients_are_no_exception(offences: list[str]) -> None:
    record = netloom.get(f"http://{FAR}:9/", deadline=1).one()
    assert record.status != "success"
    assert offences[0].startswith(f"{HERE}:")
    assert offences[0].endswith(f"dialled {FAR} port 9")


async def test_in_an_event_loop_the_line_or_the_test_is_named(offences: list[str]) -> None:
    with pytest.raises(Blocked, match=f"^{HERE}:"):
        await asyncio.open_connection(FAR, 9)
    with pytest.raises(Blocked, match=rf"^({HERE}:\d+|the test) dialled example.org"):
        await asyncio.open_connection("example.org", 9)  # the name is asked for in a thread, while we may be elsewhere


def test_our_servers_serve(offences: list[str]) -> None:
    with Server("mqtt") as server:
        assert netloom.send(f"{server.url}/x", "1").one().status == "success"
    with Server("dns") as server:
        assert netloom.get(f"{server.url}/example.test?type=SOA").one().status == "success"
    assert offences == []


def test_an_odd_address_is_nobody_s_business() -> None:
    with GUARD.watching() as offences:
        GUARD.check_address("text")
        GUARD.check_address(())
        GUARD.check_address(None)
        GUARD.check_name(None)
        Guard().check_name("example.org")  # this one watches nothing
    assert offences == []
