"""NETCONF meets others: our client and netconfd, Python's netconf; our server and ncclient, scrapli, yangcli."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import scrapli
from ncclient import manager  # type: ignore[import-untyped]  # it has no types
from ncclient.operations import RPCError  # type: ignore[import-untyped]  # it has no types
from ncclient.transport.errors import SSHError, TransportError  # type: ignore[import-untyped]  # it has no types
from scrapli.netconf import DatastoreType

from netloom.accounts import Account, Accounts
from netloom.contents.shell import Shell
from netloom.endpoint import Endpoint, Secret
from netloom.errors import PeerRefused, Unauthenticated
from netloom.protocols.netconf import requests
from netloom.protocols.netconf.probe import Facts, probe
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from netloom.wire.netconf.messages import BASE
from tests.interop.netconf_peers import OWNER, TOASTER, made_of_netconf, netconfd
from tests.interop.peers import need
from tests.interop.ssh_peers import PASSWORD, USER, Place, told
from tests.links.ssh.conftest import home
from tests.protocols.netconf.scenes import DEVICE, INTERFACES, SYSTEM, contact, interface, system
from tests.protocols.places import body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from netloom.protocols.netconf.dialogue import Dialogue
    from netloom.records import AccessRecord

__all__ = ["home"]
pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("home")]

LOGIN = f"{USER}:{quote(PASSWORD)}@"
TRIES = 6
WAIT = 60
"""Seconds that bound a hang."""


@contextlib.asynccontextmanager
async def client(url: str) -> AsyncIterator[Any]:
    """A client that is looked after; what goes wrong is raised."""

    async def forget(record: object) -> None: ...

    toolbox = Toolbox(forget)
    made = toolbox.attempt(Endpoint.parse(url), 30.0)
    async with made:
        yield made.client
    toolbox.close()
    if made.error is not None:
        raise made.error


async def looked(url: str) -> Facts:
    facts = Facts()
    async with client(url) as one:
        await probe(one, facts)
    return facts


async def chunks(text: str) -> AsyncIterator[bytes]:
    yield text.encode()


def toaster(attributes: str = "") -> str:
    return f'<toaster xmlns="{TOASTER}" xmlns:nc="{BASE}"{attributes}/>'


@pytest.mark.meets(server="netconfd (yuma123)")
class TestOurClientAndNetconfd:
    @pytest.fixture
    def server(self, tmp_path: Path) -> Iterator[Place]:
        with netconfd(tmp_path) as server:
            yield server

    @contextlib.asynccontextmanager
    async def client(self, server: Place, more: str = "", path: str = "") -> AsyncIterator[Any]:
        """Somebody whom netconfd listens to: where a hello and what follows reach it in one piece, it leaves the second
        lying until more comes. Whoever isn't answered comes again."""
        place = f"{OWNER}@127.0.0.1:{server.port}{path}#hostkey=no,identity={server.key}{more}"
        for _ in range(TRIES):
            async with client(f"netconf://{place}") as one:
                dialogue = await one.dialogue()
                try:
                    async with asyncio.timeout(5):
                        await dialogue.ask(requests.operation("<get><filter/></get>"))
                except TimeoutError:
                    continue
                yield one
                return
        pytest.fail(f"netconfd answers nobody in {TRIES} sessions")

    async def test_probe(self, server: Place) -> None:
        facts = Facts()
        async with self.client(server) as one:
            await probe(one, facts)
        assert facts.versions == ("1.0", "1.1")
        assert {"candidate:1.0", "confirmed-commit:1.1", "validate:1.1", "xpath:1.0"} <= set(facts.capabilities)
        assert "toaster" in facts.modules
        assert facts.session is not None
        facts = await looked(f"netconf://127.0.0.1:{server.port}#hostkey=no")
        assert facts.logged_in is False
        assert "publickey" in facts.auth_methods

    @pytest.mark.parametrize("version", ["1.0", "1.1"])
    async def test_a_configuration_is_edited(self, server: Place, version: str) -> None:
        only = f"?filter={quote(f'{{{TOASTER}}}toaster')}"
        async with self.client(server, f",version={version}", f"/running{only}") as one:
            assert await body(await one.get("/running")) == b""
            reply = await one.put("", chunks(toaster()))
            assert reply.meta["target"] == "candidate"
            assert b"<toaster" in await body(await one.get("/running"))
            with pytest.raises(PeerRefused) as caught:
                await one.put("", chunks(toaster(' nc:operation="create"')))
            assert caught.value.code == "data-exists"
            with pytest.raises(PeerRefused) as caught:
                await one.put("", chunks(f'<toaster xmlns="{TOASTER}"><nothing/></toaster>'))
            assert caught.value.code == "unknown-element"
            await one.put("", chunks(toaster(' nc:operation="delete"')))
            with pytest.raises(PeerRefused) as caught:
                await one.put("", chunks(toaster(' nc:operation="delete"')))
            assert caught.value.code == "data-missing"
            if version == "1.1":  # which brought remove
                await one.put("", chunks(toaster(' nc:operation="remove"')))
            assert await body(await one.get("/running")) == b""

    async def test_what_it_can_do(self, server: Place) -> None:
        async with self.client(server) as one:
            entries = [entry async for entry in one.list("")]
            assert "toaster" in [entry.name for entry in entries if entry.kind == "module"]
            schemas = [entry async for entry in one.list("/schemas")]
            assert "get-schema toaster" in [entry.path for entry in schemas]
            assert b"YANG version of the TOASTER-MIB" in await body(await one.run("get-schema toaster"))
            assert b"<data" in await body(await one.run("<get-config><source><running/></source></get-config>"))

    async def test_locks_commits_and_sessions(self, server: Place) -> None:
        async with self.client(server) as one, self.client(server) as two:
            ann, bob = await one.dialogue(), await two.dialogue()

            async def ask(who: Dialogue, command: str) -> None:
                await who.ask(requests.operation(command))

            async def runs() -> bool:
                reply = await bob.ask(requests.operation("get-config running"))
                return any(node.name == "toaster" for node in reply.content[0].children)

            await ask(ann, "lock candidate")
            with pytest.raises(PeerRefused) as caught:
                await ask(bob, "lock candidate")
            assert caught.value.code == "lock-denied"
            await ask(ann, edit(toaster(), "candidate"))
            await ask(ann, "validate candidate")
            await ask(ann, "discard-changes")
            await ask(ann, edit(toaster(), "candidate"))
            await ask(ann, "commit confirmed 30 persist word")
            assert await runs()
            await ask(ann, "cancel-commit persist-id word")
            assert not await runs()
            await ask(ann, edit(toaster(), "candidate"))
            await ask(ann, "commit confirmed 30")
            await ask(ann, "commit")
            assert await runs()
            await ask(ann, "unlock candidate")
            await ask(bob, "lock candidate")
            await ask(bob, f"kill-session {ann.hello.session}")


