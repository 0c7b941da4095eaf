"""The simulated device: one configuration, its datastores, locks, commits and what it counts."""

from __future__ import annotations

import asyncio
import random
import string
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from netloom.contents import Forbidden, NotFound
from netloom.contents.shell.device import SESSIONS, Busy, Change, Config, ConfigError, Device, Session, config, crypt
from netloom.contents.shell.device import hardware as makes
from netloom.contents.shell.device.config import Interface, check
from netloom.contents.shell.device.example import example
from netloom.contents.shell.device.state import Traffic
from netloom.links import virtual

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Seconds that somebody turns on."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def device(clock: Clock) -> Device:
    return Device(makes.IOS, example(makes.IOS, "edge"), clock=clock)


def named(name: str) -> Callable[[Config], Config]:
    return lambda found: replace(found, hostname=name)


class TestDatastores:
    def test_what_is_edited_runs(self, device: Device) -> None:
        ann = device.enter("ann", "ssh")
        assert device.edit(ann, "running", named("core"))
        assert not device.edit(ann, "running", named("core"))
        assert device.running.hostname == "core"
        assert device.startup is not None
        assert device.startup.hostname == "edge"
        device.save(ann)
        assert device.startup.hostname == "core"

    def test_a_candidate_is_committed(self, device: Device) -> None:
        ann = device.enter("ann", "netconf")
        device.edit(ann, "candidate", named("core"))
        assert (device.running.hostname, device.candidate.hostname, device.is_edited) == ("edge", "core", True)
        device.commit(ann)
        assert (device.running.hostname, device.is_edited) == ("core", False)
        device.edit(ann, "candidate", named("third"))
        device.discard(ann)
        assert device.candidate is device.running

    def test_a_candidate_follows_what_runs_until_it_is_edited(self, device: Device) -> None:
        ann = device.enter("ann", "netconf")
        device.edit(ann, "running", named("core"))
        assert device.candidate.hostname == "core"

    def test_what_does_not_fit_together_does_not_run(self, device: Device) -> None:
        ann = device.enter("ann", "netconf")

        def wrong(found: Config) -> Config:
            return found.with_interface("GigabitEthernet0/3", vlan=77)

        with pytest.raises(ConfigError, match="no VLAN 77"):
            device.edit(ann, "running", wrong)
        device.edit(ann, "candidate", wrong, check=False)
        for work in (device.check, device.commit):
            with pytest.raises(ConfigError, match="no VLAN 77"):
                work(ann)
        assert device.is_edited

    def test_ports_stay(self, device: Device) -> None:
        ann = device.enter("ann", "ssh")
        device.edit(
            ann, "running", lambda found: found.without_interface("GigabitEthernet0/1").with_interface("Vlan20")
        )
        assert device.running.interfaces["GigabitEthernet0/1"] == Interface(name="GigabitEthernet0/1")
        assert list(device.running.interfaces)[-1] == "Vlan20"

    def test_the_startup_configuration(self, device: Device) -> None:
        ann = device.enter("ann", "ssh")
        device.edit(ann, "running", named("core"))
        device.restart(ann)
        assert device.running.hostname == "edge"
        device.delete_startup(ann)
        with pytest.raises(NotFound):
            device.get("startup")
        device.restart(ann)
        assert device.running.hostname == "loom"
        assert device.running.vlans == {1: "default"}, "which is always there"
        with pytest.raises(ConfigError, match="VLAN 1 keeps its name"):
            device.edit(ann, "running", lambda found: found.with_vlan(1, "native"))
        assert len(device.running.interfaces) == len(device.hardware.ports)

    def test_who_may_only_look(self, device: Device) -> None:
        eve = device.enter("eve", "ssh", may_write=False)
        for work in (
            lambda: device.edit(eve, "running", named("mine")),
            lambda: device.edit(eve, "candidate", named("mine")),
            lambda: device.save(eve),
            lambda: device.delete_startup(eve),
            lambda: device.restart(eve),
            lambda: device.lock(eve, "running"),
            lambda: device.commit(eve),
            lambda: device.cancel_commit(eve),
            lambda: device.discard(eve),
        ):
            with pytest.raises(Forbidden):
                work()
        assert device.running.hostname == "edge"


