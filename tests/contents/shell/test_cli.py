"""Command lines of network devices: the grammar, and each dialect against the model of one device."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from netloom.contents import TooLarge
from netloom.contents.shell import Shell, Visitor
from netloom.contents.shell.cli import eos_config, ios, ios_config, junos_config, vrp_show
from netloom.contents.shell.cli.arguments import Argument, argument, mask_of
from netloom.contents.shell.cli.dialects import NAMES, dialect
from netloom.contents.shell.cli.filters import PATTERN_LIMIT, Pattern, PatternError, filtered
from netloom.contents.shell.cli.grammar import Action, Grammar, Refusal, tokens_of
from netloom.contents.shell.cli.line import CommandLine
from netloom.contents.shell.device import Config, crypt
from netloom.contents.shell.device.config import User, check
from netloom.contents.shell.device.hardware import IOS
from netloom.contents.shell.session import Interrupted
from netloom.links import virtual
from netloom.protocols.netconf.models import convert

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from netloom.contents.shell.cli.grammar import Handler
    from netloom.contents.shell.device.hardware import Hardware


def said(spec: str) -> Handler:
    """A command that says what it is."""
    return lambda cli, arguments: spec


class Reads:
    """Somebody whose line is read."""

    level = 1
    hardware = IOS


class TestGrammar:
    def grammar(self) -> Grammar:
        made = Grammar({"show": "Show things"})
        for spec, level in (
            ("show version", 0), ("show interfaces [<interface:name>]", 0), ("show ip (route|arp)", 0),
            ("set <word:key> <number:value:1-9> [force]", 0), ("say <line:words>", 0), ("secret", 5),
            ("shut", 0), ("show secret things", 5), ("mask <mask:length>", 0),
        ):  # fmt: skip
            made.add(spec, Action(said(spec), level))
        return made

    def found(self, line: str) -> tuple[str, dict[str, Any]]:
        found = self.grammar().find(Reads(), tokens_of(line), line)
        return found.action.handler(None, {}), found.arguments

    @pytest.mark.parametrize(
        ("line", "spec", "arguments"),
        [
            ("show version", "show version", {}),
            ("sho v", "show version", {}),
            ("show int gi 0/1", "show interfaces [<interface:name>]", {"name": "GigabitEthernet0/1"}),
            ("show int", "show interfaces [<interface:name>]", {}),
            ("SHOW IP ROUTE", "show ip (route|arp)", {}),
            ("set a 9", "set <word:key> <number:value:1-9> [force]", {"key": "a", "value": 9}),
            ("set a 9 f", "set <word:key> <number:value:1-9> [force]", {"key": "a", "value": 9}),
            ('say  "a b" c ', "say <line:words>", {"words": '"a b" c'}),
            ('say "a b"', "say <line:words>", {"words": "a b"}),
            ("mask 255.255.254.0", "mask <mask:length>", {"length": 23}),
        ],
    )
    def test_what_is_understood(self, line: str, spec: str, arguments: dict[str, Any]) -> None:
        assert self.found(line) == (spec, arguments)

    @pytest.mark.parametrize(
        ("line", "why", "number"),
        [
            ("bogus", "invalid", 0), ("show bogus", "invalid", 1), ("show", "incomplete", 1), ("sh", "ambiguous", 0),
            ("set a 10", "invalid", 2), ("set a", "incomplete", 2), ("show version now", "invalid", 2),
            ("secret", "invalid", 0), ("show secret things", "invalid", 1), ("mask 255.0.255.0", "invalid", 1),
            ('"show" version', "invalid", 0),
        ],
    )  # fmt: skip
    def test_what_is_not(self, line: str, why: str, number: int) -> None:
        with pytest.raises(Refusal) as caught:
            self.found(line)
        assert (caught.value.why, caught.value.number) == (why, number)

    def test_what_may_follow(self) -> None:
        def options(line: str, begun: str = "") -> list[str]:
            return [word for word, _ in self.grammar().options(Reads(), tokens_of(line), line, begun)]

        assert options("") == ["mask", "say", "set", "show", "shut"]
        assert options("", "sh") == ["show", "shut"]
        assert options("show") == ["interfaces", "ip", "version"]
        assert options("set a") == ["<1-9>"]
        assert options("show interfaces") == ["<interface>", "<cr>"]

    @given(st.text(max_size=60))
    def test_whatever_is_typed_is_understood_or_refused(self, line: str) -> None:
        number = 0
        try:
            self.found(line)
        except Refusal as refusal:
            number = refusal.number
        assert number <= len(tokens_of(line))

    def test_tokens(self) -> None:
        assert [(t.text, t.start, t.end, t.quoted) for t in tokens_of('a "b c"  d\\" "e\\"f" "g')] == [
            ("a", 0, 1, False), ("b c", 2, 7, True), ('d\\"', 9, 12, False), ('e"f', 13, 19, True), ("g", 20, 22, True),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("written", "good", "bad"),
        [
            ("ip", "192.0.2.1", "192.0.2.256"), ("masklen", "24", "33"), ("masklen", "255.0.0.0", "255.0.1.0"),
            ("cidr", "192.0.2.1/24", "192.0.2.1"), ("cidr", "2001:db8::1/64", "::1/x"),
            ("prefix", "10.0.0.0/8", "10.0.0.1/8"),
            ("address", "::1", "x"), ("host", "ntp.example", "1.2.3"), ("word", "a", "ä"), ("number:n:5-7", "6", "8"),
            ("interface", "Lo3", "Foo3"), ("text", "ä b", ""),
        ],
    )  # fmt: skip
    def test_arguments(self, written: str, good: str, bad: str) -> None:
        kind = argument(written)
        assert isinstance(kind, Argument)
        assert kind.label
        tokens = tokens_of(f'"{good}"' if " " in good else good)
        assert kind.read(Reads(), tokens, 0, good) is not None
        if bad:
            assert kind.read(Reads(), tokens_of(bad), 0, bad) is None

    def test_masks(self) -> None:
        assert (mask_of(0), mask_of(23), mask_of(32)) == ("0.0.0.0", "255.255.254.0", "255.255.255.255")


letters = st.text(alphabet="abc", max_size=6)


class TestFilters:
    @given(st.from_regex(r"[abc.]?([abc.]|\[\^?ab\]|\((a|b)\)|\(ab\|c\)){0,3}[*+?]?[abc$]?", fullmatch=True), letters)
    @settings(max_examples=300)
    def test_patterns_match_as_elsewhere(self, pattern: str, line: str) -> None:
        assume(pattern[:1] not in ("*", "+", "?"))
        assert Pattern(pattern).matches(line) == bool(re.search(pattern, line))

    @pytest.mark.parametrize(
        "pattern", ["(", ")", "a(b", "*", "a|*", "[a", "\\", "(?i)a", "x" * (PATTERN_LIMIT + 1), "[\0-\uffff]"]
    )
    def test_what_is_no_pattern(self, pattern: str) -> None:
        with pytest.raises(PatternError):
            Pattern(pattern)

    def test_what_keeps_others_busy(self) -> None:
        assert not Pattern("(a+)+$").matches("a" * 200 + "!")
        assert Pattern("(a*)*b").matches("a" * 200 + "b")

    def test_ciscos_underscore(self) -> None:
        found = Pattern("_65000_")
        assert [found.matches(text) for text in ("65000", "1 65000 2", "165000", "x,65000}")] == [
            True,
            True,
            False,
            True,
        ]

    def test_case(self) -> None:
        assert Pattern("UP", ignore_case=True).matches("line up")
        assert Pattern("U.", ignore_case=True).matches("line up")
        assert not Pattern("UP").matches("line up")

    async def test_each(self) -> None:
        text = "a 1\n b 2\n  c 3\nd 4\n b 5\n"
        shown = {
            name: await filtered(name, Pattern("b"), text)
            for name in ("include", "exclude", "begin", "section", "count")
        }
        assert shown == {
            "include": " b 2\n b 5\n",
            "exclude": "a 1\n  c 3\nd 4\n",
            "begin": " b 2\n  c 3\nd 4\n b 5\n",
            "section": " b 2\n  c 3\n b 5\n",
            "count": "Count: 2 lines\n",
        }
        assert await filtered("begin", Pattern("z"), text) == ""
        assert await filtered("count", None, text) == "Count: 5 lines\n"


class Answers:
    """Somebody who answers what is asked, and remembers that."""

    def __init__(self, *said: str) -> None:
        self.said = list(said)
        self.asked: list[tuple[str, bool]] = []

    async def line(self, prompt: str, *, hidden: bool = False) -> str:
        self.asked.append((prompt, hidden))
        if not self.said:
            raise Interrupted
        return self.said.pop(0)

    async def key(self, prompt: str) -> str:
        raise Interrupted


class Sat:
    """A session at a device of one make."""

    def __init__(self, name: str, secret: str = "", *, may_write: bool = True, shell: Shell | None = None) -> None:
        self.shell = shell or Shell("edge", dialect=name, secret=secret)
        self.device = self.shell.device
        sitting = self.shell.sit(Visitor(user="ann", via="ssh", peer="192.0.2.9:1", may_write=may_write))
        assert isinstance(sitting, CommandLine)
        self.cli = sitting

    async def say(self, line: str, *answers: str) -> str:
        """What a line is answered."""
        self.last = Answers(*answers)
        self.result = await self.cli.run(line, ask=self.last)
        return self.result.stdout.decode()

    async def all(self, *lines: str) -> list[str]:
        """What several lines are answered, where anything is."""
        return [said for line in lines if (said := await self.say(line))]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong answers take no time here, but where that is looked at."""
    monkeypatch.setattr(ios, "PENALTY", 0.0)


