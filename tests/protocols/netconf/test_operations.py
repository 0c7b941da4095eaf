"""NETCONF's operations on the switch, as a client sees them."""

from __future__ import annotations

import asyncio

import pytest

from netloom.contents.shell import Shell
from netloom.errors import NetloomError, PeerRefused, Unauthenticated
from netloom.protocols.netconf.models.modules import MONITORING
from netloom.wire.netconf.messages import BASE
from tests.protocols.netconf.conftest import URL
from tests.protocols.netconf.scenes import DEVICE, INTERFACES, IP, Session, contact, edit, interface, system
from tests.protocols.places import Places, places

GI3 = "GigabitEthernet0/3"


async def refused(session: Session, command: str) -> tuple[str, str]:
    """The tag and the words with which an operation is refused."""
    with pytest.raises(PeerRefused) as caught:
        await session(command)
    return str(caught.value.code), caught.value.message


class TestReading:
    async def test_a_datastore(self, place: Places) -> None:
        ann = await Session.of(place)
        for store in ("running", "candidate", "startup"):
            assert await ann.value("system", "hostname", store=store) == "edge"
        reply = await ann("get-config running")
        assert reply.content[0].find("netconf-state") is None

    async def test_state_as_well(self, place: Places) -> None:
        ann = await Session.of(place)
        data = (await ann("get")).content[0]
        assert data.value("system-state", "platform", "os-name") == "IOS"
        found = next(data.find("interfaces").all("interface"))  # type: ignore[union-attr]  # there are some
        assert (found.value("name"), found.value("oper-status")) == ("GigabitEthernet0/1", "up")
        assert int(found.value("statistics", "in-octets")) >= 0
        state = data.find("netconf-state", MONITORING)
        assert state is not None
        assert state.value("sessions", "session", "username") == "ann"
        assert state.value("schemas", "schema", "identifier") == "netloom-device"

    async def test_a_part(self, place: Places) -> None:
        ann = await Session.of(place)
        wanted = interface("GigabitEthernet0/1", "<description/>")
        reply = await ann(
            f'<get-config><source><running/></source><filter type="subtree">{wanted}</filter></get-config>'
        )
        assert str(reply.content[0].children[0]) == (
            f'<interfaces xmlns="{INTERFACES}"><interface><name>GigabitEthernet0/1</name>'
            "<description>uplink</description></interface></interfaces>"
        )
        assert (await refused(ann, '<get><filter type="xpath" select="/"/></get>'))[0] == "bad-attribute"

    async def test_schemas(self, place: Places) -> None:
        ann = await Session.of(place)
        reply = await ann("get-schema netloom-device")
        assert reply.content[0].text.startswith("module netloom-device {")
        for command in ("get-schema nothing", "get-schema ietf-system", "get-schema netloom-device 1999-01-01"):
            assert (await refused(ann, command))[0] == "invalid-value"
        other = (
            f'<get-schema xmlns="{MONITORING}"><identifier>netloom-device</identifier><format>yin</format></get-schema>'
        )
        assert (await refused(ann, other))[0] == "invalid-value"


