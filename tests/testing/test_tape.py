"""Tapes: recorded from a real server, played without it, and where a client leaves them."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import struct
from typing import TYPE_CHECKING, Any

import pytest
import requests

import netloom
from netloom.errors import Blocked, Unsupported, UsageError
from netloom.testing import Server, Tape, Trust
from netloom.testing import tape as module
from netloom.testing.guard import GUARD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOWHERE = "127.0.0.1:1"
"""Where the real server isn't when its tape is played."""


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    return Trust(tmp_path_factory.mktemp("trust"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tapes" / "x.pcapng"


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        yield made


def record(tape: Tape) -> None:
    tape.stop()
    tape.keep()


@pytest.fixture
def taped(path: Path) -> Path:
    """A tape of two requests on one connection."""
    with Server("http") as real, Tape(real.url, path) as tape, requests.Session() as session:
        real.answer("/a", json={"id": 1})
        real.answer("/b", "b")
        session.get(f"{tape.url}/a", timeout=5)
        session.post(f"{tape.url}/b", data="x", timeout=5)
        session.close()
        record(tape)
    return path


# What comes back is what was said


def mail(tape: Tape, trust: Trust) -> Any:
    with smtplib.SMTP(*tape.address, timeout=5) as client:
        return client.sendmail("a@example.org", ["ann@example.org"], "Subject: x\r\n\r\nhello\r\n")


def web(tape: Tape, trust: Trust) -> Any:
    return requests.get(f"{tape.url}/", timeout=5).content


def secure_web(tape: Tape, trust: Trust) -> Any:
    return requests.get(f"{tape.url}/", verify=trust.ca, timeout=5).content


def name(tape: Tape, trust: Trust) -> Any:
    record = netloom.get(f"{tape.url}/example.test?type=SOA").one()
    assert record.status == "success"
    return record.value


def topic(tape: Tape, trust: Trust) -> Any:
    return netloom.send(f"{tape.url}/house/attic", "21").one().status


@pytest.mark.parametrize(
    ("scheme", "talk"),
    [("smtp", mail), ("http", web), ("https", secure_web), ("dns", name), ("mqtt", topic)],
)
def test_recorded_once_played_after(
    scheme: str, talk: Callable[[Tape, Trust], Any], path: Path, trust: Trust, leaves_nothing: None
) -> None:
    with Server(scheme, trust=trust) as real:
        options = f"#ca={trust.ca}" if scheme == "https" else ""
        with Tape(f"{scheme}://localhost:{real.port}{options}", path, trust=trust) as tape:
            assert (tape.records, tape.plays) == (True, False)
            said = talk(tape, trust)
            record(tape)
        assert real.received
    with Tape(f"{scheme}://{NOWHERE}", path, trust=trust) as tape:
        assert (tape.records, tape.plays) == (False, True)
        assert talk(tape, trust) == said
        assert (tape.departures, tape.notes) == ([], [])
        before = path.read_bytes()
        record(tape)
    assert path.read_bytes() == before


def test_the_real_one_is_asked_under_its_own_name(taped: Path, path: Path, session: requests.Session) -> None:
    with Server("http") as real, Tape(f"http://localhost:{real.port}/v1", path, "live") as tape:
        assert tape.endpoint.path == "/v1"
        session.post(f"{tape.url}/orders", data="GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n", timeout=5)
        session.get(f"{tape.url}/orders", headers={"Host": "other.example"}, timeout=5)
        first, second = real.received
    assert first.headers["host"] == f"localhost:{real.port}"
    assert first.path == "/v1/orders"
    assert first.text.endswith("Host: localhost\r\n\r\n"), "a body is nobody's business"
    assert second.headers["host"] == "other.example", "who chose a name keeps it"


class Below:
    def __init__(self) -> None:
        self.said = b""

    def write(self, data: bytes) -> None:
        self.said += data


@pytest.mark.parametrize(
    ("said", "passed"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\nhi", b"GET / HTTP/1.1\r\nHost: api.example\r\n\r\nhi"),
        (b"PUT /a HTTP/1.0\r\nA: b\r\nhost:127.0.0.1:8080\r\n", b"PUT /a HTTP/1.0\r\nA: b\r\nhost:api.example\r\n"),
        (b"GET / HTTP/1.1\r\nHost: localhost:80\r\n\r\n", None),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", None),
        (b"GET / HTTP/1.1\r\nHost: other.example:8080\r\n\r\n", None),
        (b"GET / HTTP/1.1\r\n\r\n\r\nHost: localhost:8080\r\n\r\n", None),
        (b"warp\r\nHost: localhost:8080\r\n\r\n", None),
        (b"", None),
    ],
)
def test_only_our_own_name_is_changed_and_only_in_a_head(said: bytes, passed: bytes | None) -> None:
    layer = module._Host(None, 8080, b"api.example")
    below: Any = Below()
    layer.lower = below
    layer.write(said)
    assert below.said == (said if passed is None else passed)


# Which of both


def test_record_does_it_anew_and_live_keeps_nothing(taped: Path, session: requests.Session) -> None:
    before = taped.read_bytes()
    with Server("http") as real:
        for mode in module.MODES:
            if mode in ("record", "live"):
                with Tape(real.url, taped, mode) as tape:
                    session.get(f"{tape.url}/new", timeout=5)
                    session.close()
                    record(tape)
                assert (taped.read_bytes() == before) is (mode == "live")
                before = taped.read_bytes()
        assert len(real.received) == 2
    assert [each.name for each in taped.parent.iterdir()] == ["x.pcapng"]


def test_replay_never_dials(path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no tape .*x\.pcapng"):
        Tape(f"http://{NOWHERE}", path, "replay")


def test_what_said_nothing_leaves_no_tape(path: Path) -> None:
    with Server("http") as real, Tape(real.url, path) as tape:
        record(tape)
    assert not path.parent.exists()


def test_what_is_too_large_is_no_tape(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT", 100)
    with Server("http") as real, Tape(real.url, path) as tape:
        requests.get(tape.url, timeout=5)
        tape.stop()
        with pytest.raises(UsageError, match="more than a tape holds"):
            tape.keep()
    assert not path.exists()


def test_what_cant_be_taped_is_told(path: Path) -> None:
    with pytest.raises(Unsupported, match="ssh"):
        Tape(f"ssh://{NOWHERE}", path)


def test_while_the_network_is_off_only_its_own_target_may_be_reached(path: Path) -> None:
    with GUARD.watching() as offences:
        with Tape("http://192.0.2.1:9", path):
            GUARD.check("192.0.2.1", 9)
            with pytest.raises(Blocked):
                GUARD.check("192.0.2.2", 9)
        assert len(offences) == 1


def test_secrets_are_hidden_and_dont_matter_when_it_is_played(path: Path, session: requests.Session) -> None:
    with Server("http") as real, Tape(real.url, path, hide=["hunter22", b"s3cr3t"]) as tape:
        real.answer("/", "the key is s3cr3t")
        session.get(tape.url, headers={"Authorization": "Bearer hunter22"}, timeout=5)
        session.close()
        record(tape)
    assert b"hunter22" not in path.read_bytes()
    with Tape(f"http://{NOWHERE}", path) as tape:
        answer = session.get(tape.url, headers={"Authorization": "Bearer hunter22"}, timeout=5)
        assert answer.text == "the key is ******"
        assert tape.departures == []


# Where a client leaves it


def test_who_says_something_else_has_departed(taped: Path, session: requests.Session) -> None:
    with Tape(f"http://{NOWHERE}", taped) as tape:
        session.get(f"{tape.url}/a", timeout=5)
        with pytest.raises(requests.RequestException):
            session.post(f"{tape.url}/c", data="x", timeout=5)
        (words,) = tape.departures
    assert "expected POST /b HTTP/1.1" in words
    assert "got POST /c HTTP/1.1" in words


def test_who_connects_once_more(taped: Path) -> None:
    with Tape(f"http://{NOWHERE}", taped) as tape:
        for _ in range(2):
            with requests.Session() as session, contextlib.suppress(requests.RequestException):
                session.get(f"{tape.url}/a", timeout=5)
                session.post(f"{tape.url}/b", data="x", timeout=5)
        assert tape.departures == ["the client connects once more than in the recording"]
    with Tape(f"http://{NOWHERE}", taped, repeat=True) as tape:
        for _ in range(3):
            with requests.Session() as session:
                assert session.get(f"{tape.url}/a", timeout=5).json() == {"id": 1}
                assert session.post(f"{tape.url}/b", data="x", timeout=5).text == "b"
        assert tape.departures == []


def test_exactly_or_not_at_all(taped: Path, session: requests.Session) -> None:
    with Tape(f"http://{NOWHERE}", taped, match="none") as tape:
        assert session.get(f"{tape.url}/whatever", timeout=5).json() == {"id": 1}
    with Tape(f"http://{NOWHERE}", taped, match="exact") as tape:
        with pytest.raises(requests.RequestException):
            session.get(f"{tape.url}/a", timeout=5)
        assert tape.departures


def test_who_is_cut_off_at_the_end_has_not_departed(taped: Path, session: requests.Session) -> None:
    with Tape(f"http://{NOWHERE}", taped) as tape:
        session.get(f"{tape.url}/a", timeout=5)
    assert tape.departures == []


def test_who_goes_before_the_end_has_departed(taped: Path) -> None:
    with Tape(f"http://{NOWHERE}", taped) as tape:
        with socket.create_connection(tape.address, timeout=5) as sock:
            sock.sendall(f"GET /a HTTP/1.1\r\nHost: {tape.endpoint.authority}\r\n\r\n".encode())
            assert sock.recv(100)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with pytest.raises(requests.RequestException):
            requests.get(f"{tape.url}/a", timeout=5)
        first, second = tape.departures
    assert "it went away; expected POST /b HTTP/1.1" in first
    assert second == "the client connects once more than in the recording"


# Odd recordings


def test_one_of_another_protocol_says_so(taped: Path) -> None:
    tape = Tape(f"smtp://{NOWHERE}", taped)
    assert any("the recording has no smtp, but http" in note for note in tape.notes)
    with pytest.raises(UsageError, match="nothing of the recording can be played"):
        Tape(f"ntp://{NOWHERE}", taped)


def test_one_that_is_cut_says_so(taped: Path) -> None:
    taped.write_bytes(taped.read_bytes()[:-300])
    assert Tape(f"http://{NOWHERE}", taped).notes
    taped.write_bytes(b"no capture")
    with pytest.raises(netloom.NetloomError):
        Tape(f"http://{NOWHERE}", taped)