@pytest.fixture(params=NAMES)
def make(request: pytest.FixtureRequest) -> str:
    return str(request.param)


RENDER: dict[str, Callable[[Config, Hardware], str]] = {
    "ios": ios_config.render,
    "eos": eos_config.render,
    "vrp": vrp_show.render,
    "junos": lambda config, hardware: junos_config.as_set(junos_config.statements(config)),
}


VALUES = [
    "1", "20", "30", "4095", "10.1.1.1", "10.9.0.0", "255.255.0.0", "10.9.0.0/16", "2001:db8::1/64", "2001:db8::5",
    "16", "Gi0/3", "Et3", "ge-0/0/1", "GigabitEthernet0/0/3", "Vlan20", "Loopback5", "Vlanif20", "LoopBack3", "word",
    '"a b"',
]  # fmt: skip


def suggested(cli: CommandLine, chance: random.Random) -> str:
    """A line, word by word as its help goes."""
    line = ""
    for _ in range(chance.randrange(1, 9)):
        found = cli._options(line, "")
        if isinstance(found, Refusal) or not found:
            break
        word = chance.choice(found)[0]
        if word == "<cr>":
            break
        line += f"{word if word[0].isalpha() and word.islower() else chance.choice(VALUES)} "
    return line


async def enter(sat: Sat) -> None:
    """To where one configures."""
    for line in {"ios": ["enable", "configure terminal"], "eos": ["enable", "configure"], "junos": ["configure"],
                 "vrp": ["system-view"]}[sat.cli.dialect.name]:  # fmt: skip
        await sat.say(line)