class TestEditing:
    async def test_what_is_edited_runs(self, place: Places, shell: Shell) -> None:
        ann = await Session.of(place)
        address = f'<ipv4 xmlns="{IP}"><address><ip>10.0.0.1</ip><prefix-length>24</prefix-length></address></ipv4>'
        reply = await ann.edit(
            interface(GI3, f"<description>by netconf</description><enabled>false</enabled>{address}")
        )
        assert reply.is_ok
        found = shell.device.running.interfaces[GI3]
        assert (found.description, found.enabled, found.addresses) == ("by netconf", False, ("10.0.0.1/24",))
        await ann.edit(interface(GI3, "", ' nc:operation="delete"'))
        assert not shell.device.running.interfaces[GI3].addresses

    async def test_users_vlans_and_routes(self, place: Places, shell: Shell) -> None:
        ann = await Session.of(place)
        user = f'<user><name>bob</name><password>$0$hello</password><level xmlns="{DEVICE}">15</level></user>'
        await ann.edit(system(f"<authentication>{user}</authentication>"))
        await ann.edit(
            f'<vlans xmlns="{DEVICE}"><vlan><id>30</id><name>thirty</name></vlan><vlan><id>31</id></vlan></vlans>'
        )
        await ann.edit(interface(GI3, f'<access-vlan xmlns="{DEVICE}">30</access-vlan>'))
        found = shell.device.running
        assert found.users["bob"].password.startswith("$6$")
        assert (found.users["bob"].level, found.vlans[30], found.vlans[31]) == (15, "thirty", "VLAN0031")
        assert found.interfaces[GI3].vlan == 30

    @pytest.mark.parametrize(
        ("config", "tag"),
        [
            (system("<bogus/>"), "unknown-element"),
            ('<x xmlns="urn:nobody"/>', "unknown-namespace"),
            (system("<hostname>a b</hostname>"), "invalid-value"),
            (system("<location>" + "x" * 300 + "</location>"), "invalid-value"),
            (system('<contact nc:operation="create">x</contact>'), "data-exists"),
            (system('<ntp><server nc:operation="delete"><name>x</name></server></ntp>'), "data-missing"),
            (system("<ntp><server><name>x</name></server></ntp>"), "missing-element"),
            (system("<dns-resolver><search>a.b</search><search>c.d</search></dns-resolver>"), "invalid-value"),
            (
                system("<authentication><user><name>x</name><password>plain</password></user></authentication>"),
                "invalid-value",
            ),
            (interface("Bogus0", "<enabled>true</enabled>"), "invalid-value"),
            (interface("Loopback7", ""), "missing-element"),
            (interface(GI3, "<enabled>maybe</enabled>"), "invalid-value"),
            (interface(GI3, "<type>softwareLoopback</type>"), "invalid-value"),
            (interface(GI3, f'<access-vlan xmlns="{DEVICE}">77</access-vlan>'), "invalid-value"),
            (interface(GI3, f'<access-vlan xmlns="{DEVICE}">x</access-vlan>'), "invalid-value"),
            (interface(GI3, f'<ipv4 xmlns="{IP}"><address><ip>10.0.0.1</ip></address></ipv4>'), "missing-element"),
            (
                interface(
                    GI3, f'<ipv4 xmlns="{IP}"><address><ip>::1</ip><prefix-length>64</prefix-length></address></ipv4>'
                ),
                "invalid-value",
            ),
        ],
    )
    async def test_what_is_wrong_is_named_and_nothing_changes(
        self, place: Places, shell: Shell, config: str, tag: str
    ) -> None:
        ann = await Session.of(place)
        before = shell.device.running
        found, words = await refused(ann, edit(config))
        assert found == tag, words
        assert shell.device.running is before

    async def test_default_operations(self, place: Places, shell: Shell) -> None:
        ann = await Session.of(place)
        await ann.edit(contact("new"), more="<default-operation>none</default-operation>")
        assert shell.device.running.contact == "noc@example.net"
        await ann.edit(system("<hostname>core</hostname>"), more="<default-operation>replace</default-operation>")
        found = shell.device.running
        assert (found.hostname, found.contact, found.routes) == ("core", "", ())
        assert len(found.interfaces) == len(shell.device.hardware.ports)

    async def test_options(self, place: Places, shell: Shell) -> None:
        ann = await Session.of(place)
        await ann.edit(contact("x"), more="<test-option>test-only</test-option>")
        assert shell.device.running.contact == "noc@example.net"
        wrong = interface(GI3, f'<access-vlan xmlns="{DEVICE}">77</access-vlan>')
        assert (await refused(ann, edit(wrong, more="<test-option>test-only</test-option>")))[0] == "invalid-value"
        await ann.edit(wrong, "candidate", "<test-option>set</test-option>")
        assert (await refused(ann, "validate candidate"))[0] == "invalid-value"
        both = contact("kept") + system("<bogus/>")
        with pytest.raises(PeerRefused, match="unknown-element"):
            await ann.edit(both, more="<error-option>continue-on-error</error-option>")
        assert shell.device.running.contact == "kept"
        with pytest.raises(PeerRefused):
            await ann.edit(contact("lost") + system("<bogus/>"), more="<error-option>rollback-on-error</error-option>")
        assert shell.device.running.contact == "kept"
        for bad in (
            "<default-operation>x</default-operation>",
            "<test-option>x</test-option>",
            "<error-option>x</error-option>",
        ):
            assert (await refused(ann, edit(contact("x"), more=bad)))[0] == "bad-element"

    async def test_the_operation_itself(self, place: Places) -> None:
        ann = await Session.of(place)
        for command, tag in (
            ("<edit-config><target><startup/></target><config/></edit-config>", "operation-not-supported"),
            ("<edit-config><target><bogus/></target><config/></edit-config>", "bad-element"),
            ("<edit-config><config/></edit-config>", "missing-element"),
            ("<edit-config><target><running/></target></edit-config>", "missing-element"),
            ("<bogus/>", "operation-not-supported"),
            ('<get xmlns="urn:other"/>', "operation-not-supported"),
            ("<get-config/>", "missing-element"),
        ):
            assert (await refused(ann, command))[0] == tag, command