class TestLocks:
    def test_others_wait(self, device: Device) -> None:
        ann, bob = device.enter("ann", "netconf"), device.enter("bob", "ssh")
        device.lock(ann, "running")
        with pytest.raises(Busy, match="locked by ann") as caught:
            device.edit(bob, "running", named("bobs"))
        assert caught.value.holder is ann
        for session in (ann, bob):
            with pytest.raises(Busy):
                device.lock(session, "running")
        with pytest.raises(Busy):
            device.unlock(bob, "running")
        device.edit(ann, "running", named("anns"))
        device.unlock(ann, "running")
        device.edit(bob, "running", named("bobs"))

    def test_a_candidate_that_was_edited_is_not_locked(self, device: Device) -> None:
        ann, bob = device.enter("ann", "netconf"), device.enter("bob", "netconf")
        device.edit(bob, "candidate", named("bobs"))
        with pytest.raises(Busy, match="isn't committed"):
            device.lock(ann, "candidate")

    def test_they_end_with_their_session(self, device: Device) -> None:
        ann, bob = device.enter("ann", "netconf"), device.enter("bob", "netconf")
        device.lock(ann, "candidate")
        device.edit(ann, "candidate", named("anns"))
        device.leave(ann)
        device.leave(ann)
        assert not device.is_edited
        device.lock(bob, "candidate")

    def test_a_commit_needs_both(self, device: Device) -> None:
        ann, bob = device.enter("ann", "netconf"), device.enter("bob", "netconf")
        device.lock(ann, "running")
        device.edit(bob, "candidate", named("bobs"))
        with pytest.raises(Busy):
            device.commit(bob)


def in_time(scene: Callable[[Device, Session, Session, Clock], Any]) -> None:
    """A scene with two sessions on a virtual clock."""

    async def play() -> None:
        loop = asyncio.get_running_loop()
        device = Device(makes.JUNOS, example(makes.JUNOS, "edge"), clock=loop.time)
        ann, bob = device.enter("ann", "netconf"), device.enter("bob", "netconf")
        await scene(device, ann, bob, Clock())

    virtual.run(play())


class TestConfirmedCommits:
    def test_one_that_is_not_confirmed_is_taken_back(self) -> None:
        async def scene(device: Device, ann: Session, bob: Session, clock: Clock) -> None:
            heard: list[Change] = []
            device.watch(heard.append)
            device.edit(ann, "candidate", named("core"))
            device.commit(ann, confirm_within=60)
            assert device.running.hostname == "core"
            await asyncio.sleep(59)
            assert device.running.hostname == "core"
            await asyncio.sleep(2)
            assert device.running.hostname == "edge"
            assert [(one.kind, one.detail) for one in heard] == [
                ("config", ""), ("confirmed-commit", "start"), ("confirmed-commit", "timeout"), ("config", ""),
            ]  # fmt: skip

        in_time(scene)

    def test_one_that_is(self) -> None:
        async def scene(device: Device, ann: Session, bob: Session, clock: Clock) -> None:
            device.edit(ann, "candidate", named("core"))
            device.commit(ann, confirm_within=60)
            with pytest.raises(Busy, match="waits for being confirmed"):
                device.commit(bob)
            device.commit(ann)
            await asyncio.sleep(100)
            assert (device.running.hostname, device.pending) == ("core", None)

        in_time(scene)

    def test_it_is_extended_and_goes_back_to_the_beginning(self) -> None:
        async def scene(device: Device, ann: Session, bob: Session, clock: Clock) -> None:
            for name in ("core", "third"):
                device.edit(ann, "candidate", named(name))
                device.commit(ann, confirm_within=60)
                await asyncio.sleep(50)
            assert device.running.hostname == "third"
            await asyncio.sleep(20)
            assert device.running.hostname == "edge"

        in_time(scene)

    def test_it_ends_with_its_session(self) -> None:
        async def scene(device: Device, ann: Session, bob: Session, clock: Clock) -> None:
            device.edit(ann, "candidate", named("core"))
            device.commit(ann, confirm_within=60)
            with pytest.raises(Busy):
                device.lock(bob, "running")
            device.leave(ann)
            assert device.running.hostname == "edge"

        in_time(scene)

    def test_one_with_a_name_outlives_it(self) -> None:
        async def scene(device: Device, ann: Session, bob: Session, clock: Clock) -> None:
            device.edit(ann, "candidate", named("core"))
            device.commit(ann, confirm_within=60, persist="word")
            device.leave(ann)
            assert device.running.hostname == "core"
            for wrong in ("", "other"):
                with pytest.raises((Busy, ConfigError)):
                    device.commit(bob, persist_id=wrong)
            device.commit(bob, persist_id="word")
            await asyncio.sleep(100)
            assert device.running.hostname == "core"
            with pytest.raises(ConfigError, match="no commit waits under that"):
                device.commit(bob, persist_id="word")

        in_time(scene)

    def test_it_is_cancelled(self) -> None:
        async def scene(device: Device, ann: Session, bob: Session, clock: Clock) -> None:
            with pytest.raises(ConfigError, match="no commit waits"):
                device.cancel_commit(ann)
            device.edit(ann, "candidate", named("core"))
            device.commit(ann, confirm_within=60, persist="word")
            with pytest.raises(Busy):
                device.cancel_commit(bob)
            device.cancel_commit(bob, "word")
            assert (device.running.hostname, device.pending) == ("edge", None)

        in_time(scene)

    def test_one_of_ones_own_leaves_the_candidate_alone(self) -> None:
        async def scene(device: Device, ann: Session, bob: Session, clock: Clock) -> None:
            device.edit(bob, "candidate", named("bobs"))
            device.commit(ann, named("anns")(device.running))
            assert (device.running.hostname, device.candidate.hostname) == ("anns", "bobs")

        in_time(scene)