def rich(hardware: Any) -> Config:
    """A configuration that has some of everything."""
    first, second, third, *_ = hardware.ports
    loopback = f"{hardware.loopback}0"
    made = Config(
        hostname="core-1",
        domain="example.org",
        contact="ann, desk 4",
        location="rack 9 | left",
        name_servers=("192.0.2.1", "2001:db8::53"),
        ntp_servers=("192.0.2.2", "ntp.example.org"),
        log_hosts=("192.0.2.3",),
        enable_secret=crypt.hashed("s", "salt"),
        users={
            "ann": User(name="ann", level=15, password=crypt.hashed("x", "salt")),
            "bob": User(name="bob", level=1),
            "cy": User(name="cy", level=7, password=crypt.hashed("y", "salt")),
        },
        vlans={1: "default", 20: "office", 30: "VLAN0030"},
    )
    made = made.with_interface(
        first, description="to the core", addresses=("10.1.0.1/24", "10.2.0.1/24", "2001:db8:1::1/64")
    )
    made = made.with_interface(second, vlan=20, enabled=False, mtu=9000)
    made = made.with_interface(third, description="x", vlan=30)
    made = made.with_interface(loopback, addresses=("198.51.100.1/32",))
    for prefix, hop in (("0.0.0.0/0", "10.1.0.254"), ("10.9.0.0/16", "10.1.0.9"), ("10.9.0.0/16", "10.1.0.8"),
                        ("2001:db8:9::/48", "2001:db8:1::9")):  # fmt: skip
        made = made.with_route(prefix, hop)
    complete: Config = hardware.complete(made)
    return complete


