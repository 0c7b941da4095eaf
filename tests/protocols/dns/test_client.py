"""DNS: the client's verbs with our server, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.zone import Zone
from netloom.endpoint import Endpoint
from netloom.errors import PeerRefused, Status, UsageError
from netloom.links.virtual import run
from tests.protocols.dns.lab import ZONE, client, memory, served
from tests.worlds import record, records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

KEY = "bG9vbWxvb21sb29tbG9vbQ=="


def with_server(work: Callable[[Any, Endpoint], Awaitable[Any]], **fields: Any) -> Any:
    """Do something on a network with our server in it."""

    async def main() -> Any:
        network = memory()
        async with served(network, **fields) as (endpoint, _):
            return await work(network, endpoint)

    return run(main())


def get(place: str, **fields: Any) -> Any:
    return with_server(lambda network, endpoint: record(network, "get", f"{endpoint}{place}"), **fields)


async def body(text: str) -> AsyncIterator[bytes]:
    yield text.encode()


def put(place: str, text: str, **fields: Any) -> Any:
    """What an update brings."""

    async def work(network: Any, endpoint: Endpoint) -> Any:
        async with client(network, f"{endpoint}{place}") as made:
            return (await made.put("", body(text))).value

    return with_server(work, **fields)


class TestGet:
    def test_sections_and_parts(self) -> None:
        found = get("/example.test?type=MX")
        assert found.status is Status.SUCCESS
        assert found.value["answers"] == [
            {
                "name": "example.test.", "type": "MX", "ttl": 300, "data": "10 mail.example.test.", "class": "IN",
                "preference": 10, "exchange": "mail.example.test.",
            }
        ]  # fmt: skip
        assert found.value["additional"][0]["data"] == "192.0.2.25"
        assert found.value["flags"] == ["aa", "rd"]
        assert found.meta["transport"] == "udp"

    def test_several_types_are_one_value(self) -> None:
        found = get("/www.example.test?type=A,AAAA,A")
        assert [answer["data"] for answer in found.value["answers"]] == ["192.0.2.80", "2001:db8::80"]

    def test_a_large_answer_comes_over_tcp(self) -> None:
        found = get("/many.example.test")
        assert len(found.value["answers"]) == 200
        assert found.meta == {"transport": "tcp", "size": found.meta["size"], "truncated": True}

    @pytest.mark.parametrize(("place", "code"), [("/nope.example.test", "NXDOMAIN"), ("/example.org", "REFUSED")])
    def test_refusals(self, place: str, code: str) -> None:
        found = get(place)
        assert found.status is Status.REFUSED_BY_PEER
        assert code in found.message

    def test_a_name_without_such_data_is_no_refusal(self) -> None:
        found = get("/www.example.test?type=MX")
        assert found.status is Status.SUCCESS
        assert found.value["answers"] == []
        assert found.value["authority"][0]["type"] == "SOA"

    def test_a_transfer_is_a_list(self) -> None:
        with pytest.raises(UsageError, match="list"):
            get("/example.test?type=AXFR")

    def test_another_path_than_the_endpoints(self) -> None:
        async def work(network: Any, endpoint: Endpoint) -> Any:
            async with client(network, endpoint) as made:
                return [(await made.get(path)).value for path in ("/www.example.test", "mail.example.test")]

        first, second = with_server(work)
        assert first["answers"][0]["data"] == "192.0.2.80"
        assert second["answers"][0]["data"] == "192.0.2.25"


class TestList:
    def test_a_whole_zone(self) -> None:
        async def work(network: Any, endpoint: Endpoint) -> Any:
            return await records(network, "list", f"{endpoint}/example.test")

        found = with_server(work)
        assert found[-1].status is Status.SUCCESS
        entries = [each.entry for each in found[:-1]]
        assert entries[0].kind == "SOA"
        assert sum(entry.kind == "SOA" for entry in entries) == 1
        assert sum(entry.name == "many.example.test." for entry in entries) == 200
        assert {entry.name for entry in entries} >= {"www.example.test.", "alias.example.test."}

    def test_from_a_serial_on(self) -> None:
        async def work(network: Any, endpoint: Endpoint) -> Any:
            same = await records(network, "list", f"{endpoint}/example.test?type=IXFR&serial=7")
            older = await records(network, "list", f"{endpoint}/example.test?type=IXFR&serial=6")
            return len(same), len(older)

        same, older = with_server(work)
        assert same == 2  # the SOA, and the end
        assert older > 200

    @pytest.mark.parametrize(
        ("url", "place", "code"),
        [
            ("dns://127.0.0.1:53", "/example.org", "NOTAUTH"),
            ("dns://127.0.0.1:53#transfer=accounts", "/example.test", "REFUSED"),
        ],
    )
    def test_refusals(self, url: str, place: str, code: str) -> None:
        async def work(network: Any, endpoint: Endpoint) -> Any:
            return await record(network, "list", f"{endpoint}{place}")

        found = with_server(work, url=url)
        assert found.status is Status.REFUSED_BY_PEER
        assert code in found.message


class TestPut:
    def test_an_update_is_there_at_once(self) -> None:
        zone = Zone(ZONE)
        value = put("/example.test", "add new.example.test 60 A 192.0.2.9\ndelete www.example.test AAAA", zone=zone)
        assert value == {"zone": "example.test.", "changes": 2}
        assert zone.lookup("new.example.test.", "A").answer
        assert not zone.lookup("www.example.test.", "AAAA").answer
        assert zone.serial == 8

    def test_a_large_one_goes_over_tcp(self) -> None:
        zone = Zone(ZONE)
        lines = "\n".join(f"add host{number}.example.test 60 A 192.0.2.9" for number in range(100))
        assert put("/example.test", lines, zone=zone)["changes"] == 100
        assert zone.lookup("host99.example.test.", "A").answer

    def test_a_condition_that_does_not_hold(self) -> None:
        with pytest.raises(PeerRefused) as caught:
            put("/example.test", "prereq nxdomain www.example.test\nadd www.example.test 60 A 192.0.2.9")
        assert caught.value.code == "YXDOMAIN"

    @pytest.mark.parametrize("text", ["", "nonsense", "add a 1 A x", "\x00", "add example.test 60 A"])
    def test_what_says_nothing_is_not_sent(self, text: str) -> None:
        with pytest.raises(UsageError):
            put("/example.test", text)

    @pytest.mark.parametrize(
        ("who", "may"), [("accounts", False), ("nobody", False), ("anyone", True), ("loopback", True)]
    )
    def test_who_may(self, who: str, may: bool) -> None:
        line = "add new.example.test 60 A 192.0.2.9"
        url = f"dns://127.0.0.1:53#update={who}"
        if may:
            assert put("/example.test", line, url=url)
        else:
            with pytest.raises(PeerRefused) as caught:
                put("/example.test", line, url=url)
            assert caught.value.code == "REFUSED"


class TestKeys:
    CLOSED = "dns://127.0.0.1:53#update=accounts,transfer=accounts"
    ACCOUNTS = (f"ann:{KEY}", f"bob:{KEY}:read")

    def signed(self, who: str, work: Callable[[Any, Endpoint], Awaitable[Any]]) -> Any:
        async def inside(network: Any, endpoint: Endpoint) -> Any:
            return await work(network, Endpoint.parse(f"dns://{who}@{endpoint.authority}/example.test"))

        return with_server(inside, url=self.CLOSED, accounts=self.ACCOUNTS)

    def test_a_signed_question_and_its_answer(self) -> None:
        found = self.signed(f"ann:{KEY}", lambda network, target: record(network, "probe", target))
        assert found.status is Status.SUCCESS
        assert KEY not in repr(found)

    def test_a_reader_may_transfer_and_not_update(self) -> None:
        entries = self.signed(f"bob:{KEY}", lambda network, target: records(network, "list", target))
        assert entries[-1].status is Status.SUCCESS
        assert len(entries) > 200

        async def update(network: Any, target: Endpoint) -> Any:
            async with client(network, target) as made:
                return (await made.put("", body("add new.example.test 60 A 192.0.2.9"))).value

        with pytest.raises(PeerRefused) as caught:
            self.signed(f"bob:{KEY}", update)
        assert caught.value.code == "REFUSED"
        assert self.signed(f"ann:{KEY}", update)["changes"] == 1

    @pytest.mark.parametrize(("who", "code"), [(f"eve:{KEY}", "BADKEY"), ("ann:YmFkYmFkYmFkYmFk", "BADSIG")])
    def test_a_wrong_key(self, who: str, code: str) -> None:
        found = self.signed(who, lambda network, target: record(network, "probe", target))
        assert found.status is Status.UNAUTHENTICATED
        assert code in found.message

    def test_a_key_without_a_secret(self) -> None:
        with pytest.raises(UsageError, match="secret"):
            self.signed("ann", lambda network, target: record(network, "probe", target))