def edit(config: str, target: str) -> str:
    return f"<edit-config><target><{target}/></target><config>{config}</config></edit-config>"


@pytest.mark.meets(server="netconf (Python)")
class TestOurClientAndNetconf:
    @pytest.fixture
    def url(self, tmp_path: Path) -> Iterator[str]:
        with made_of_netconf(tmp_path) as port:
            yield f"127.0.0.1:{port}"

    async def test_probe(self, url: str) -> None:
        facts = await looked(f"netconf://{LOGIN}{url}#hostkey=no")
        assert (facts.logged_in, facts.versions, facts.capabilities) == (True, ("1.0", "1.1"), ("candidate:1.0",))
        assert facts.software.startswith("paramiko")
        with pytest.raises(Unauthenticated):
            await looked(f"netconf://ann:wrong@{url}#hostkey=no")

    @pytest.mark.parametrize("version", ["1.0", "1.1"])
    async def test_a_configuration(self, url: str, version: str) -> None:
        place = f"{url}/running?filter={quote('{urn:made}system')}"
        async with client(f"netconf://{LOGIN}{place}#hostkey=no,version={version}") as one:
            assert b"made &lt;&amp;&gt; in Python" in await body(await one.get("/running"))
            await one.put("", chunks('<system xmlns="urn:made"><name>]]&gt;]]&gt; Ä</name></system>'))
            assert "<name>]]&gt;]]&gt; Ä</name>".encode() in await body(await one.get("/running"))
            with pytest.raises(PeerRefused) as caught:
                await one.put("", chunks('<other xmlns="urn:made"/>'))
            assert caught.value.code == "invalid-value"
            with pytest.raises(PeerRefused) as caught:
                await one.run("validate candidate")
            assert caught.value.code == "operation-not-supported"

    async def test_locks(self, url: str) -> None:
        place = f"netconf://{LOGIN}{url}#hostkey=no"
        async with client(place) as one, client(place) as two:
            await one.run("lock running")
            with pytest.raises(PeerRefused) as caught:
                await two.run("lock running")
            assert caught.value.code == "lock-denied"
            await one.run("unlock running")
            async with asyncio.timeout(WAIT):  # it answers before it lets go
                while True:
                    with contextlib.suppress(PeerRefused):
                        await two.run("lock running")
                        break