class TestEveryDialect:
    async def test_what_it_writes_down_it_reads_again(self, make: str) -> None:
        """A whole configuration goes through the command line of a device on which nothing is configured."""
        sat = Sat(make)
        wanted = rich(sat.device.hardware)
        empty = sat.device.hardware.complete(Config(vlans={1: "default"}))
        sat.device.running = empty
        await enter(sat)
        for line in RENDER[make](wanted, sat.device.hardware).splitlines():
            if line not in ("end", "return"):
                said = await sat.say(line)
                assert sat.result.status == 0, (line, said)
        if make == "junos":
            assert await sat.say("commit") == "commit complete\n"
        assert sat.device.running == wanted

    async def test_the_example_is_shown_and_nothing_of_a_secret(self, make: str) -> None:
        sat = Sat(make, "can4ry")
        await sat.say({"vrp": "super"}.get(make, "enable"), "can4ry")
        line = {"ios": "show running-config", "eos": "show running-config", "junos": "show configuration",
                "vrp": "display current-configuration"}[make]  # fmt: skip
        shown = await sat.say(line)
        for words in ("edge", "uplink", "192.0.2.2", "192.0.2.123", "office", "noc@example.net", "rack 4"):
            assert words in shown
        assert "can4ry" not in shown
        assert "$6$" in shown

    async def test_who_may_only_look_cannot_configure(self, make: str) -> None:
        sat = Sat(make, may_write=False)
        await enter(sat)
        assert sat.result.status == 1
        for line in ("hostname mine", "set system host-name mine", "sysname mine", "write memory", "save force"):
            await sat.say(line)
            assert sat.result.status == 1, line
        assert sat.device.running.hostname == "edge"

    async def test_a_lock_of_another_session_is_told(self, make: str) -> None:
        sat = Sat(make)
        await enter(sat)
        other = sat.device.enter("bob", "netconf")
        for store in ("running", "candidate"):
            sat.device.lock(other, store)
        line = {"junos": "set system host-name mine", "vrp": "sysname mine"}.get(make, "hostname mine")
        assert "locked by bob" in await sat.say(line)
        assert sat.device.candidate.hostname == "edge"

    async def test_what_it_shows(self, make: str) -> None:
        sat = Sat(make)
        await sat.say("enable")
        word = "display" if make == "vrp" else "show"
        grammar = dialect(make).modes["everywhere" if make == "vrp" else dialect(make).start]
        waiting, seen = [word], 0
        while waiting:
            line = waiting.pop()
            for option, _ in grammar.options(sat.cli, tokens_of(line), line, ""):
                if option == "<cr>":
                    said = await sat.say(line)
                    assert sat.result.status == 0, (line, said)
                    assert said.strip() or "descriptions" in line or line.endswith("commit"), line
                    seen += 1
                elif option.startswith("<interface") or option == "<interface>":
                    waiting.append(f"{line} {sat.device.hardware.ports[0]}")
                elif option not in ("LINE", "|"):
                    waiting.append(f"{line} {option}")
        assert seen >= 12

    async def test_help_and_completion(self, make: str) -> None:
        sat = Sat(make)
        word = "display" if make == "vrp" else "show"
        shown, line = await sat.cli.pressed("?", f"{word} ")
        assert "version" in shown
        assert "interface" in shown
        assert line == f"{word} "
        assert word in (await sat.cli.pressed("?", word[:3]))[0]
        assert (await sat.cli.pressed("\t", f"{word} ver"))[1] == f"{word} version "
        assert (await sat.cli.pressed("\t", "zz"))[1] == "zz"
        assert (await sat.cli.pressed("\t", ""))[1] == ""
        assert (await sat.cli.pressed("?", f"{word} bogus x"))[0].count("\n") >= 1

    async def test_filters(self, make: str) -> None:
        sat = Sat(make)
        await sat.say("enable")
        show = {"vrp": "display version", "junos": "show interfaces terse"}.get(make, "show ip interface brief")
        word = {"junos": "match"}.get(make, "include")
        whole = await sat.say(show)
        text = whole.splitlines()[-1].split()[0]
        assert await sat.say(f"{show} | {word} {text}") != whole
        assert text in await sat.say(f"{show} | {word[:3]} {text}|nothing")
        assert (await sat.say(f"{show} | count")).startswith("Count: ")
        for bad in (f"{show} | bogus x", f"{show} |", f"{show} | {word}", f"{show} | {word} (("):
            await sat.say(bad)
            assert sat.result.status == 1, bad

    async def test_lines_that_say_nothing(self, make: str) -> None:
        sat = Sat(make)
        for line in ("", "   ", f"{dialect(make).comments[0]} a remark"):
            assert await sat.say(line) == ""
            assert sat.result.status == 0

    async def test_a_line_has_an_end(self, make: str) -> None:
        sat = Sat(make)
        with pytest.raises(TooLarge):
            await sat.say("x" * 5000)

    @given(st.sampled_from(NAMES), st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), max_size=6))
    @settings(max_examples=150, deadline=None)
    def test_whatever_is_typed_is_answered(self, name: str, lines: list[str]) -> None:
        async def scene() -> None:
            sat = Sat(name)
            await enter(sat)
            for line in lines:
                with contextlib.suppress(Interrupted):  # it asks, and nobody answers
                    await sat.say(line)
                    assert sat.result.status in (0, 1)
            assert sat.device.running.hostname == "edge"

        asyncio.run(scene())

    @given(st.sampled_from(NAMES), st.randoms(use_true_random=False))
    @settings(max_examples=60, deadline=None)
    def test_whatever_its_own_help_suggests_is_answered(self, name: str, chance: random.Random) -> None:
        """Somebody presses `?` after each word, and takes anything that is offered."""

        async def scene() -> None:
            sat = Sat(name)
            await enter(sat)
            for _ in range(40):
                line = suggested(sat.cli, chance)
                with contextlib.suppress(Interrupted):
                    await sat.say(line, *chance.choices(["y", "no", "", "s3"], k=4))
                    assert sat.result.status in (0, 1), line
                assert sat.cli.prompt
                if sat.cli.exited is not None:
                    sat = Sat(name, shell=sat.shell)
            hardware = sat.device.hardware
            for config in filter(None, (sat.device.running, sat.device.startup)):
                check(config)
                assert convert.config_of(convert.tree(config, hardware), hardware) == config
            if sat.device.pending is not None:
                sat.device.pending.timer.cancel()

        asyncio.run(scene())

    async def test_the_pager_and_the_width(self, make: str) -> None:
        sat = Sat(make)
        line = {"junos": "set cli screen-length 40", "vrp": "screen-length 40 temporary"}.get(
            make, "terminal length 40"
        )
        await sat.say(line)
        assert sat.cli.page == 40
        assert "more" in sat.cli.pager.prompt.lower()

    async def test_leaving(self, make: str) -> None:
        sat = Sat(make)
        await sat.say("exit" if make != "vrp" else "quit")
        assert sat.cli.exited == 0
        sat.cli.close()
        assert not sat.device.sessions


