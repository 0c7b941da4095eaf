"""Nothing is opened to others, or shown to them, unless somebody said so."""

from __future__ import annotations

import asyncio
import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from netloom import registry
from netloom.accounts import Accounts, Right
from netloom.endpoint import Endpoint
from netloom.errors import Status, UsageError
from netloom.links.authority import Authority
from netloom.links.virtual import run as virtual
from netloom.records import ServingRecord
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from tests.security.house import HANG, House, Wire, everything, peer, record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from netloom.links.stream import Stream

SCHEMES = sorted(scheme for declared in registry.protocols() for scheme in declared.schemes if "unix" not in scheme)
LOOPBACK = {"127.0.0.1", "::1"}


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own, and a umask that hides nothing."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))
    before = os.umask(0)
    yield tmp_path
    os.umask(before)


@pytest.mark.parametrize("host", ["", "localhost"])
@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_server_listens_on_loopback(scheme: str, host: str, state: Path) -> None:
    """By the kernel's own word."""
    async with Serving([Endpoint.parse(f"{scheme}://{host}:0")]) as serving:
        assert {endpoint.host for endpoint in serving.endpoints} <= LOOPBACK
        bound = [socket_.getsockname()[0] for listener in serving._listeners for socket_ in _sockets(listener)]
        assert bound
        assert set(bound) <= LOOPBACK


def _sockets(listener: Any) -> list[Any]:
    found = [link.info("socket") for link in listener._sockets]
    for listening in listener._listening:
        server = getattr(listening, "_server", None) or getattr(listening, "server", None)
        found += list(server.sockets) if server is not None else []
    return found


@pytest.mark.parametrize("target", ["http://:0", "smtp://:0", "tcp://:0"])
async def test_so_does_the_operation(target: str, state: Path) -> None:
    async def drop(record: object) -> None:
        """The records that count come through `call`."""

    async with asyncio.timeout(HANG):
        records = Toolbox(drop).call("serve", targets=[target])
        first = await anext(records)
        assert isinstance(first, ServingRecord)
        assert Endpoint.parse(first.endpoint).host in LOOPBACK
        await records.aclose()


async def test_a_listening_connection_is_on_loopback_as_well(state: Path) -> None:
    async def drop(record: object) -> None:
        """The records that count come through `call`."""

    async with asyncio.timeout(HANG):
        for name, fields in (
            ("connect", {"target": "tcp://:0#listen", "other": "tcp://127.0.0.1:9"}),
            ("listen", {"target": "tcp://:0"}),
        ):
            records = Toolbox(drop).call(name, **fields)
            first = await anext(records)
            assert isinstance(first, ServingRecord)
            assert Endpoint.parse(first.endpoint).host in LOOPBACK
            await records.aclose()


def test_everywhere_has_to_be_written() -> None:
    async def main() -> None:
        network = Wire()
        async with House("http://*:0", network=network):
            assert {place[0] for place in network.listeners} == {"0.0.0.0", "::"}

    virtual(main())


@pytest.mark.parametrize("scheme", ["http", "ws", "smtp", "ssh", "dns", "ntp", "tcp"])
async def test_what_is_served_by_itself_is_no_file_of_this_machine(scheme: str, state: Path) -> None:
    async with Serving([Endpoint.parse(f"{scheme}://127.0.0.1:0")]) as serving:
        (record_,) = serving.records
        assert "/" not in record_.content
    assert not [
        path
        for path in state.rglob("*")
        if path.is_file() and "netloom/ssh" not in str(path) and "authority" not in str(path)
    ]


def test_nobody_may_write_without_an_account() -> None:
    assert Right.WRITE not in Accounts().anonymous
    assert Right.WRITE not in Accounts.from_texts(["ann:x"]).anonymous


