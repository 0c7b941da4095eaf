"""NETCONF's verbs against our own server, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from netloom.errors import PeerRefused, Unauthenticated, UsageError
from tests.protocols.netconf.scenes import INTERFACES, contact
from tests.protocols.places import Places, body, pieces

if TYPE_CHECKING:
    from typing import Any

    from netloom.contents.shell import Shell


def client(place: Places, user: str = "ann", path: str = "", options: str = "") -> Any:
    return place.client("netconf", path, user=f"{user}:secret", options=options)


class TestGet:
    async def test_a_datastore(self, place: Places) -> None:
        text = await body(await client(place).get("/running"))
        assert text.startswith(b'<system xmlns="urn:ietf:params:xml:ns:yang:ietf-system">\n <contact>')
        assert b"oper-status" not in text
        assert b"oper-status" in await body(await client(place).get(""))
        with pytest.raises(UsageError, match="no datastore 'bogus'"):
            await client(place).get("/bogus")

    async def test_a_part(self, place: Places) -> None:
        inner = "<interface><name>GigabitEthernet0/2</name><description/></interface>"
        wanted = f'<interfaces xmlns="{INTERFACES}">{inner}</interfaces>'
        for query in (
            "?filter=interfaces/interface[name=GigabitEthernet0/2]/description",
            "?filter=interfaces/interface[name='GigabitEthernet0/2']/description",
            f"?filter=%7B{INTERFACES}%7Dinterfaces/interface[name=GigabitEthernet0/2]/description",
            f"?filter={quote(wanted)}",
        ):
            one = client(place, path=f"/running{query}")
            assert (await body(await one.get("/running"))).split() == (
                f'<interfaces xmlns="{INTERFACES}"> <interface> <name>GigabitEthernet0/2</name> '
                "<description>desk 2</description> </interface> </interfaces>"
            ).encode().split()

    @pytest.mark.parametrize(
        "query", ["?x=1", "?filter=bogus", "?filter=<a>", "?filter=//", "?filter=a[b", "?filter=1a"]
    )
    async def test_filters_that_are_none(self, place: Places, query: str) -> None:
        with pytest.raises(UsageError):
            await client(place, path=f"/running{query}").get("/running")


class TestPut:
    async def test_it_is_committed(self, place: Places, shell: Shell) -> None:
        reply = await client(place).put("", pieces(contact("a").encode()))
        assert (reply.meta, shell.device.running.contact) == ({"target": "candidate"}, "a")
        assert not shell.device.locks
        verbs = [report.verb for report in place.reports]
        assert verbs == ["LOGIN", "LOCK", "EDIT-CONFIG", "COMMIT", "UNLOCK"]

    async def test_what_a_get_gave_can_be_put(self, place: Places, shell: Shell) -> None:
        before = shell.device.running
        one = client(place)
        text = await body(await one.get("/running"))
        await one.put("/running", pieces(text[:100], text[100:]))
        await client(place, options="default_operation=replace").put(
            "/candidate", pieces(b"<config>" + text + b"</config>")
        )
        assert shell.device.running == before

    async def test_what_fails_is_undone(self, place: Places, shell: Shell) -> None:
        for config in (contact("x" * 300), contact("a") + "<bogus/>"):
            with pytest.raises(PeerRefused):
                await client(place).put("", pieces(config.encode()))
            assert not shell.device.locks
            assert not shell.device.is_edited
        with pytest.raises(UsageError, match="what is put isn't understood"):
            await client(place).put("", pieces(b"<a>"))

    async def test_without_committing(self, place: Places, shell: Shell) -> None:
        await client(place, options="commit=no,lock=no").put("/candidate", pieces(contact("a").encode()))
        assert (shell.device.running.contact, shell.device.candidate.contact) == ("noc@example.net", "a")

    async def test_only_looking_whether_it_could_be(self, place: Places, shell: Shell) -> None:
        await client(place, options="test_option=test-only").put("", pieces(contact("a").encode()))
        assert shell.device.candidate.contact == "noc@example.net"

    async def test_one_to_be_confirmed(self, place: Places, shell: Shell) -> None:
        for options in ("confirm=60", "confirm=60,persist=word"):
            target = "/candidate" if "persist" not in options else "/running"
            with pytest.raises(UsageError, match="has a name"):
                await client(place, options=options).put(target, pieces(contact("a").encode()))
        one = client(place, options="confirm=60,persist=word")
        await one.put("", pieces(contact("a").encode()))
        await one.close()
        assert shell.device.pending is not None
        await client(place, "bob").run("commit persist-id word")
        assert [shell.device.pending, shell.device.running.contact] == [None, "a"]

    async def test_who_may_only_read(self, place: Places) -> None:
        with pytest.raises(Unauthenticated):
            await client(place, "eve").put("/running", pieces(contact("a").encode()))


class TestList:
    async def test_what_it_can(self, place: Places) -> None:
        found = {entry.name: entry async for entry in client(place).list("/")}
        assert found["candidate:1.0"].kind == "capability"
        assert found["ietf-interfaces"].kind == "module"
        assert found["ietf-interfaces"].value == {"revision": "2018-02-20", "namespace": INTERFACES}

    async def test_schemas(self, place: Places) -> None:
        found = [(entry.name, entry.kind, entry.path) async for entry in client(place).list("/schemas")]
        assert found == [("netloom-device", "schema", "get-schema netloom-device")]


class TestRun:
    async def test_by_name_and_as_xml(self, place: Places) -> None:
        one = client(place)
        assert await body(await one.run("validate running")) == b""
        assert b"<hostname>edge</hostname>" in await body(await one.run("get-config running"))
        assert (await body(await one.run("get-schema netloom-device"))).startswith(b"module netloom-device {\n")
        assert b"<data" in await body(await one.run('<?xml version="1.0"?><rpc message-id="9"><get/></rpc>'))
        await one.run("close-session")
        assert await body(await one.run("validate running")) == b""

    async def test_what_is_refused(self, place: Places) -> None:
        with pytest.raises(PeerRefused) as caught:
            await client(place).run("unlock running")
        assert (caught.value.code, caught.value.text) == ("operation-failed", "running isn't locked by this session")


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_one_version_only(place: Places, version: str) -> None:
    one = client(place, options=f"version={version}")
    assert b"edge" in await body(await one.get("/running"))
    assert (await one.dialogue())._reader.chunked is (version == "1.1")