@pytest.mark.parametrize(("name", "line"), [("ios", "enable"), ("eos", "enable"), ("vrp", "super")])
def test_guessing_takes_its_time(monkeypatch: pytest.MonkeyPatch, name: str, line: str) -> None:
    monkeypatch.setattr(ios, "PENALTY", 1.0)

    async def scene() -> None:
        sat = Sat(name, "s3")
        for _ in range(5):
            await sat.say(line, "a", "b", "c")
        assert asyncio.get_running_loop().time() >= 15

    virtual.run(scene())


class TestIOS:
    async def test_privileges(self) -> None:
        sat = Sat("ios", "s3")
        assert sat.cli.prompt == "edge>"
        assert "Invalid input" in await sat.say("configure terminal")
        assert await sat.say("enable", "wrong", "wrong", "wrong") == "% Bad secrets\n\n"
        assert sat.last.asked == [("Password: ", True)] * 3
        assert await sat.say("enable") == "% Access denied\n\n"
        assert await sat.say("en", "s3") == ""
        assert sat.cli.prompt == "edge#"
        assert await sat.say("show privilege") == "Current privilege level is 15\n"
        await sat.say("disable")
        assert sat.cli.prompt == "edge>"

    async def test_modes_and_prompts(self) -> None:
        sat = Sat("ios")
        prompts = []
        for line in ("enable", "conf t", "int gi0/1", "vlan 20", "hostname core", "interface lo5", "exit", "end"):
            await sat.say(line)
            prompts.append(sat.cli.prompt)
        assert prompts == [
            "edge#", "edge(config)#", "edge(config-if)#", "edge(config-vlan)#", "core(config)#", "core(config-if)#",
            "core(config)#", "core#",
        ]  # fmt: skip

    async def test_what_is_refused(self) -> None:
        sat = Sat("ios")
        await sat.say("enable")
        assert await sat.say("show bogus") == " " * 10 + "^\n% Invalid input detected at '^' marker.\n\n"
        assert await sat.say("show") == "% Incomplete command.\n\n"
        assert await sat.say("e") == '% Ambiguous command:  "e"\n'

    async def test_configuring(self) -> None:
        sat = Sat("ios")
        await enter(sat)
        said = await sat.all(
            "interface Gi0/3", "description  to the core ", "ip address 10.0.0.1 255.255.255.0", "no shutdown",
            "ip address 10.3.0.1 255.255.255.0 secondary", "mtu 9000", "exit", "ip route 10.9.0.0 255.255.0.0 10.0.0.9",
            "no ip route 0.0.0.0 0.0.0.0", "ntp server 10.0.0.7", "no ntp server 192.0.2.123", "no snmp-server contact",
            "username bob privilege 5 secret hello", "no vlan 20", "enable secret new", "default interface Gi0/1",
        )  # fmt: skip
        assert said == ["Interface GigabitEthernet0/1 set to default configuration\n"]
        found = sat.device.running
        interface = found.interfaces["GigabitEthernet0/3"]
        assert (interface.description, interface.mtu) == ("to the core", 9000)
        assert interface.addresses == ("10.0.0.1/24", "10.3.0.1/24")
        assert [(route.prefix, route.next_hop) for route in found.routes] == [("10.9.0.0/16", "10.0.0.9")]
        assert (found.ntp_servers, found.contact) == (("10.0.0.7",), "")
        assert found.users["bob"].level == 5
        assert crypt.matches("hello", found.users["bob"].password)
        assert crypt.matches("new", found.enable_secret)
        assert found.interfaces["GigabitEthernet0/2"].vlan is None
        assert not found.interfaces["GigabitEthernet0/1"].addresses

    async def test_what_cannot_be_configured(self) -> None:
        sat = Sat("ios")
        await enter(sat)
        for line, words in (
            ("hostname bad_name_", "is no name of a host"), ("no interface Gi0/1", "Removal of physical"),
            ("no vlan 1", "may not be deleted"), ("ip route 10.0.0.1 255.0.0.0 10.1.1.1", "Inconsistent address"),
            ("no ip route 9.0.0.0 255.0.0.0", "No matching route"), ("no interface lo99", "does not exist"),
            ("username bob secret 9 plain", "not a valid encrypted secret"),
            ("enable secret " + "x" * 200, "128 bytes"),
        ):  # fmt: skip
            assert words in await sat.say(line), line
        await sat.say("interface Gi0/3")
        for line, words in (
            ("ip address 192.0.2.7 255.255.255.0", "overlaps with GigabitEthernet0/1"),
            ("ip address 10.0.0.0 255.255.255.0", "can't be an interface's address"),
            ("no ip address 10.7.7.7 255.0.0.0", "isn't configured"),
            ("description " + "x" * 300, "no more than 240"),
        ):
            assert words in await sat.say(line), line
        assert sat.device.running == Sat("ios").device.running

    async def test_saving_and_starting_again(self) -> None:
        sat = Sat("ios")
        await enter(sat)
        await sat.all("hostname core", "end")
        assert await sat.say("copy run start", "") == "Building configuration...\n[OK]\n"
        assert await sat.say("copy run start", "other") == "%Error opening nvram:/other (Permission denied)\n"
        await sat.all("conf t", "hostname third", "do write", "hostname fourth", "end")
        assert "hostname third" in await sat.say("show startup-config")
        await sat.say("reload", "n")
        assert sat.cli.exited is None
        await sat.say("reload", "")
        assert [sat.cli.exited, sat.device.running.hostname] == [0, "third"]
        assert "complete" in await sat.say("write erase", "")
        assert await sat.say("show startup-config") == "startup-config is not present\n"

    async def test_control_keys(self) -> None:
        sat = Sat("ios")
        await enter(sat)
        await sat.say("interface Gi0/1")
        result = await sat.cli.ended("description by hand")
        assert result is not None
        assert (sat.cli.prompt, sat.device.running.interfaces["GigabitEthernet0/1"].description) == ("edge#", "by hand")
        await sat.say("conf t")
        sat.cli.interrupted()
        assert sat.cli.prompt == "edge#"

    async def test_what_is_reported_has_no_passwords(self) -> None:
        sat = Sat("ios")
        for line in (
            "username ann privilege 15 secret can4ry", "enable secret can4ry", "enable secret 9 can4ry",
            'username ann password "can4ry x"', "local-user a password irreversible-cipher can4ry",
            "set system root-authentication plain-text-password can4ry", "username a secret sha512 can4ry",
        ):  # fmt: skip
            assert "can4ry" not in sat.cli.redacted(line), line
        assert sat.cli.redacted("show version") == "show version"

    async def test_a_user_at_a_time(self) -> None:
        first = Sat("ios")
        second = Sat("ios", shell=first.shell)
        await enter(first)
        await first.say("hostname core")
        assert second.cli.prompt == "core>"
        assert (await second.say("show users")).count("ann") == 2