# Our server


class Switch:
    """Our server with a switch, which others talk to."""

    def __init__(self, port: int, shell: Shell, reports: list[AccessRecord]) -> None:
        self.port = port
        self.shell = shell
        self.reports = reports

    def ncclient(self, *capabilities: str) -> Any:
        """A session of ncclient, which speaks only the given versions where there are some."""
        params = {"capabilities": [*capabilities, "urn:ietf:params:netconf:capability:candidate:1.0"]}
        return manager.connect(
            host="127.0.0.1",
            port=self.port,
            username=USER,
            password=PASSWORD,
            hostkey_verify=False,
            allow_agent=False,
            look_for_keys=False,
            timeout=WAIT,
            **({"nc_params": params} if capabilities else {}),
        )

    def scrapli(self) -> Any:
        return scrapli.Netconf(
            "127.0.0.1",
            port=self.port,
            auth_options=scrapli.AuthOptions(username=USER, password=PASSWORD),
            session_options=scrapli.SessionOptions(operation_timeout_s=WAIT),
            transport_options=scrapli.TransportSsh2Options(),
        )


@pytest.fixture
async def switch() -> AsyncIterator[Switch]:
    accounts = Accounts([Account(name=USER, password=Secret(PASSWORD))])
    reports: list[AccessRecord] = []
    shell = Shell("edge", dialect="ios")
    wanted = [Endpoint.parse("netconf://127.0.0.1:0#host_key=none")]
    async with Serving(wanted, [shell], accounts, report=reports.append) as serving:
        yield Switch(serving.endpoint.port or 0, shell, reports)


async def elsewhere(play: Callable[[], object]) -> None:
    """What blocks is done in a thread."""
    await asyncio.to_thread(play)


def refused(act: Callable[[], object]) -> str:
    """The tag with which ncclient is refused."""
    with pytest.raises(RPCError) as caught:
        act()
    return str(caught.value.tag)


def config(text: str) -> str:
    return f'<config xmlns="{BASE}" xmlns:nc="{BASE}">{text}</config>'


