"""Faults meet others: curl, ssh, lftp, mosquitto_sub, dig and openssl find our servers' troubles as described."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

from netloom.accounts import Accounts
from netloom.contents.files import Files
from netloom.endpoint import Endpoint
from netloom.links.authority import Authority
from netloom.links.faults.plan import Faults
from netloom.serving import Serving
from tests.interop.peers import need

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.interop

AUTHORITY = Authority.create()
BODY = bytes(range(256)) * 4096
"""A megabyte: more than socket buffers take at once."""
CUT, SLOW, UNTRUSTED = 18, 28, 60
RESET = (7, 35, 56)
"""How curl ends: a body came in part, the time was up, a certificate isn't to be trusted; a reset, which may
come before it knows that it is connected."""


class Told(NamedTuple):
    """How a program ended, and what it said."""

    code: int
    out: bytes
    err: str


async def ran(program: str, package: str, *args: str, said: bytes = b"", within: float = 60.0) -> Told:
    """Run a program until it ends."""
    process = await asyncio.create_subprocess_exec(
        need(program, package),
        *args,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(within):
            out, err = await process.communicate(said)
    except BaseException:
        process.kill()
        await process.wait()
        raise
    return Told(process.returncode or 0, out, err.decode(errors="replace"))


async def curl(*args: str) -> Told:
    return await ran("curl", "curl", "--silent", "--show-error", "--max-time", "30", *args)


@contextlib.asynccontextmanager
async def served(place: str, *faults: str, folder: Path | None = None) -> AsyncIterator[tuple[Endpoint, Faults]]:
    """Our server, with faults that can be lifted."""
    plan = Faults(faults, changes=True)
    contents = [Files(folder)] if folder is not None else []
    accounts = Accounts.from_texts(["ann:loom"]) if place.startswith("ssh") else None
    async with Serving([Endpoint.parse(place)], contents, accounts, authority=AUTHORITY, faults=plan) as serving:
        yield serving.endpoint, plan


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "b.bin").write_bytes(BODY)
    (tmp_path / "site" / "a.txt").write_text("warp and weft\n")
    return tmp_path / "site"


@pytest.fixture
def ca(tmp_path: Path) -> str:
    (tmp_path / "ca.pem").write_bytes(AUTHORITY.certificate_pem)
    return str(tmp_path / "ca.pem")


@pytest.mark.meets(client="curl", protocol="http")
class TestCurl:
    async def test_latency(self, site: Path) -> None:
        async with served("http://127.0.0.1:0", "latency:300ms", folder=site) as (place, plan):
            found = await curl("-w", "%{stderr}%{time_starttransfer}", f"{place}/a.txt")
            assert found.out == b"warp and weft\n"
            assert float(found.err) >= 0.3
            plan.clear()
            quick = await curl("-w", "%{stderr}%{time_starttransfer}", f"{place}/a.txt")
            assert float(quick.err) < float(found.err)

    async def test_bandwidth(self, site: Path) -> None:
        async with served("http://127.0.0.1:0", "bandwidth:1MiB", folder=site) as (place, _):
            found = await curl("-w", "%{stderr}%{time_total}", f"{place}/b.bin")
            assert found.out == BODY
            assert float(found.err) >= 0.9

    async def test_slices(self, site: Path) -> None:
        async with served("http://127.0.0.1:0", "slice:3000:vary=2999:delay=0", folder=site) as (place, _):
            assert (await curl(f"{place}/b.bin")).out == BODY

    @pytest.mark.parametrize(
        ("fault", "codes"),
        [("limit:500", (CUT,)), ("half-close:500", (CUT,)), ("reset:500", RESET), ("reject", RESET)],
    )
    async def test_an_answer_that_breaks_off(self, fault: str, codes: tuple[int, ...], site: Path) -> None:
        async with served("http://127.0.0.1:0", fault, folder=site) as (place, plan):
            found = await curl(f"{place}/b.bin")
            assert found.code in codes, found.err
            assert BODY.startswith(found.out.partition(b"\r\n\r\n")[2])
            assert len(found.out) < 500
            plan.clear()
            assert (await curl(f"{place}/b.bin")).out == BODY

    async def test_silence(self, site: Path) -> None:
        async with served("http://127.0.0.1:0", "stall:500", folder=site) as (place, plan):
            found = await curl("--max-time", "0.5", f"{place}/b.bin")
            assert found.code == SLOW
            assert 0 < len(found.out) < 500
            plan.clear()  # or the server would wait for an answer that it can't get rid of, as long as it may

    async def test_octets_that_differ(self, site: Path) -> None:
        async with served("http://127.0.0.1:0", "corrupt:0.1%:after=5000", folder=site) as (place, _):
            found, again = await curl(f"{place}/b.bin"), await curl(f"{place}/b.bin")
            assert len(found.out) == len(BODY)
            assert 500 < sum(one != other for one, other in zip(found.out, BODY, strict=True)) < 2000
            assert found.out != again.out, "the second is another connection"

    @pytest.mark.parametrize("flaw", ["expired", "early", "name", "untrusted"])
    async def test_a_wrong_certificate(self, flaw: str, site: Path, ca: str) -> None:
        async with served("https://127.0.0.1:0", f"certificate:{flaw}:on=1", folder=site) as (place, _):
            found = await curl("--cacert", ca, f"{place}/a.txt")
            assert found.code == UNTRUSTED, found.err
            assert (await curl("--cacert", ca, f"{place}/a.txt")).out == b"warp and weft\n"

    async def test_a_handshake_that_never_ends(self, site: Path, ca: str) -> None:
        async with served("https://127.0.0.1:0", "handshake", folder=site) as (place, _):
            assert (await curl("--max-time", "0.5", "--cacert", ca, f"{place}/a.txt")).code == SLOW

    async def test_the_first_ones_fail(self, site: Path) -> None:
        async with served("http://127.0.0.1:0", "reject:2", folder=site) as (place, _):
            found = [(await curl(f"{place}/a.txt")).code for _ in range(3)]
            assert [code in RESET for code in found] == [True, True, False]
            assert found[2] == 0
        async with served("http://127.0.0.1:0", "reject:2", folder=site) as (place, _):
            told = await curl("--retry", "2", "--retry-delay", "1", "--retry-all-errors", f"{place}/a.txt")
            assert told.out == b"warp and weft\n"


@pytest.mark.meets(client="openssl s_client", protocol="tls")
class TestOpenSSL:
    async def _looked(self, place: Endpoint, ca: str, within: float = 60.0) -> Told:
        where = ("-connect", f"127.0.0.1:{place.port}", "-verify_hostname", "localhost")
        return await ran("openssl", "openssl", "s_client", *where, "-CAfile", ca, within=within)

    @pytest.mark.parametrize(
        ("flaw", "words"),
        [
            ("expired", "certificate has expired"),
            ("early", "certificate is not yet valid"),
            ("name", "hostname mismatch"),
            ("untrusted", "unable to get local issuer certificate"),
        ],
    )
    async def test_it_names_the_flaw(self, flaw: str, words: str, ca: str) -> None:
        async with served("tls://127.0.0.1:0", f"certificate:{flaw}") as (place, _):
            found = await self._looked(place, ca)
            assert words in found.out.decode().lower() + found.err.lower()

    async def test_hellos_that_nobody_hears(self, ca: str) -> None:
        async with served("tls://127.0.0.1:0", "handshake") as (place, plan):
            with pytest.raises(TimeoutError):
                await self._looked(place, ca, within=0.5)
            plan.clear()
            assert "Verify return code: 0 (ok)" in (await self._looked(place, ca)).out.decode()


@pytest.mark.meets(client="OpenSSH", protocol="ssh")
class TestSSH:
    async def _called(self, place: Endpoint, *options: str) -> Told:
        usual = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes", *options)
        given = [part for option in usual for part in ("-o", option)]
        where = ("-p", str(place.port), "ann@127.0.0.1", "echo loom")
        return await ran("ssh", "openssh-client", "-F", "none", *given, *where)

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            ("reset", "reset"),
            ("limit:100", "closed|reset"),
            ("half-close", "closed"),
            ("corrupt:100%:after=30", ""),
            ("reject", "reset"),
        ],
    )
    async def test_it_says_what_happened(self, fault: str, words: str) -> None:
        async with served("ssh://127.0.0.1:0", fault) as (place, _):
            found = await self._called(place)
            assert found.code == 255
            assert re.search(words, found.err.lower()), found.err

    async def test_silence(self) -> None:
        async with served("ssh://127.0.0.1:0", "stall") as (place, plan):
            found = await self._called(place, "ConnectTimeout=1")
            assert (found.code, "timed out" in found.err) == (255, True), found.err
            plan.clear()
            assert "Permission denied" in (await self._called(place)).err

    async def test_slices(self) -> None:
        async with served("ssh://127.0.0.1:0", "slice:1:delay=0:to=both") as (place, _):
            assert "Permission denied" in (await self._called(place)).err


@pytest.mark.meets(client="lftp", protocol="ftp")
class TestLftp:
    async def _got(self, place: Endpoint, to: Path, *settings: str) -> Told:
        usual = ("net:max-retries 2", "net:reconnect-interval-base 1", "net:timeout 2", "ftp:ssl-allow no", *settings)
        script = "; ".join([*(f"set {each}" for each in usual), f"get {place}/b.bin -o {to}; exit"])
        return await ran("lftp", "lftp", "--norc", "-c", script)

    async def test_it_tries_again_where_a_connection_is_refused(self, site: Path, tmp_path: Path) -> None:
        async with served("ftp://127.0.0.1:0", "reject:1", folder=site) as (place, _):
            found = await self._got(place, tmp_path / "got")
            assert found.code == 0, found.err
            assert (tmp_path / "got").read_bytes() == BODY

    async def test_what_is_slow_arrives(self, site: Path, tmp_path: Path) -> None:
        async with served("ftp://127.0.0.1:0", "latency:20ms", "slice:9000:delay=0", folder=site) as (place, _):
            assert (await self._got(place, tmp_path / "got")).code == 0
            assert (tmp_path / "got").read_bytes() == BODY

    async def test_silence(self, site: Path, tmp_path: Path) -> None:
        async with served("ftp://127.0.0.1:0", "stall", folder=site) as (place, _):
            found = await self._got(place, tmp_path / "got", "net:max-retries 1", "net:timeout 1")
            assert found.code
            assert not (tmp_path / "got").exists() or not (tmp_path / "got").read_bytes()


@pytest.mark.meets(client="mosquitto_pub and _sub", protocol="mqtt")
class TestMosquitto:
    async def _heard(self, place: Endpoint, *more: str) -> Told:
        where = ("-h", "127.0.0.1", "-p", str(place.port), "-t", "a")
        return await ran("mosquitto_sub", "mosquitto-clients", *where, "-C", "1", *more)

    async def test_silence(self) -> None:
        async with served("mqtt://127.0.0.1:0", "stall") as (place, plan):
            found = await self._heard(place, "-W", "1")
            assert found.code
            assert not found.out
            plan.clear()
            hearing = asyncio.ensure_future(self._heard(place, "-W", "20"))
            await self._said(place, hearing)
            assert (await hearing).out == b"loom\n"

    async def test_late(self) -> None:
        async with served("mqtt://127.0.0.1:0", "latency:100ms:to=both", "slice:1:delay=0") as (place, _):
            hearing = asyncio.ensure_future(self._heard(place, "-W", "20"))
            await self._said(place, hearing)
            assert (await hearing).out == b"loom\n"

    async def test_rejected(self) -> None:
        async with served("mqtt://127.0.0.1:0", "reject:1") as (place, _):
            hearing = asyncio.ensure_future(self._heard(place, "-W", "20"))
            await self._said(place, hearing)
            assert (await hearing).out == b"loom\n", "it comes again"

    async def _said(self, place: Endpoint, hearing: asyncio.Future[Told]) -> None:
        """Publish, again and again until it was heard."""
        while not hearing.done():
            where = ("-h", "127.0.0.1", "-p", str(place.port), "-t", "a", "-m", "loom")
            await ran("mosquitto_pub", "mosquitto-clients", *where)


@pytest.mark.meets(client="dig", protocol="dns")
class TestDig:
    async def _asked(self, place: Endpoint, *more: str) -> Told:
        where = ("@127.0.0.1", "-p", str(place.port), "example.test", "SOA")
        return await ran("dig", "bind9-dnsutils", *where, "+time=1", *more)

    async def test_latency(self) -> None:
        async with served("dns://127.0.0.1:0", "latency:200ms") as (place, plan):
            slow = re.search(rb"Query time: (\d+) msec", (await self._asked(place)).out)
            assert slow is not None
            assert int(slow[1]) >= 190
            plan.clear()
            quick = re.search(rb"Query time: (\d+) msec", (await self._asked(place)).out)
            assert quick is not None
            assert int(quick[1]) < int(slow[1])

    async def test_what_is_lost_is_asked_again(self) -> None:
        async with served("dns://127.0.0.1:0", "loss:100%:end=0.5") as (place, plan):
            found = await self._asked(place, "+tries=3")
            assert b"status: NOERROR" in found.out
            assert b"timed out" in found.out
            plan.add("loss:100%")
            lost = await self._asked(place, "+tries=1")
            assert lost.code == 9
            assert b"no servers could be reached" in lost.out

    @pytest.mark.parametrize("fault", ["duplicate", "reorder:wait=10ms", "bandwidth:4KiB"])
    async def test_answers_come_all_the_same(self, fault: str) -> None:
        async with served("dns://127.0.0.1:0", fault) as (place, _):
            assert b"status: NOERROR" in (await self._asked(place)).out

    async def test_over_tcp(self) -> None:
        async with served("dns://127.0.0.1:0", "slice:1:delay=0") as (place, plan):
            assert b"status: NOERROR" in (await self._asked(place, "+tcp")).out
            plan.add("limit:5")
            found = await self._asked(place, "+tcp", "+tries=1")
            assert found.code == 9
            assert b"status: NOERROR" in (await self._asked(place)).out