class TestEOS:
    async def test_a_configuration_session(self) -> None:
        sat = Sat("eos")
        await sat.all("enable", "configure session draft", "hostname core", "interface Et3")
        assert sat.cli.prompt == "edge(config-s-draft-if-Et3)#"
        await sat.say("description new")
        assert sat.device.running.hostname == "edge"
        assert "+hostname core" in await sat.say("show session-config diffs")
        await sat.say("end")
        assert "draft" in await sat.say("show configuration sessions")
        await sat.all("configure session draft", "commit")
        assert (sat.cli.prompt, sat.device.running.interfaces["Ethernet3"].description) == ("core#", "new")
        await sat.all("configure session other", "hostname third", "abort")
        assert (sat.device.running.hostname, sat.device.drafts) == ("core", {})

    async def test_one_that_is_to_be_confirmed(self) -> None:
        sat = Sat("eos")
        await sat.all("enable", "configure session draft", "hostname core", "commit timer 00:05:00")
        assert sat.device.pending is not None
        assert await sat.say("configure session nothing commit") != ""
        await sat.say("configure session draft commit")
        assert [sat.device.pending, sat.device.running.hostname] == [None, "core"]
        await sat.all(
            "configure session draft", "hostname third", "commit timer 00:05:00", "configure session draft abort"
        )
        assert sat.device.running.hostname == "core"
        await sat.all("configure session draft", "commit timer soon")
        assert sat.result.status == 1

    async def test_only_so_many(self) -> None:
        sat = Sat("eos")
        await sat.say("enable")
        for number in range(5):
            await sat.all(f"configure session s{number}", "end")
        assert "Maximum number" in await sat.say("configure session s5")
        assert sat.cli.prompt == "edge#"

    async def test_json(self) -> None:
        import json

        sat = Sat("eos")
        for line, key in (
            ("show version", "modelName"), ("show hostname", "fqdn"), ("show vlan", "vlans"),
            ("show interfaces", "interfaces"), ("show ip interface brief", "interfaces"),
        ):  # fmt: skip
            assert key in json.loads(await sat.say(f"{line} | json"))

    async def test_what_is_refused(self) -> None:
        sat = Sat("eos")
        assert await sat.say("show bogus") == "% Invalid input (at token 1: 'bogus')\n"
        assert await sat.say("show") == "% Incomplete command\n"
        await sat.say("enable")
        assert await sat.say("e") == "% Ambiguous command (at token 0: 'e')\n"
        assert await sat.say("commit") == "% Invalid input (at token 0: 'commit')\n"