@pytest.mark.meets(client="ncclient")
class TestNcclientAndOurServer:
    @pytest.mark.parametrize("version", ["1.0", "1.1"])
    async def test_reading(self, switch: Switch, version: str) -> None:
        def play() -> None:
            with switch.ncclient(f"urn:ietf:params:netconf:base:{version}") as one:
                assert one.connected
                assert ":confirmed-commit" in one.server_capabilities
                assert "<hostname>edge</hostname>" in one.get_config("running").data_xml
                wanted = interface("GigabitEthernet0/1", "<description/>")
                found = one.get_config("running", filter=("subtree", wanted)).data_xml
                assert "<description>uplink</description>" in found
                assert "GigabitEthernet0/2" not in found
                state = one.get(filter=("subtree", f'<interfaces xmlns="{INTERFACES}"/>')).data_xml
                assert "<oper-status>up</oper-status>" in state
                assert refused(lambda: one.get(filter=("xpath", "/system"))) == "bad-attribute"
                assert "module netloom-device" in one.get_schema("netloom-device").data
                assert refused(lambda: one.get_schema("nothing")) == "invalid-value"

        await elsewhere(play)

    async def test_editing(self, switch: Switch) -> None:
        def play() -> None:
            with switch.ncclient() as one:

                def put(text: str, **more: Any) -> None:
                    one.edit_config(config(text), target="running", **more)

                def runs() -> str:
                    return str(one.get_config("running").data_xml)

                entry = '<vlans xmlns="{}"><vlan{}><id>30</id>{}</vlan></vlans>'
                put(contact("merged"))
                assert "<contact>merged</contact>" in runs()
                put(entry.format(DEVICE, ' nc:operation="create"', "<name>voice</name>"))
                again = entry.format(DEVICE, ' nc:operation="create"', "<name>voice</name>")
                assert refused(lambda: put(again)) == "data-exists"
                put(entry.format(DEVICE, ' nc:operation="replace"', "<name>phones</name>"))
                assert "<name>phones</name>" in runs()
                put(entry.format(DEVICE, ' nc:operation="delete"', ""))
                assert refused(lambda: put(entry.format(DEVICE, ' nc:operation="delete"', ""))) == "data-missing"
                put(entry.format(DEVICE, ' nc:operation="remove"', ""))
                assert refused(lambda: put(system("<hostname>a b</hostname>"))) == "invalid-value"
                assert refused(lambda: put(system("<bogus/>"))) == "unknown-element"
                nothing = entry.format(DEVICE, "", "<name>x</name>")
                assert refused(lambda: put(nothing, default_operation="none")) == "data-missing"
                put(contact("not said") + entry.format(DEVICE, ' nc:operation="create"', ""), default_operation="none")
                assert "not said" not in runs()
                assert "<id>30</id>" in runs()
                put(contact("tested"), test_option="test-only")
                assert "tested" not in runs()
                both = contact("half") + f'<vlans xmlns="{DEVICE}"><vlan><id>9999</id></vlan></vlans>'
                assert refused(lambda: put(both, error_option="rollback-on-error")) == "invalid-value"
                assert "half" not in runs()

        await elsewhere(play)

    async def test_datastores_and_locks(self, switch: Switch) -> None:
        def play() -> None:
            with switch.ncclient() as one, switch.ncclient() as two:
                with one.locked("candidate"):
                    assert refused(lambda: two.lock("candidate")) == "lock-denied"
                    assert refused(lambda: two.edit_config(config(contact("x")), target="candidate")) == "in-use"
                    one.edit_config(config(contact("drafted")), target="candidate")
                    one.validate("candidate")
                    one.discard_changes()
                    one.edit_config(config(contact("committed")), target="candidate")
                    one.commit()
                assert "committed" in two.get_config("running").data_xml
                assert "committed" not in two.get_config("startup").data_xml
                two.copy_config(source="running", target="startup")
                assert "committed" in two.get_config("startup").data_xml
                two.delete_config("startup")
                assert refused(lambda: two.get_config("startup")) == "data-missing"
                two.copy_config(source="running", target="startup")

        await elsewhere(play)

    async def test_commits_to_be_confirmed(self, switch: Switch) -> None:
        def play() -> None:
            with switch.ncclient() as one:

                def commit(word: str, **more: Any) -> None:
                    one.edit_config(config(contact(word)), target="candidate")
                    one.commit(confirmed=True, **more)

                commit("kept", timeout="60")
                one.commit()
                commit("taken-back", timeout="60", persist="word")
                assert refused(one.commit) == "in-use"
                one.cancel_commit(persist_id="word")
                assert "kept" in one.get_config("running").data_xml
                commit("extended", timeout="60", persist="word")
            with switch.ncclient() as two:  # and that session has gone
                assert "extended" in two.get_config("running").data_xml
                two.commit(persist_id="word")
                two.edit_config(config(contact("short")), target="candidate")
                two.commit(confirmed=True, timeout="1")
                asyncio.run_coroutine_threadsafe(gone(switch), loop).result(WAIT)
                assert "<contact>extended</contact>" in two.get_config("running").data_xml

        loop = asyncio.get_running_loop()
        await elsewhere(play)
        assert switch.shell.device.running.contact == "extended"

    async def test_sessions(self, switch: Switch) -> None:
        def play() -> None:
            with switch.ncclient() as one:
                two = switch.ncclient()
                two.lock("running")
                one.kill_session(two.session_id)
                end = time.monotonic() + WAIT  # what it asks before it has heard of that is never answered
                while two.connected and time.monotonic() < end:
                    time.sleep(0.01)
                with pytest.raises((TransportError, SSHError)):
                    two.get_config("running")
                one.lock("running")
                assert refused(lambda: one.kill_session(one.session_id)) == "invalid-value"

        await elsewhere(play)

    async def test_notifications(self, switch: Switch) -> None:
        def play() -> None:
            with switch.ncclient() as one, switch.ncclient() as two:
                one.create_subscription()
                two.edit_config(config(contact("told")), target="running")
                told = one.take_notification(timeout=WAIT)
                assert told is not None
                assert "<netconf-config-change" in told.notification_xml
                assert f"<username>{USER}</username>" in told.notification_xml

        await elsewhere(play)