class TestSessionsAndHistory:
    def test_there_are_only_so_many(self, device: Device) -> None:
        come = [device.enter("ann", "ssh") for _ in range(SESSIONS)]
        with pytest.raises(Busy):
            device.enter("ann", "ssh")
        device.leave(come[0])
        assert device.enter("ann", "ssh").number == SESSIONS + 1

    def test_what_ran_before(self, device: Device) -> None:
        ann = device.enter("ann", "ssh")
        for number in range(60):
            device.edit(ann, "running", named(f"n{number}"))
        assert len(device.history) == 50
        assert [device.rolled_back(number).hostname for number in (0, 1, 2)] == ["n59", "n58", "n57"]
        with pytest.raises(NotFound):
            device.rolled_back(51)

    def test_watching(self, device: Device) -> None:
        heard: list[Change] = []
        stop = device.watch(heard.append)
        ann = device.enter("ann", "ssh")
        device.edit(ann, "running", named("core"))
        device.save(ann)
        device.leave(ann)
        stop()
        stop()
        device.enter("bob", "ssh")
        assert [(one.kind, one.store) for one in heard] == [
            ("session-start", ""), ("config", "running"), ("config", "startup"), ("session-end", ""),
        ]  # fmt: skip
        assert heard[1].before is not None
        assert heard[1].after is device.running


class TestConfig:
    @pytest.mark.parametrize(
        ("read", "bad"),
        [
            (config.host_name, ["", "a b", "-a", "a-", "ä", "x" * 64, "a.b"]),
            (config.domain_name, ["", "a..b", "a b", "." * 9, "x" * 300]),
            (config.free_text, ["a\nb", "a\x7f", "x" * 241, "\x1b[31m"]),
            (config.user_name, ["", "a b", "-a", "x" * 65, "a:b"]),
            (config.vlan_name, ["", "a b", "x" * 33, "a\0"]),
            (config.server, ["", "1.2.3", "300.1.1.1", "a b"]),
            (config.address, ["", "1.2.3.4", "1.2.3.4/33", "10.0.0.0/24", "10.0.0.255/24", "224.0.0.1/24"]),
            (config.address, ["fe80::1%e0/64", "0.0.0.0/0"]),
            (config.prefix, ["", "10.0.0.1/24", "x", "10.0.0.0/33"]),
            (config.next_hop, ["", "10.0.0.0/8", "224.0.0.1", "0.0.0.0", "fe80::1%eth0"]),
        ],
    )  # fmt: skip
    def test_what_may_not_stand_there(self, read: Callable[[str], str], bad: list[str]) -> None:
        for text in bad:
            with pytest.raises(ConfigError):
                read(text)

    def test_what_may(self) -> None:
        assert config.address("192.0.2.1/24") == "192.0.2.1/24"
        assert config.address("192.0.2.0/31") == "192.0.2.0/31"
        assert config.address("2001:DB8::1/64") == "2001:db8::1/64"
        assert config.server("ntp.example.net") == "ntp.example.net"
        assert config.free_text("  rack 4  ") == "rack 4"

    def test_networks_overlap_nowhere(self) -> None:
        made = Config().with_interface("a", addresses=("10.0.0.1/24", "10.0.0.9/24"))
        check(made)
        for text in ("10.0.0.2/24", "10.0.0.129/25", "10.9.9.9/8"):
            with pytest.raises(ConfigError, match="overlaps with"):
                check(made.with_interface("b", addresses=(text,)))
        check(made.with_interface("b", addresses=("10.0.1.1/24", "2001:db8::1/64")))

    def test_overlaps_as_found_by_comparing_each_with_each(self) -> None:
        import ipaddress

        generator = random.Random(7)
        found_some = False
        for _ in range(300):
            made = Config()
            texts: list[tuple[str, str]] = []
            for name in "abcd":
                mine = []
                for _ in range(generator.randint(0, 2)):
                    text = f"10.0.{generator.randint(0, 3)}.{generator.randint(1, 254)}/{generator.randint(22, 30)}"
                    mine.append(text)
                    texts.append((name, text))
                made = made.with_interface(name, addresses=tuple(mine))
            networks = [(name, ipaddress.ip_interface(text).network) for name, text in texts]
            wrong = any(x != y and a.overlaps(b) for x, a in networks for y, b in networks)
            found_some = found_some or wrong
            if wrong:
                with pytest.raises(ConfigError):
                    check(made)
            else:
                check(made)
        assert found_some

    def test_only_so_much_of_each(self) -> None:
        with pytest.raises(ConfigError, match="no more than 16 ntp servers"):
            check(Config(ntp_servers=tuple(f"10.0.0.{n}" for n in range(17))))
        with pytest.raises(ConfigError, match="no more than 256 interfaces"):
            check(Config(interfaces={str(n): Interface(name=str(n)) for n in range(257)}))
        with pytest.raises(ConfigError, match="have the same name"):
            check(Config(vlans={1: "default", 2: "default"}))
        with pytest.raises(ConfigError, match="of another family"):
            check(Config().with_route("10.0.0.0/8", "2001:db8::1"))

    def test_order(self) -> None:
        names = ["Ethernet10", "Ethernet9", "Vlan2", "Ethernet1", "Loopback0"]
        assert sorted(names, key=config.natural) == ["Ethernet1", "Ethernet9", "Ethernet10", "Loopback0", "Vlan2"]