class TestJunos:
    async def test_a_candidate(self) -> None:
        sat = Sat("junos")
        assert sat.cli.prompt == "\nann@edge> "
        await sat.say("configure")
        assert sat.cli.prompt == "\n[edit]\nann@edge# "
        await sat.all("set system host-name core", "delete interfaces ge-0/0/0 description")
        assert sat.device.running.hostname == "edge"
        assert await sat.say("show | compare") == (
            "[edit system]\n-   host-name edge;\n+   host-name core;\n"
            "[edit interfaces ge-0/0/0]\n-   description uplink;\n"
        )
        assert await sat.say("commit check") == "configuration check succeeds\n"
        assert await sat.say("commit and-quit") == "commit complete\nExiting configuration mode\n"
        assert sat.device.running.hostname == "core"

    async def test_levels(self) -> None:
        sat = Sat("junos")
        await sat.all("configure", "edit interfaces ge-0/0/3 unit 0", "set family inet address 10.0.0.1/24")
        assert sat.cli.prompt == "\n[edit interfaces ge-0/0/3 unit 0]\nann@edge# "
        assert await sat.say("show") == "family inet {\n    address 10.0.0.1/24;\n}\n"
        assert (
            await sat.say("show | display set")
        ) == "set interfaces ge-0/0/3 unit 0 family inet address 10.0.0.1/24\n"
        await sat.say("up")
        assert sat.cli.place == ["interfaces", "ge-0/0/3"]
        await sat.say("up 2")
        assert sat.cli.place == []
        await sat.all("edit system", "exit")
        assert sat.cli.prompt == "\n[edit]\nann@edge# "
        assert "syntax error" in await sat.say("edit bogus")

    async def test_rollback(self) -> None:
        sat = Sat("junos")
        await sat.all("configure", "set system host-name core", "commit", "rollback 1")
        assert sat.device.candidate.hostname == "edge"
        await sat.say("rollback")
        assert not sat.device.is_edited
        assert "no configuration 40" in await sat.say("rollback 40")

    async def test_a_confirmed_commit(self) -> None:
        sat = Sat("junos")
        said = (await sat.all("configure", "set system host-name core", "commit confirmed 5"))[-1]
        assert said.startswith("commit confirmed will be automatically rolled back in 5 minutes unless confirmed\n")
        assert sat.device.pending is not None
        await sat.say("commit")
        assert [sat.device.pending, sat.device.running.hostname] == [None, "core"]

    async def test_what_does_not_fit_together(self) -> None:
        sat = Sat("junos")
        await sat.all("configure", "set interfaces ge-0/0/3 unit 0 family ethernet-switching vlan members 77")
        for line in ("commit", "commit check"):
            assert "configuration check-out failed" in await sat.say(line)
        assert "isn't defined" in await sat.say(
            "set interfaces ge-0/0/3 unit 0 family ethernet-switching vlan members x"
        )
        assert "isn't defined" in await sat.say("set system login user bob class king")

    async def test_leaving_what_was_not_committed(self) -> None:
        sat = Sat("junos")
        await sat.all("configure", "set system host-name core")
        assert await sat.say("exit", "no") == ""
        assert "uncommitted" in sat.last.asked[0][0]
        assert await sat.say("exit") == ""
        assert await sat.say("exit configuration-mode", "yes") == "Exiting configuration mode\n"
        assert sat.device.is_edited
        assert "not committed" in await sat.say("configure")

    async def test_exclusive_and_private(self) -> None:
        sat = Sat("junos")
        other = Sat("junos", shell=sat.shell)
        await sat.all("configure exclusive", "set system host-name core")
        assert "locked by ann" in await other.say("configure exclusive")
        await sat.say("exit", "yes")
        assert not sat.device.is_edited
        await other.all("configure private", "set system host-name mine")
        assert sat.device.candidate.hostname == "edge"
        assert "discard" in (await other.say("exit", "no"), other.last.asked[0][0].lower())[1]
        await other.all("commit", "exit")
        assert sat.device.running.hostname == "mine"
        await sat.all("configure", "set system host-name x")
        assert "modified" in await other.say("configure private")

    async def test_what_is_refused(self) -> None:
        sat = Sat("junos")
        assert await sat.say("bogus") == " " * 10 + "^\nunknown command.\n"
        assert await sat.say("show bogus") == " " * 15 + "^\nsyntax error, expecting <command>.\n"
        assert "missing argument" in await sat.say("show system")
        assert "'s' is ambiguous" in await sat.say("s")
        await sat.all("configure", "edit interfaces ge-0/0/1")
        assert await sat.say("set bogus") == " " * 14 + "^\nsyntax error.\n"
        assert await sat.say("delete bogus") == "warning: statement not found\n"

    async def test_everything_is_deleted(self) -> None:
        sat = Sat("junos")
        await sat.say("configure")
        await sat.say("delete", "no")
        assert not sat.device.is_edited
        await sat.say("delete", "yes")
        assert sat.device.candidate.hostname == "Amnesiac"
        assert "host-name Amnesiac" in await sat.say("show")


