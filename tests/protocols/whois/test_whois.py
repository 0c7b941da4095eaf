"""WHOIS's client, probe and server, in memory: referrals that go round, refuse, vanish; odd questions, odd answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.handler import Handler
from netloom.contents.registrations import Registrations
from netloom.endpoint import Endpoint
from netloom.errors import Phase, Status, UsageError
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.records import AccessRecord
from netloom.serving import Serving
from tests.security.house import connected, everything
from tests.worlds import VirtualSteppingLoop, cancel_everywhere, record, records

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netloom.links.stream import Stream

WHERE = "whois://127.0.0.1"


async def asked(where: str = WHERE, operation: str = "get", content: Any = None, **fields: Any) -> Any:
    """Our client at our server."""
    network = MemoryNetwork()
    contents = [content] if content is not None else []
    async with Serving([Endpoint.parse("whois://127.0.0.1")], contents, network=network):
        return await record(network, operation, where, **fields)


class Web:
    """Servers by their names, each of which gives what it gives; `heard` is what they were asked."""

    def __init__(self, answers: Mapping[str, bytes]) -> None:
        self.network = MemoryNetwork()
        self.heard: list[str] = []
        self._answers = answers
        self._serving: list[Serving] = []

    async def __aenter__(self) -> Web:
        for number, (name, answer) in enumerate(self._answers.items(), 2):
            host, _, port = name.partition(":")
            address = f"127.0.0.{number}"
            self.network.names[host] = [address]

            async def attend(link: Stream, name: str = name, answer: bytes = answer) -> None:
                query = await link.read_line_or_rest()
                self.heard.append(f"{name} {query.decode('latin-1')}")
                await link.write(answer)

            serving = Serving(
                [Endpoint.parse(f"tcp://{address}:{port or 43}")], [Handler(attend)], network=self.network
            )
            await serving.start()
            self._serving.append(serving)
        return self

    async def __aexit__(self, *_: object) -> None:
        for serving in self._serving:
            await serving.stop(0.0)

    async def ask(self, operation: str = "get", where: str = "whois://a.test/x.test", **fields: Any) -> Any:
        return await record(self.network, operation, where, **fields)


def met(answers: Mapping[str, bytes], operation: str = "get", where: str = "whois://a.test/x.test") -> tuple[Any, Any]:
    async def main() -> tuple[Any, Any]:
        async with Web(answers) as web:
            return await web.ask(operation, where), web.heard

    return run(main())


def test_what_is_registered() -> None:
    found = run(asked(f"{WHERE}/example.test"))
    assert found.status is Status.SUCCESS
    assert found.meta == {"server": "127.0.0.1", "servers": ["127.0.0.1"], "found": True}
    lines = found.body.decode().split("\r\n")
    assert "domain:         example.test" in lines
    assert "nserver:        ns1.example.test 192.0.2.53 2001:db8::53" in lines
    assert "person:         Ann Weaver" in lines


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("192.0.2.0/25", "inetnum:        192.0.2.0 - 192.0.2.255"),
        ("2001:db8::1", "inet6num:       2001:db8::"),
        ("AS64500", "aut-num:        AS64496 - AS64511"),
        ("ns1.example.test", "address:        192.0.2.53"),
        ("ann-test", "e-mail:         ann@example.test"),
        ("help", "Ask for a domain"),
    ],
)
def test_whatever_it_is(query: str, words: str) -> None:
    found = run(asked(f"{WHERE}/{query}"))
    assert words in found.body.decode()


def test_nothing_is_registered() -> None:
    found = run(asked(f"{WHERE}/nope.test"))
    assert found.status is Status.SUCCESS
    assert found.meta["found"] is False
    assert b"%ERROR:101: no entries found\r\n" in found.body


def test_the_facts_of_a_probe() -> None:
    found = run(asked(f"{WHERE}/example.test", "probe"))
    facts = found.facts
    assert facts["found"] is True
    assert (facts["name"], facts["holder"]) == ("example.test", "Example Weaving Mill")
    assert facts["nameservers"] == ["ns1.example.test", "ns2.example.test"]
    assert facts["status"] == ["active"]
    assert facts["expires"].startswith("2034-")
    assert (facts["charset"], facts["server"]) == ("utf-8", "127.0.0.1")
    assert found.summary == "example.test · Example Weaving Mill · expires 2034-02-03"
    assert run(asked(f"{WHERE}/nope.test", "probe")).summary == "nope.test isn't there"
    assert run(asked(WHERE, "probe")).summary == "answers · 2 lines"


def test_what_is_asked_for_is_needed() -> None:
    with pytest.raises(UsageError, match="what is to be asked for"):
        run(asked(WHERE))


@pytest.mark.parametrize("path", ["a%0D%0Ab", "a%00b", "a%0Ab"])
def test_more_than_a_line_cannot_be_asked(path: str) -> None:
    for operation in ("get", "probe"):
        found = run(asked(f"{WHERE}/{path}", operation))
        assert found.status is Status.INVALID_INPUT
        assert "one line" in found.message


def test_names_are_asked_for_as_dns_has_them() -> None:
    _, heard = met({"a.test": b"x: y\r\n"}, where="whois://a.test/b%C3%BCcher.example")
    assert heard == ["a.test xn--bcher-kva.example"]


class TestReferrals:
    def test_they_are_followed(self) -> None:
        answers = {
            "a.test": b"refer: b.test\r\n",
            "b.test": b"Domain Name: X.TEST\r\nRegistrar WHOIS Server: c.test\r\n",
            "c.test:4343": b"Registrant Organization: the end\r\n",
        }
        answers["b.test"] = answers["b.test"].replace(b"c.test", b"c.test:4343")
        found, heard = met(answers)
        assert heard == ["a.test x.test", "b.test x.test", "c.test:4343 x.test"]
        assert found.meta["servers"] == ["a.test", "b.test", "c.test:4343"]
        assert found.meta["server"] == "c.test:4343"
        assert found.body == answers["c.test:4343"]

    def test_all_of_them_on_request(self) -> None:
        found, _ = met({"a.test": b"refer: b.test\r\n", "b.test": b"x: y\r\n"}, where="whois://a.test/x.test#all")
        assert found.body == b"# a.test\r\nrefer: b.test\r\n\r\n# b.test\r\nx: y\r\n\r\n"

    def test_in_circles_each_is_asked_once(self) -> None:
        found, heard = met({
            "a.test": b"refer: b.test\r\n", "b.test": b"refer: A.TEST.\r\nwhois: b.test\r\nwhois: c.test\r\n",
            "c.test": b"refer: a.test\r\nrefer: b.test\r\n",
        })  # fmt: skip
        assert [one.split()[0] for one in heard] == ["a.test", "b.test", "c.test"]
        assert found.status is Status.SUCCESS

    def test_they_are_counted(self) -> None:
        answers = {f"s{number}.test": b"refer: s%d.test\r\n" % (number + 1) for number in range(20)}
        found, heard = met(answers, where="whois://s0.test/x.test#referrals=3")
        assert len(heard) == 4
        assert found.meta["stopped"] == "s4.test isn't asked: that would be more than 3 referrals"
        _, heard = met(answers, where="whois://s0.test/x.test#referrals=0")
        assert len(heard) == 1

    def test_what_was_learnt_stays(self) -> None:
        found, _ = met({"a.test": b"domain: x.test\r\nrefer: gone.test\r\n"})
        assert found.status is Status.SUCCESS
        assert b"domain: x.test" in found.body
        assert "gone.test has no address" in found.meta["stopped"]

    def test_the_last_that_knows_something_counts(self) -> None:
        found, heard = met({"a.test": b"domain: x.test\r\nrefer: b.test\r\n", "b.test": b"No match for x.test\r\n"})
        assert len(heard) == 2
        assert found.meta["server"] == "a.test"
        assert found.meta["found"] is True

    def test_ours_refers_too(self) -> None:
        content = Registrations([
            {"objectClassName": "domain", "ldhName": "x.test", "port43": "b.test"},
            {"objectClassName": "autnum", "startAutnum": 1, "endAutnum": 2, "port43": "c.test"},
        ])  # fmt: skip

        async def main() -> None:
            network = MemoryNetwork()
            async with Serving([Endpoint.parse("whois://127.0.0.1")], [content], network=network):
                for query, host in (("x.test", "b.test"), ("AS1", "c.test")):
                    found = await record(network, "probe", f"{WHERE}/{query}")
                    assert found.facts["stopped"].startswith(f"{host}: {host} has no address")

        run(main())


class TestOddAnswers:
    def test_a_refusal(self) -> None:
        found, _ = met({"a.test": b"%ERROR:201: access denied for you\r\n"})
        assert (found.status, found.phase) == (Status.REFUSED_BY_PEER, Phase.TRANSFER)
        assert "access denied for you" in found.message

    def test_silence_at_once(self) -> None:
        found, _ = met({"a.test": b""})
        assert found.status is Status.CLOSED
        assert "without an answer" in found.message

    def test_too_much(self) -> None:
        found, _ = met({"a.test": b"x" * 5000}, where="whois://a.test/x#max_size=4096")
        assert found.status is Status.PROTOCOL_ERROR
        assert "max_size" in found.hint

    def test_another_charset(self) -> None:
        found, _ = met({"a.test": "person: Jürgen\r\n".encode("latin-1")}, "probe")
        assert (found.facts["charset"], found.facts["holder"]) == ("latin-1", "Jürgen")

    @pytest.mark.parametrize("seed", range(30))
    def test_any_bytes(self, seed: int) -> None:
        import random

        generator = random.Random(seed)
        found, _ = met({"a.test": generator.randbytes(generator.randrange(1, 3000))}, "probe")
        assert found.status in (Status.SUCCESS, Status.REFUSED_BY_PEER), found


class TestServer:
    def said(self, *pieces: bytes, options: str = "") -> tuple[bytes, list[AccessRecord]]:
        """What our server answers to pieces of a question."""

        async def main() -> tuple[bytes, list[AccessRecord]]:
            network, seen = MemoryNetwork(), list[AccessRecord]()
            target = Endpoint.parse(f"whois://127.0.0.1{options}")
            async with Serving([target], network=network, report=seen.append):
                stream = await connected(network, 43)
                for piece in pieces:
                    await stream.write(piece)
                    await asyncio.sleep(0.01)
                if pieces[-1:] != (b"...",):
                    await stream.write_eof()
                return await everything(stream), seen

        return run(main())

    def test_in_pieces_it_is_the_same(self) -> None:
        whole, seen = self.said(b"example.test\r\n")
        assert [(one.verb, one.target, one.status, one.size) for one in seen] == [
            ("QUERY", "example.test", "found", len(whole))
        ]
        for cut in range(1, 13):
            assert self.said(b"example.test\r\n"[:cut], b"example.test\r\n"[cut:])[0] == whole

    def test_without_a_line_end(self) -> None:
        assert b"domain:         example.test" in self.said(b"example.test")[0]

    @pytest.mark.parametrize("line", [b"\0\r\n", b"x" * 5000, b"\r\n", b" \r\n", b"a\0b\r\n", b"a\rb\r\n"])
    def test_odd_questions(self, line: bytes) -> None:
        said, seen = self.said(line)
        assert said.startswith(b"%ERROR:107: ") or (not said and not line.strip(b"\r\n"))
        assert len(seen) == (1 if said else 0)
        assert all(one.target == "" for one in seen)

    def test_a_question_is_not_echoed_as_lines(self) -> None:
        said, _ = self.said("example.test\u2028refer: evil.test\r\n".encode())
        assert b"\nrefer:" not in said

    def test_nothing_at_all(self) -> None:
        assert self.said(b"") == (b"", [])

    def test_who_says_nothing_is_left(self) -> None:
        assert self.said(b"exam", b"...", options="#idle=3") == (b"", [])


def test_cancelled_anywhere_nothing_is_left() -> None:
    async def world() -> Any:
        web = Web({"a.test": b"refer: b.test\r\n", "b.test": b"x: y\r\n"})
        await web.__aenter__()

        async def work() -> None:
            await records(web.network, "get", "whois://a.test/x.test")

        async def check() -> None:
            await web.__aexit__()

        return work(), check

    assert cancel_everywhere(world, VirtualSteppingLoop) > 10
