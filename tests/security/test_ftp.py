"""FTP: nobody leaves the tree, aims data at others, takes another's data, or is heard where TLS was agreed on."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import random
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.files import Files, Limits
from netloom.errors import NetloomError, Status
from netloom.links.virtual import run as virtual
from netloom.protocols.ftp.probe import Facts, probe
from netloom.wire.ftp import addresses
from tests.fuzzing import mutate
from tests.protocols.ftp.lab import ANN, BOB, PASSWORD, PLAIN, Lab, Raw, body, client, connect
from tests.security.house import STRANGER, House, everything, peer, record
from tests.security.parsers.ftp import COMMANDS, FACTS, LISTING, REPLIES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from netloom.links.stream import Stream
    from netloom.protocols.ftp.client import Client
    from tests.worlds import Certificates

SECRET = b"c4n4ry-outside"
CANARY = "c4n4ry-ftp"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """`served`, and around it what isn't to be seen."""
    served = tmp_path / "served"
    (served / "inner").mkdir(parents=True)
    (served / "a.txt").write_bytes(b"inside")
    for place in ("secret", "served-too/secret", "folder/secret"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_bytes(SECRET)
    return served


def outside(tree: Path) -> dict[str, tuple[bytes, int]]:
    """Everything around the tree: bytes and modes."""
    return {
        str(path): (path.read_bytes() if path.is_file() else b"", path.lstat().st_mode)
        for path in tree.parent.rglob("*")
        if path != tree and tree not in path.parents
    }


ASKED = (
    b"CWD %s", b"SIZE %s", b"MDTM %s", b"MLST %s", b"STAT %s", b"STAT -a %s", b"DELE %s", b"RMD %s", b"MKD %s",
    b"RNFR %s\r\nRNTO /stolen", b"RNFR /a.txt\r\nRNTO %s", b"SITE CHMOD 777 %s", b"SITE SYMLINK %s /stolen",
    b"MFMT 20200101000000 %s",
)  # fmt: skip
TRANSFERS = (b"RETR", b"LIST", b"LIST -la", b"NLST", b"MLSD", b"STOR", b"APPE", b"STOU")


async def tried(raw: Raw, path: bytes) -> bytes:
    """Everything that comes back from everything that a path may be given to."""
    heard = b""
    for form in ASKED:
        for line in (form % path).split(b"\r\n"):
            await raw.send(line + b"\r\n")
            heard += "\n".join((await raw.reply()).lines).encode("utf-8", "surrogateescape")
        await raw.say("CWD /")
    for verb in TRANSFERS:
        data = await raw.passive()
        await raw.send(verb + b" " + path + b"\r\n")
        reply = await raw.reply()
        heard += reply.text.encode("utf-8", "surrogateescape")
        if reply.preliminary:
            if verb in (b"STOR", b"APPE", b"STOU"):
                await data.write(b"evil")
                await data.write_eof()
            heard += await everything(data)
            heard += (await raw.reply()).text.encode()
        data.abort()
    return heard


UP = [b"..", b"%2e%2e", b"...", b".. ", b"\xc0\xae\xc0\xae", b"\xef\xbc\x8e\xef\xbc\x8e", b"..\\..", b"~root", b"..;"]
PATHS = [
    *(b"/" + up + b"/secret" for up in UP), *(b"/inner/" + up + b"/" + up + b"/secret" for up in UP),
    b"../secret", b"../../../../../../../../etc/passwd", b"/../served-too/secret", b"//etc/passwd", b"/etc/passwd",
    b"/a.txt/../../secret", b"./../secret", b"inner/../../secret", b"/..", b"..\\secret", b"~/../secret", b"~",
    b"a.txt|cat", b"|id", b"`id`", b"$(id)", b"-R ..", b"-la ../", b"../*", b"/../*", b"*/../../*", b"\xff\xff",
    b"/" * 5000, b"x" * 5000, b"/" + b"x/" * 500, b" ", b"inner/ ../../secret", b"file:///etc/passwd",
]  # fmt: skip


class TestTheTree:
    @pytest.mark.parametrize("path", PATHS, ids=lambda path: repr(path[:30]))
    async def test_no_spelling_leads_out(self, path: bytes, tree: Path) -> None:
        before = outside(tree)
        async with Lab(PLAIN, ANN, content=Files(tree)) as lab:
            heard = await tried(await lab.ann(), path)
            for word in (SECRET, b"root:", b"served-too", str(tree).encode()):
                assert word in path or word not in heard
        assert outside(tree) == before

    async def test_nor_does_one_after_the_other(self, tree: Path) -> None:
        async with Lab(PLAIN, ANN, content=Files(tree)) as lab:
            raw = await lab.ann()
            assert await raw.codes("CWD inner", "CDUP", "CDUP", "CWD ..", "CWD ../..") == [250, 250, 250, 250, 250]
            assert (await raw.say("PWD")).text.startswith('"/"')
            codes, listed = await raw.get("NLST")
            assert (codes, listed) == ([150, 226], b"a.txt\r\ninner\r\n")

    @pytest.mark.parametrize(
        "path",
        [
            "absolute", "relative", "folder", "folder/secret", "folder/new", "up/secret", "up", "up/new",
            "root/etc/passwd", "twice", "inner/deep", "loop", "dangling", "inner/../up/secret", "*/secret", "fold*",
        ],
    )  # fmt: skip
    async def test_no_link_leads_out(self, path: str, tree: Path) -> None:
        for name, to in {
            "absolute": tree.parent / "secret", "relative": "../secret", "folder": tree.parent / "folder", "up": "..",
            "root": "/", "twice": "absolute", "inner/deep": "../../secret", "loop": "loop",
            "dangling": tree.parent / "new",
        }.items():  # fmt: skip
            (tree / name).symlink_to(str(to))
        before = outside(tree)
        async with Lab(PLAIN, ANN, content=Files(tree)) as lab:
            heard = await tried(await lab.ann(), path.encode())
            for word in (SECRET, b"root:", b"served-too"):
                assert word not in heard
        assert outside(tree) == before

    @pytest.mark.parametrize("kind", ["fifo", "device"])
    async def test_what_is_no_file_is_not_opened(self, kind: str, tree: Path) -> None:
        if kind == "fifo":
            os.mkfifo(tree / "odd")
        else:
            (tree / "odd").symlink_to("/dev/zero")
        async with asyncio.timeout(20), Lab(PLAIN, ANN, content=Files(tree)) as lab:
            raw = await lab.ann()
            for command in ("RETR odd", "STOR odd", "APPE odd"):
                assert await raw.put(command, b"evil") == [550]


@pytest.mark.parametrize("who", ["nobody", "anybody", "reader"])
async def test_nothing_is_changed_without_the_right(who: str) -> None:
    async with Lab(PLAIN, ANN, BOB, files={"a.txt": b"former", "b/c": b""}) as lab:
        raw = await lab.raw() if who == "nobody" else await lab.anybody() if who == "anybody" else await lab.raw()
        if who == "reader":
            await raw.login("bob", "b0b")
        for path in ("/a.txt", "/b", "/new", "/b/c"):
            for form in ASKED:
                for line in (form % path.encode()).decode().split("\r\n"):
                    await raw.say(line)
            for verb in ("STOR", "APPE", "STOU"):
                if who == "nobody":
                    assert (await raw.say(f"{verb} {path}")).code == 530
                else:
                    assert await raw.put(f"{verb} {path}", b"evil") == [550]
        assert await lab.read("/a.txt") == b"former"
        assert [entry.name for entry in await lab.files.list("/")] == ["a.txt", "b"]
        assert [entry.name for entry in await lab.files.list("/b")] == ["c"]


# Data connections

OTHERS = ["192.0.2.1", "10.0.0.1", "127.0.0.2", "0.0.0.0", "255.255.255.255", STRANGER]


class TestBounce:
    """RFC 2577 §3: what is sent can't be aimed at others, nor at services of the client's own machine."""

    @pytest.mark.parametrize("host", OTHERS)
    @pytest.mark.parametrize("verb", ["PORT", "EPRT"])
    async def test_nobody_else_is_connected_to(self, verb: str, host: str) -> None:
        async with Lab(PLAIN, ANN) as lab:
            raw = await lab.ann()
            refused = await raw.say(aimed(verb, host, 5000))
            assert refused.code == 504
            assert "another host" in refused.text
            assert (await raw.say("RETR hello.txt")).code == 425
            assert [access.verb for access in lab.access if access.status == "504"] == [verb]

    @pytest.mark.parametrize("port", [1, 22, 25, 80, 1023])
    @pytest.mark.parametrize("verb", ["PORT", "EPRT"])
    async def test_nor_a_service(self, verb: str, port: int) -> None:
        async with Lab(PLAIN, ANN) as lab:
            raw = await lab.ann()
            assert (await raw.say(aimed(verb, "127.0.0.1", port))).code == 504
            assert (await raw.say("RETR hello.txt")).code == 425

    @pytest.mark.parametrize("form", ["|2|::ffff:192.0.2.1|5000|", "|2|::1|5000|", "|2|fe80::1|5000|"])
    async def test_nor_by_another_familys_name(self, form: str) -> None:
        async with Lab(PLAIN, ANN) as lab:
            raw = await lab.ann()
            assert (await raw.say(f"EPRT {form}")).code in (501, 504, 522)
            assert (await raw.say("RETR hello.txt")).code == 425

    async def test_what_was_prepared_before_does_not_stay(self) -> None:
        """A refusal leaves nothing that a later transfer would use."""
        async with Lab(PLAIN, ANN) as lab:
            raw = await lab.ann()
            assert (await raw.say("EPSV")).code == 229
            assert (await raw.say(aimed("PORT", "192.0.2.1", 5000))).code == 504
            assert (await raw.say("RETR hello.txt")).code == 425

    @pytest.mark.parametrize("host", ["192.0.2.1", "127.0.0.2"])
    async def test_nor_is_our_client_led_elsewhere(self, host: str) -> None:
        """227 may name any address: data is fetched from where the dialogue is."""
        asked: list[str] = []

        async def handle(link: Stream) -> None:
            await link.write(b"220 FTP\r\n")
            while line := (await link.read_line()).decode().rstrip():
                asked.append(line)
                told = addresses.emit_port(host, 5000)
                answers = {"USER": 230, "TYPE": 200, "SIZE": 550, "EPSV": 500, "PASV": 227, "QUIT": 221}
                code = answers.get(line[:4], 500)
                await link.write(f"{code} ({told})\r\n".encode())

        async with peer(handle) as house:
            found = await record(house.network, "get", f"ftp://127.0.0.1:{house.port}/a#tls=never")
            assert "PASV" in asked
            assert found.status is Status.REFUSED, found
            assert host not in found.message
            assert "127.0.0.1:5000" in found.message


def aimed(verb: str, host: str, port: int) -> str:
    told = addresses.emit_port(host, port) if verb == "PORT" else addresses.emit_extended_port(host, port)
    return f"{verb} {told}"


class TestTheft:
    """Whoever is first at the port of a passive transfer could take it, or put something in its place."""

    @pytest.mark.parametrize("verb", ["RETR", "STOR"])
    def test_another_host_gets_nothing(self, verb: str) -> None:
        async def main() -> None:
            async with Lab(PLAIN, ANN) as lab:
                raw = await lab.ann()
                reply = await raw.say("EPSV")
                port = addresses.parse_extended_passive(reply.text)
                thief = await as_stranger(lab, port)
                await raw.send(f"{verb} hello.txt\r\n".encode())
                with contextlib.suppress(NetloomError):
                    await thief.write(b"evil")
                assert await everything(thief) == b""
                data = await connect(lab.network, port)
                assert (await raw.reply()).code == 150
                if verb == "STOR":
                    await data.write(b"good")
                    await data.write_eof()
                said = await everything(data)
                assert (await raw.reply()).code == 226
                assert said == (await lab.read("hello.txt") if verb == "RETR" else b"")
                if verb == "STOR":
                    assert await lab.read("hello.txt") == b"good"

        virtual(main())

    async def test_ports_are_not_told_in_order(self) -> None:
        """One who sees one of them doesn't know the next."""
        async with Lab(f"{PLAIN},passive_ports=40000-60000", ANN) as lab:
            raw = await lab.ann()
            ports = [addresses.parse_extended_passive((await raw.say("EPSV")).text) for _ in range(12)]
            steps = [second - first for first, second in itertools.pairwise(ports)]
            assert len(set(steps)) > 6

    async def test_a_port_is_for_one_transfer(self) -> None:
        async with Lab(PLAIN, ANN) as lab:
            raw = await lab.ann()
            port = addresses.parse_extended_passive((await raw.say("EPSV")).text)
            data = await connect(lab.network, port)
            with pytest.raises(NetloomError):
                await connect(lab.network, port)
            assert (await raw.say("RETR hello.txt")).code == 150
            await everything(data)
            assert (await raw.reply()).code == 226
            with pytest.raises(NetloomError):
                await connect(lab.network, port)


async def as_stranger(lab: Lab, port: int) -> Stream:
    """A connection to a port from another host."""
    network = lab.network
    own = network._own

    def elsewhere(family: Any) -> Any:
        return family, (STRANGER, own(family)[1][1])

    network._own = elsewhere  # type: ignore[method-assign]  # for this one connection
    try:
        return await connect(network, port)
    finally:
        network._own = own  # type: ignore[method-assign]


# TLS


@pytest.mark.parametrize("extra", [b"USER eve\r\n", b"PASS x\r\n", b"R", b"\0"])
async def test_what_is_injected_before_the_handshake_is_refused(extra: bytes, certificates: Certificates) -> None:
    """CVE-2011-0411 at the server."""
    async with House(f"ftp://127.0.0.1:0#cert={certificates.good}", accounts=[f"ann:{CANARY}"]) as house:
        stream = await house.raw()
        await stream.read_line()
        await stream.write(b"AUTH TLS\r\n" + extra)
        heard = await everything(stream)
        assert heard.startswith(b"534 ")
        assert b"331" not in heard


def answering(answer: bytes, then: bytes = b"") -> Any:
    async def handle(link: Stream) -> None:
        await link.write(b"220 FTP\r\n")
        if (await link.read_line()).startswith(b"AUTH"):
            await link.write(answer)
        if not answer:
            return
        if then:
            await link.write(then)
        while await link.read_line():
            await link.write(b"331 and?\r\n")

    return handle


FAILURES = {
    "454": answering(b"454 not now\r\n"), "500": answering(b"500 what?\r\n"), "200": answering(b"200 ok\r\n"),
    "334": answering(b"334 x\r\n"), "no handshake": answering(b"234 go\r\n", b"331 who needs TLS\r\n"),
    "alert": answering(b"234 go\r\n", b"\x15\x03\x03\0\2\2\x28"), "closed": answering(b""),
}  # fmt: skip


@pytest.mark.parametrize("handle", FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("mode", ["starttls", "try", ""])
def test_after_a_failed_auth_no_password_is_said_in_the_clear(mode: str, handle: Any) -> None:
    """With `try`, or where nothing is asked for, an honest no goes on without TLS on this machine alone."""

    async def main() -> None:
        async with peer(handle) as house:
            options = f"#tls={mode},sni=localhost" if mode else "#sni=localhost"
            target = f"ftp://ann:{CANARY}@127.0.0.1:{house.port}/a{options}"
            found = await record(house.network, "get", target, deadline=5.0)
            assert found.status not in (Status.SUCCESS, Status.INVALID_INPUT)
            assert CANARY not in repr(found)
            refused = handle in (FAILURES["454"], FAILURES["500"], FAILURES["200"], FAILURES["334"])
            if mode == "starttls" or not refused:
                assert CANARY.encode() not in house.sent
                assert b"USER" not in house.sent

    virtual(main())


@pytest.mark.parametrize("flaw", ["expired", "self_signed", "wrong_name", "unknown_issuer"])
@pytest.mark.parametrize("scheme", ["ftp", "ftps"])
def test_nor_to_a_server_that_is_not_who_it_should_be(flaw: str, scheme: str, certificates: Certificates) -> None:
    async def main() -> None:
        url = f"{scheme}://127.0.0.1:0#cert={getattr(certificates, flaw)}"
        async with House(url, accounts=[f"ann:{CANARY}"]) as house:
            target = f"{scheme}://ann:{CANARY}@127.0.0.1:{house.port}/hello.txt#ca={certificates.ca},sni=localhost"
            found = await record(house.network, "get", target)
            assert found.status is Status.TLS_ERROR
            assert not house.asked()

    virtual(main())


@pytest.mark.parametrize("password", [CANARY, f"{CANARY}-wrong"], ids=["right", "wrong"])
async def test_a_password_is_told_to_nobody(password: str, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    """Neither in records, nor in logs, nor in what is shown of the dialogue; a recording of TLS hasn't it either."""
    taken = tmp_path / "taken.pcapng"
    with caplog.at_level(logging.DEBUG):
        async with House("ftp://127.0.0.1:0", accounts=[f"ann:{CANARY}"]) as house:
            place = f"ftp://ann:{password}@127.0.0.1:{house.port}/hello.txt"
            plain = await record(house.network, "get", f"{place}#tls=never")
            secured = await record(house.network, "get", f"{place}#tls=starttls,verify=no", record=str(taken))
            probed = await record(house.network, "probe", f"{place}#tls=never")
            assert {plain.status, secured.status} == {Status.SUCCESS if password == CANARY else Status.UNAUTHENTICATED}
            assert [access.status for access in house.access if access.verb == "LOGIN"]
            told = repr((plain, secured, probed, house.access)) + caplog.text
            assert CANARY not in told
    assert CANARY.encode() not in taken.read_bytes()


# Bytes of every kind, at every stage

STAGES = {
    "at once": b"",
    "named": b"USER ann\r\n",
    "in": f"USER ann\r\nPASS {PASSWORD}\r\n".encode(),
    "waiting": f"USER ann\r\nPASS {PASSWORD}\r\nEPSV\r\n".encode(),
    "transferring": f"USER ann\r\nPASS {PASSWORD}\r\nEPSV\r\nRETR hello.txt\r\n".encode(),
    "renaming": f"USER ann\r\nPASS {PASSWORD}\r\nRNFR hello.txt\r\n".encode(),
    "half a line": b"USER an",
}


@pytest.mark.parametrize("stage", STAGES)
def test_the_server_bears_anything(stage: str, caplog: pytest.LogCaptureFixture) -> None:
    generator = random.Random(stage)

    async def main() -> None:
        content = Files(files={"hello.txt": b"warp and weft\n"}, limits=Limits(file=10_000, total=100_000))
        async with Lab(PLAIN, ANN, content=content) as lab:
            for number in range(120):
                stream = await connect(lab.network, lab.port)
                said = (
                    generator.randbytes(200)
                    if number % 6 == 0
                    else b"".join(mutate(generator, COMMANDS) for _ in range(6))
                )
                with contextlib.suppress(NetloomError):
                    await stream.write(STAGES[stage] + said)
                    await stream.write_eof()
                await everything(stream)
                stream.abort()
            raw = await lab.ann()
            assert (await raw.get("RETR hello.txt"))[0] in ([150, 226], [550])
            assert (await raw.say("QUIT")).code == 221

    with caplog.at_level(logging.ERROR):
        virtual(main())
    assert not caplog.records


def cuts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    for at in range(1, len(data)):
        yield data[:at], data[at:]


async def test_cutting_changes_nothing() -> None:
    """What is said to the server in two pieces is answered as in one."""
    said = f"USER ann\r\nPASS {PASSWORD}\r\n".encode()
    said += (
        b"PWD\r\nSIZE a\r\nTYPE I\r\nSIZE a\r\nMLST a\r\nRNFR a\r\nRNTO b\r\nODD\r\nNOOP x\r\nEPRT |3|x|1|\r\nQUIT\r\n"
    )
    found = set()
    for first, second in [(said, b""), *cuts(said)]:
        async with Lab(PLAIN, ANN, files={"a": b"x"}) as lab:
            stream = await connect(lab.network, lab.port)
            await stream.write(first)
            for _ in range(3):
                await asyncio.sleep(0)
            if second:
                await stream.write(second)
            heard = await everything(stream)
            found.add(b"\r\n".join(line for line in heard.split(b"\r\n") if b"modify=" not in line))
    assert len(found) == 1


@pytest.mark.parametrize("verb", ["get", "put", "list", "probe"])
def test_the_client_bears_anything(verb: str) -> None:
    """Replies that are bent, at any step, and data that is none."""
    generator = random.Random(verb)
    fine = {
        "USER": b"331 and?\r\n", "PASS": b"230 in\r\n", "TYPE": b"200 ok\r\n", "SIZE": b"213 5\r\n", "FEAT": REPLIES[5],
        "MDTM": b"213 20261121033848\r\n", "EPSV": b"229 (|||40000|)\r\n", "SYST": b"215 UNIX\r\n", "PWD": REPLIES[3],
        "RETR": b"150 go\r\n226 done\r\n", "STOR": b"150 go\r\n226 done\r\n", "MLSD": b"150 go\r\n226 done\r\n",
        "LIST": b"150 go\r\n226 done\r\n", "OPTS": b"200 ok\r\n", "QUIT": b"221 bye\r\n",
    }  # fmt: skip

    async def dialogue(link: Stream) -> None:
        with contextlib.suppress(NetloomError):
            await link.write(mutate(generator, [b"220 FTP\r\n"]) if generator.random() < 0.1 else b"220 FTP\r\n")
            while line := await link.read_line():
                asked = line.decode("latin-1").split()
                said = fine.get(asked[0] if asked else "", b"500 no\r\n")
                await link.write(mutate(generator, [said, *REPLIES]) if generator.random() < 0.15 else said)
        link.abort()

    async def data(link: Stream) -> None:
        with contextlib.suppress(NetloomError):
            await link.write(mutate(generator, [*FACTS, *LISTING, b"hello"]) + b"\r\n")
            await link.write_eof()
            await everything(link)
        link.abort()

    async def act(made: Client) -> None:
        if verb == "get":
            async for _ in (await made.get("")).chunks():
                pass
        elif verb == "put":
            await made.put("", body(b"warp", b"weft"))
        elif verb == "list":
            async for _ in made.list(""):
                pass
        else:
            await probe(made, Facts())
        await made.close()

    async def main() -> None:
        statuses = set()
        async with peer(dialogue) as house, peer(data, network=house.network) as other:
            fine["EPSV"] = f"229 (|||{other.port}|)\r\n".encode()
            for _ in range(200):
                made, dial = client(house.network, f"ftp://127.0.0.1:{house.port}/a#tls=never,idle=5")
                try:
                    await act(made)
                except NetloomError as error:
                    statuses.add(error.status)
                finally:
                    await dial.close()
        assert statuses <= {
            Status.PROTOCOL_ERROR, Status.REFUSED_BY_PEER, Status.UNAUTHENTICATED, Status.TIMEOUT, Status.CLOSED,
            Status.REFUSED,
        }  # fmt: skip
        assert Status.PROTOCOL_ERROR in statuses

    virtual(main())