class TestFilesOfOurs:
    """Others on this machine read no key and no recording, whatever the umask is."""

    def test_the_authoritys_key(self, state: Path) -> None:
        Authority.open(state / "netloom" / "authority")
        private(state / "netloom")

    def test_a_certificates_key(self, state: Path) -> None:
        async def main() -> None:
            async with Serving([Endpoint.parse("https://127.0.0.1:0")]):
                private(state / "state")

        asyncio.run(main())

    def test_a_host_key(self, state: Path) -> None:
        async def main() -> None:
            async with Serving([Endpoint.parse("ssh://127.0.0.1:0")]):
                private(state / "state")

        asyncio.run(main())

    async def test_cookies(self, state: Path) -> None:
        async def handle(link: Stream) -> None:
            await link.read_until(b"\r\n\r\n")
            await link.write(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Max-Age=1000\r\nContent-Length: 0\r\n\r\n")
            await everything(link)

        async with peer(handle) as house:
            found = await record(
                house.network, "get", f"http://127.0.0.1:{house.port}/#cookies={state}/jar", deadline=HANG
            )
            assert found.status is Status.SUCCESS
        private(state / "jar")

    async def test_a_recording(self, state: Path) -> None:
        async with House("tcp://127.0.0.1:0") as house:
            await record(
                house.network,
                "send",
                f"tcp://127.0.0.1:{house.port}",
                "x",
                record=str(state / "a.pcapng"),
                deadline=HANG,
            )
        private(state / "a.pcapng")

    def test_a_key_log(self, state: Path, monkeypatch: pytest.MonkeyPatch, certificates: Any) -> None:
        monkeypatch.setenv("SSLKEYLOGFILE", str(state / "keys"))

        async def main() -> None:
            async with House(f"tls://127.0.0.1:0#cert={certificates.good}") as house:
                await record(house.network, "probe", f"tls://localhost:{house.port}#ca={certificates.ca}")

        virtual(main())
        assert (state / "keys").stat().st_size
        private(state / "keys")

    async def test_mail(self, state: Path) -> None:
        """What is in a mailbox is for the mailbox."""
        from netloom.contents.mail import Envelope, Mail

        (state / "mail").mkdir(mode=0o700)
        await Mail(state / "mail").deliver(Envelope(sender="", recipients=("ann@example.org",), data=b"x\r\n"))
        private(state / "mail")


def private(place: Path) -> None:
    """A file, or all that is in a folder, or a folder on the way to it, is closed to others."""
    files = [path for path in place.rglob("*") if path.is_file()] if place.is_dir() else [place]
    assert files
    for file in files:
        if file.suffix == ".pem" and b"PRIVATE" not in file.read_bytes():
            continue  # a certificate is for everybody
        inside = [file, *(parent for parent in file.parents if parent.is_relative_to(place))]
        assert any(not stat.S_IMODE(path.stat().st_mode) & 0o077 for path in inside), f"{file} can be read by others"


async def test_a_unix_socket_is_where_it_was_named(state: Path) -> None:
    """And it overwrites no file that stands there."""
    (state / "file").write_text("former")
    with pytest.raises(UsageError):
        async with Serving([Endpoint.parse(f"unix://{state}/file")]):
            pass
    assert (state / "file").read_text() == "former"


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY"])
def test_a_cgi_program_is_not_led_astray(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """CVE-2016-5385: `Proxy:` in a request becomes HTTP_PROXY there."""
    monkeypatch.setenv("REQUEST_METHOD", "GET")
    monkeypatch.setenv(name, "http://127.0.0.1:1")

    async def main() -> None:
        network = Wire()
        network.names["elsewhere.test"] = ["127.0.0.1"]
        async with House("http://127.0.0.1:8080", network=network) as house:
            found = await record(network, "get", f"http://elsewhere.test:{house.port}/", deadline=5.0)
            assert (found.status is Status.SUCCESS) is (name == "HTTP_PROXY")

    virtual(main())


async def test_loopback_goes_through_no_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with House("http://127.0.0.1:0") as house:
        for host in ("127.0.0.1", "localhost"):
            found = await record(house.network, "get", f"http://{host}:{house.port}/", deadline=HANG)
            assert found.status is Status.SUCCESS, found.message