class TestDatastores:
    async def test_copies(self, place: Places, shell: Shell) -> None:
        ann = await Session.of(place)
        await ann.edit(contact("new"))
        await ann("copy-config running startup")
        assert shell.device.startup is not None
        assert shell.device.startup.contact == "new"
        config = f'<config xmlns="{BASE}">{system("<hostname>inline</hostname>")}</config>'
        await ann(f"<copy-config><target><candidate/></target><source>{config}</source></copy-config>")
        assert shell.device.candidate.hostname == "inline"
        assert (await refused(ann, "copy-config running running"))[0] == "invalid-value"
        await ann("delete-config startup")
        assert (await refused(ann, "get-config startup"))[0] == "data-missing"
        await ann("copy-config running startup")
        assert await ann.value("system", "contact", store="startup") == "new"
        assert (await refused(ann, "delete-config running"))[0] == "operation-not-supported"

    async def test_validation(self, place: Places) -> None:
        ann = await Session.of(place)
        await ann("validate running")
        config = f'<config xmlns="{BASE}">{system("<hostname>a b</hostname>")}</config>'
        assert (await refused(ann, f"<validate><source>{config}</source></validate>"))[0] == "invalid-value"

    async def test_a_candidate(self, place: Places, shell: Shell) -> None:
        ann = await Session.of(place)
        await ann.edit(contact("new"), "candidate")
        assert shell.device.running.contact == "noc@example.net"
        await ann("discard-changes")
        assert await ann.value("system", "contact", store="candidate") == "noc@example.net"
        await ann.edit(contact("new"), "candidate")
        await ann("commit")
        assert shell.device.running.contact == "new"


class TestLocks:
    async def test_others_are_told_who_has_it(self, place: Places) -> None:
        ann, bob = await Session.of(place), await Session.of(place, "bob")
        await ann("lock running")
        for command, tag in (("lock running", "lock-denied"), (edit(contact("x")), "in-use")):
            with pytest.raises(PeerRefused) as caught:
                await bob(command)
            assert (caught.value.code, f"session {ann.dialogue.hello.session}" in caught.value.message) == (tag, True)
        assert (await refused(bob, "unlock running"))[0] == "operation-failed"
        state = (await bob("get")).content[0].find("netconf-state")
        assert state is not None
        stores = list(state.find("datastores").all("datastore"))  # type: ignore[union-attr]  # there are some
        held = {one.value("name"): one.value("locks", "global-lock", "locked-by-session") for one in stores}
        assert held == {"running": str(ann.dialogue.hello.session), "candidate": "", "startup": ""}
        await ann("unlock running")
        await bob("lock running")

    async def test_they_end_with_the_session(self, place: Places) -> None:
        ann, bob = await Session.of(place), await Session.of(place, "bob")
        await ann("lock candidate")
        await ann.edit(contact("lost"), "candidate")
        await ann("close-session")
        await bob("lock candidate")
        assert await bob.value("system", "contact", store="candidate") == "noc@example.net"

    async def test_one_of_the_command_line_has_the_number_0(self, place: Places, shell: Shell) -> None:
        device = shell.device
        device.lock(device.enter("cy", "ssh"), "running")
        with pytest.raises(PeerRefused, match="locked by cy"):
            await (await Session.of(place))("lock running")


class TestRights:
    async def test_who_may_only_read(self, place: Places, shell: Shell) -> None:
        eve = await Session.of(place, "eve")
        assert await eve.value("system", "hostname") == "edge"
        for command in (
            edit(contact("x")), edit(contact("x"), "candidate"), "lock running", "commit", "discard-changes",
            "copy-config running startup", "delete-config startup", "cancel-commit",
            edit(contact("x"), more="<test-option>test-only</test-option>"),
        ):  # fmt: skip
            with pytest.raises(Unauthenticated, match="access-denied"):
                await eve(command)
        assert shell.device.running.contact == "noc@example.net"

    async def test_without_accounts_anybody_reads(self) -> None:
        async with places(URL, contents=[Shell("edge")]) as place:
            client = place.client("netconf")
            session = Session(await client.dialogue())
            assert await session.value("system", "hostname") == "edge"
            with pytest.raises(Unauthenticated):
                await session.edit(contact("x"))