async def gone(switch: Switch) -> None:
    """Until no commit waits for being confirmed."""
    over = asyncio.Event()
    stop = switch.shell.device.watch(lambda _: None if switch.shell.device.pending else over.set())
    if switch.shell.device.pending is not None:
        await over.wait()
    stop()


@pytest.mark.meets(client="scrapli")
async def test_scrapli_and_our_server(switch: Switch) -> None:
    def play() -> None:
        with switch.scrapli() as one:
            assert one.session_id >= 1
            found = one.get_config(filter_=f'<system xmlns="{SYSTEM}"/>')
            assert not found.failed
            assert "<hostname>edge</hostname>" in found.result
            assert not one.lock(target=DatastoreType.CANDIDATE).failed
            assert not one.edit_config(config=config(contact("by scrapli")), target=DatastoreType.CANDIDATE).failed
            # Its own validate has the capability's name for a namespace, where RFC 6241 §8.6.4.1 has the protocol's
            assert not one.raw_rpc("<validate><source><candidate/></source></validate>").failed
            assert not one.commit().failed
            assert not one.unlock(target=DatastoreType.CANDIDATE).failed
            assert not one.copy_config(source=DatastoreType.RUNNING, target=DatastoreType.STARTUP).failed
            wrong = one.edit_config(config=config(system("<bogus/>")), target=DatastoreType.RUNNING)
            assert "unknown-element" in wrong.result
            assert "by scrapli" in one.get_config(source=DatastoreType.STARTUP).result

    await elsewhere(play)
    assert [one.verb for one in switch.reports if one.verb == "COMMIT"] == ["COMMIT"]


@pytest.mark.meets(client="yangcli (yuma123)")
async def test_yangcli_and_our_server(switch: Switch, tmp_path: Path) -> None:
    """It stays in its own folder, and reads the modules that the server gives away."""
    script = tmp_path / "script"
    script.write_text("get-config source=running\nlock target=candidate\ndiscard-changes\nunlock target=candidate\n")
    status, out, complaints = await told(
        need("yangcli", "yangcli"), "--server=127.0.0.1", f"--ncport={switch.port}", f"--user={USER}",
        f"--password={PASSWORD}", "--batch-mode", f"--run-script={script}", f"--yuma-home={tmp_path}",
    )  # fmt: skip
    assert status == 0, (out, complaints)
    assert b"hostname edge" in out
    assert [one.status for one in switch.reports if one.verb in ("LOCK", "DISCARD-CHANGES", "UNLOCK")] == ["ok"] * 3