class TestHardware:
    @pytest.mark.parametrize(
        ("make", "text", "name"),
        [
            (makes.IOS, "gi0/1", "GigabitEthernet0/1"),
            (makes.IOS, "GigabitEthernet 0/1", "GigabitEthernet0/1"),
            (makes.IOS, "g0/9", None),
            (makes.IOS, "lo12", "Loopback12"),
            (makes.IOS, "vlan0020", "Vlan20"),
            (makes.IOS, "vlan5000", None),
            (makes.IOS, "x1", None),
            (makes.IOS, "", None),
            (makes.EOS, "et3", "Ethernet3"),
            (makes.EOS, "ma1", "Management1"),
            (makes.JUNOS, "ge-0/0/1", "ge-0/0/1"),
            (makes.JUNOS, "lo0", "lo0"),
            (makes.JUNOS, "lo1", None),
            (makes.VRP, "GigabitEthernet0/0/3", "GigabitEthernet0/0/3"),
            (makes.VRP, "vlanif20", "Vlanif20"),
            (makes.POSIX, "eth0", "eth0"),
        ],
    )
    def test_names(self, make: makes.Hardware, text: str, name: str | None) -> None:
        assert make.interface(text) == name

    def test_each_interface_has_a_number_and_an_address_of_its_own(self) -> None:
        names = [*makes.IOS.ports, "Loopback0", "Loopback1", "Vlan20"]
        assert len({makes.IOS.number(name) for name in names}) == len(names)
        assert len({makes.IOS.mac(name) for name in names}) == len(names)
        assert makes.IOS.mac("GigabitEthernet0/1") == "02:00:5e:00:00:01"


class TestTraffic:
    def test_it_grows_while_an_interface_is_up(self, device: Device, clock: Clock) -> None:
        ann = device.enter("ann", "ssh")
        name = "GigabitEthernet0/1"
        clock.now += 100
        first = device.traffic.counters(name, clock.now)
        assert first.in_octets > first.out_octets > 0
        device.edit(ann, "running", lambda found: found.with_interface(name, enabled=False))
        clock.now += 100
        assert device.traffic.counters(name, clock.now) == first
        device.edit(ann, "running", lambda found: found.with_interface(name, enabled=True))
        clock.now += 100
        assert device.traffic.counters(name, clock.now).in_octets == pytest.approx(2 * first.in_octets, rel=0.01)

    def test_what_is_down_counts_nothing(self, device: Device, clock: Clock) -> None:
        clock.now += 100
        for name in ("GigabitEthernet0/2", "Loopback0", "Vlan99"):
            assert device.traffic.counters(name, clock.now).in_octets == 0
        traffic = Traffic(makes.IOS, Config(), 0.0)
        assert not traffic.is_up(Config(), "GigabitEthernet0/1")


class TestCrypt:
    @pytest.mark.parametrize("size", [0, 1, 15, 16, 63, 64, 65, 128])
    def test_as_openssl_has_it(self, size: int) -> None:
        password = "".join(random.Random(size).choices(string.ascii_letters, k=size)) or "x"
        command = ["openssl", "passwd", "-6", "-salt", "loomloomloom", password]
        theirs = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
        assert crypt.hashed(password, "loomloomloom") == theirs

    def test_what_matches(self) -> None:
        known = crypt.hashed("secret")
        assert crypt.hashed("secret") != known
        assert crypt.matches("secret", known)
        assert not crypt.matches("Secret", known)
        assert not crypt.matches("x" * 200, known)
        assert not crypt.matches("secret", "secret")
        with pytest.raises(ValueError, match="128 bytes"):
            crypt.hashed("x" * 129)

    def test_what_looks_like_one(self) -> None:
        assert crypt.is_hash("$6$salt$hash")
        assert crypt.is_hash("$2b$10$abc")
        assert not crypt.is_hash("secret")
        assert not crypt.is_hash("$6$a b")