class TestSessions:
    async def test_one_is_killed(self, place: Places, shell: Shell) -> None:
        ann, bob = await Session.of(place), await Session.of(place, "bob")
        await bob("lock running")
        assert (await refused(ann, f"kill-session {ann.dialogue.hello.session}"))[0] == "invalid-value"
        assert (await refused(ann, "kill-session 99"))[0] == "invalid-value"
        ends: list[str] = []
        shell.device.watch(lambda change: ends.append(change.detail) if change.kind == "session-end" else None)
        await ann(f"kill-session {bob.dialogue.hello.session}")
        assert not shell.device.locks, "what it held is free at once (RFC 6241 §7.9)"
        await ann("lock running")
        with pytest.raises(NetloomError):
            await bob("get")
        cy = await Session.of(place)
        await cy("close-session")
        await (await Session.of(place)).dialogue.stream.write_eof()
        while len(ends) < 3:  # noqa: ASYNC110  # another's work
            await asyncio.sleep(0)
        assert ends == ["killed", "closed", "dropped"]

    async def test_readers_kill_nobody_elses(self, place: Places) -> None:
        ann, eve = await Session.of(place), await Session.of(place, "eve")
        with pytest.raises(Unauthenticated):
            await eve(f"kill-session {ann.dialogue.hello.session}")
        await ann("get")

    async def test_a_command_line_is_not(self, place: Places, shell: Shell) -> None:
        cy = shell.device.enter("cy", "ssh")
        assert (await refused(await Session.of(place), f"kill-session {cy.number}"))[0] == "invalid-value"


CONFIRMED = "<commit><confirmed/><confirm-timeout>{}</confirm-timeout>{}</commit>"


class TestConfirmedCommits:
    """How time passes is the device's own matter: tests/contents/shell/test_device.py."""

    async def test_one_that_is_not_is_taken_back(self, place: Places, shell: Shell) -> None:
        ann = await Session.of(place)
        await ann.edit(contact("new"), "candidate")
        await ann(CONFIRMED.format(5, ""))
        assert await ann.value("system", "contact") == "new"
        assert shell.device.pending is not None
        assert 4 < shell.device.pending.until - shell.device.clock() < 6
        shell.device._time_is_up()
        assert await ann.value("system", "contact") == "noc@example.net"

    async def test_one_that_is(self, place: Places) -> None:
        ann, bob = await Session.of(place), await Session.of(place, "bob")
        await ann.edit(contact("new"), "candidate")
        await ann("commit confirmed 60 persist word")
        assert (await refused(bob, "commit"))[0] == "in-use"
        assert (await refused(bob, "commit persist-id other"))[0] == "invalid-value"
        await ann("close-session")
        await bob("commit persist-id word")
        assert await bob.value("system", "contact") == "new"

    @pytest.mark.parametrize("end", ["cancel-commit", "close-session"])
    async def test_it_is_cancelled_or_ends_with_its_session(self, place: Places, shell: Shell, end: str) -> None:
        ann = await Session.of(place)
        await ann.edit(contact("new"), "candidate")
        await ann("commit confirmed")
        assert shell.device.running.contact == "new"
        await ann(end)
        while shell.device.pending:  # noqa: ASYNC110  # another's work
            await asyncio.sleep(0)
        assert shell.device.running.contact == "noc@example.net"

    async def test_what_is_wrong(self, place: Places) -> None:
        ann = await Session.of(place)
        assert (await refused(ann, "cancel-commit"))[0] == "invalid-value"
        for bad in ("0", "x", "-1", "99999999999"):
            assert (await refused(ann, CONFIRMED.format(bad, "")))[0] == "invalid-value"
        assert (await refused(ann, "<commit><persist>x</persist></commit>"))[0] == "bad-element"
        long = f"<persist>{'x' * 257}</persist>"
        assert (await refused(ann, CONFIRMED.format("60", long)))[0] == "too-big"