class TestVRP:
    async def test_views(self) -> None:
        sat = Sat("vrp")
        prompts = []
        for line in (
            "system-view",
            "interface GigabitEthernet0/0/1",
            "quit",
            "vlan 20",
            "aaa",
            "return",
            "sys",
            "quit",
        ):
            await sat.say(line)
            prompts.append(sat.cli.prompt)
        assert prompts == [
            "[edge]", "[edge-GigabitEthernet0/0/1]", "[edge]", "[edge-vlan20]", "[edge-aaa]", "<edge>", "[edge]",
            "<edge>",
        ]  # fmt: skip

    async def test_displaying_leaves_the_view(self) -> None:
        sat = Sat("vrp")
        await sat.all("system-view", "interface GigabitEthernet0/0/1")
        assert "description uplink" in await sat.say("display this")
        assert sat.cli.prompt == "[edge-GigabitEthernet0/0/1]"

    async def test_a_password_for_more(self) -> None:
        sat = Sat("vrp", "s3")
        assert "Unrecognized command" in await sat.say("system-view")
        assert "Failed to authenticate" in await sat.say("super", "a", "b", "c")
        assert "level 15" in await sat.say("super", "s3")
        await sat.say("system-view")
        assert sat.cli.prompt == "[edge]"

    async def test_saving_is_asked_about(self) -> None:
        sat = Sat("vrp")
        await sat.all("system-view", "sysname core", "return")
        assert await sat.say("save", "n") == ""
        assert sat.last.asked[0][0].endswith("[Y/N]")
        assert "successfully" in await sat.say("save", "y")
        assert sat.device.startup is not None
        assert sat.device.startup.hostname == "core"
        assert "successfully" in await sat.say("save force")
        assert "successfully" in await sat.say("reset saved-configuration", "y")
        await sat.say("reboot", "y")
        assert (sat.cli.exited, sat.device.running.hostname) == (0, "loom")

    async def test_many_vlans(self) -> None:
        sat = Sat("vrp")
        await sat.all("system-view", "vlan batch 30 40 to 42")
        assert set(sat.device.running.vlans) == {1, 20, 30, 40, 41, 42}
        for bad in ("vlan batch x", "vlan batch to 5", "vlan batch 5000"):
            assert "Wrong parameter" in await sat.say(bad)

    async def test_what_is_refused(self) -> None:
        sat = Sat("vrp")
        assert await sat.say("bogus") == " " * 6 + "^\nError: Unrecognized command found at '^' position.\n"
        assert "Incomplete command" in await sat.say("display")
        assert "Ambiguous command" in await sat.say("s")
        assert "Wrong parameter" in await sat.say("display ip bogus")

    async def test_a_screen_of_another_width(self) -> None:
        sat = Sat("vrp")
        assert "Succeeded" in await sat.say("screen-width 255", "y")
        assert await sat.say("screen-width 100", "n") == ""
        assert sat.cli.columns == 255


def test_a_user_with_no_name_for_a_level() -> None:
    config = replace(Config(), users={"x": User(name="x", level=9)})
    assert "set system login user x class level-9\n" in junos_config.as_set(junos_config.statements(config))
