"""A configuration as Junos has it: statements, each a path, shown as `set` commands or as a tree in braces."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from netloom.contents.shell.cli import settings
from netloom.contents.shell.cli.dialect import Arguments
from netloom.contents.shell.cli.grammar import Action, Grammar, tokens_of
from netloom.contents.shell.cli.line import Refused
from netloom.contents.shell.device import Config, config
from netloom.contents.shell.device.config import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netloom.contents.shell.cli.arguments import Reading

Statement = tuple[str, ...]
"""A path: `("interfaces", "ge-0/0/0", "description uplink")`."""
Edit = Callable[[Config, Arguments], Config]
CLASSES = {"super-user": 15, "operator": 5, "read-only": 1}
_PLAIN = re.compile(r"[A-Za-z0-9_.:/@$+-]+")

WORDS = {
    "address": "Interface address/destination prefix",
    "authentication": "Authentication method",
    "class": "Login class",
    "contact": "Contact information for administrator",
    "description": "Text description of interface",
    "disable": "Disable this interface",
    "domain-name": "Domain name for this router",
    "family": "Protocol family",
    "host-name": "Hostname for this router",
    "interfaces": "Interface configuration",
    "location": "Physical location of system",
    "login": "Names, login classes, and passwords for users",
    "mtu": "Maximum transmit packet size",
    "name-server": "DNS name servers",
    "next-hop": "Next hop to destination",
    "ntp": "Network Time Protocol services",
    "route": "Static route",
    "routing-options": "Protocol-independent routing option configuration",
    "snmp": "Simple Network Management Protocol configuration",
    "static": "Static routes",
    "syslog": "System logging facility",
    "system": "System parameters",
    "unit": "Logical interface",
    "user": "Username",
    "vlan-id": "802.1Q VLAN identifier",
    "vlans": "VLAN configuration",
}
grammar = Grammar(WORDS)
"""What may be set. Handlers are given a configuration and the arguments, and give another configuration."""


def _statement(spec: str) -> Callable[[Edit], Edit]:
    def register(edit: Edit) -> Edit:
        grammar.add(spec, Action(edit))
        return edit

    return register


@_statement("system host-name <word:value>")
def _host_name(present: Config, said: Arguments) -> Config:
    return replace(present, hostname=config.host_name(said["value"]))


@_statement("system domain-name <word:value>")
def _domain(present: Config, said: Arguments) -> Config:
    return replace(present, domain=config.domain_name(said["value"]))


@_statement("snmp contact <text:value>")
def _contact(present: Config, said: Arguments) -> Config:
    return replace(present, contact=config.free_text(said["value"], "contact"))


@_statement("snmp location <text:value>")
def _location(present: Config, said: Arguments) -> Config:
    return replace(present, location=config.free_text(said["value"], "location"))


@_statement("system root-authentication encrypted-password <text:value>")
def _root(present: Config, said: Arguments) -> Config:
    return replace(present, enable_secret=settings.hashed(said["value"], "6"))


def _server(spec: str, field: str) -> None:
    def add(present: Config, said: Arguments) -> Config:
        known = getattr(present, field)
        value = config.server(said["value"], field)
        return present if value in known else replace(present, **{field: (*known, value)})

    grammar.add(spec, Action(add))


_server("system name-server <host:value>", "name_servers")
_server("system ntp server <host:value>", "ntp_servers")
_server("system syslog host <host:value> any any", "log_hosts")


@_statement("system login user <word:name>")
@_statement("system login user <word:name> class <word:class>")
def _user(present: Config, said: Arguments) -> Config:
    changes = {}
    if "class" in said:
        own = re.fullmatch(r"level-([2-9]|1[0-4])", said["class"])
        if said["class"] not in CLASSES and own is None:
            raise ConfigError(f"class {said['class']} isn't defined", "system", "login", "user", said["name"])
        changes["level"] = int(own[1]) if own else CLASSES[said["class"]]
    return present.with_user(config.user_name(said["name"]), **changes)


@_statement("system login user <word:name> authentication encrypted-password <text:value>")
def _password(present: Config, said: Arguments) -> Config:
    return present.with_user(config.user_name(said["name"]), password=settings.hashed(said["value"], "6"))


@_statement("vlans <word:name> vlan-id <number:number:1-4094>")
def _vlan(present: Config, said: Arguments) -> Config:
    name = config.vlan_name(said["name"])
    for number, known in present.vlans.items():
        if known == name and number != said["number"]:
            present = present.without_vlan(number)
    return present.with_vlan(said["number"], name)


@_statement("interfaces <interface:name>")
def _interface(present: Config, said: Arguments) -> Config:
    return present.with_interface(said["name"])


@_statement("interfaces <interface:name> description <text:value>")
def _description(present: Config, said: Arguments) -> Config:
    name = said["name"]
    return present.with_interface(name, description=config.free_text(said["value"], "interfaces", name))


@_statement("interfaces <interface:name> disable")
def _disable(present: Config, said: Arguments) -> Config:
    return present.with_interface(said["name"], enabled=False)


@_statement("interfaces <interface:name> mtu <number:value:256-9216>")
def _mtu(present: Config, said: Arguments) -> Config:
    return present.with_interface(said["name"], mtu=said["value"])


@_statement("interfaces <interface:name> unit <number:unit:0-0> family (inet|inet6) address <cidr:value>")
def _address(present: Config, said: Arguments) -> Config:
    value = config.address(said["value"], "interfaces", said["name"])
    known = present.interface(said["name"]).addresses
    found = sorted({*known, value}, key=lambda text: (":" in text, [*known, value].index(text)))
    return present.with_interface(said["name"], addresses=tuple(found))


@_statement("interfaces <interface:name> unit <number:unit:0-0> family ethernet-switching vlan members <word:vlan>")
def _members(present: Config, said: Arguments) -> Config:
    name = said["vlan"]
    number = next((number for number, known in present.vlans.items() if known == name), None)
    if number is None and not (name.isdigit() and len(name) < 5):
        raise ConfigError(f"vlan {name} isn't defined", "interfaces", said["name"])
    return present.with_interface(said["name"], vlan=int(name) if number is None else number)


@_statement("routing-options static route <prefix:prefix> next-hop <address:next_hop>")
def _route(present: Config, said: Arguments) -> Config:
    return present.with_route(said["prefix"], config.next_hop(said["next_hop"], "routes"))


# A configuration as statements, and back


def statements(present: Config) -> list[Statement]:
    """All that differs from a device that nobody has configured."""
    found: list[Statement] = [("system", f"host-name {present.hostname}")]
    if present.domain:
        found.append(("system", f"domain-name {present.domain}"))
    if present.enable_secret:
        found.append(("system", "root-authentication", f"encrypted-password {quoted(present.enable_secret)}"))
    found += [("system", f"name-server {server}") for server in present.name_servers]
    levels = {level: name for name, level in CLASSES.items()}
    for user in present.users.values():
        place = ("system", "login", f"user {user.name}")
        found.append((*place, f"class {levels.get(user.level) or f'level-{user.level}'}"))
        if user.password:
            found.append((*place, "authentication", f"encrypted-password {quoted(user.password)}"))
    found += [("system", "syslog", f"host {host}", "any any") for host in present.log_hosts]
    found += [("system", "ntp", f"server {server}") for server in present.ntp_servers]
    for interface in present.interfaces.values():
        found += _of_interface(interface)
    if present.location:
        found.append(("snmp", f"location {quoted(present.location)}"))
    if present.contact:
        found.append(("snmp", f"contact {quoted(present.contact)}"))
    found += [
        ("routing-options", "static", f"route {route.prefix} next-hop {route.next_hop}") for route in present.routes
    ]
    found += [("vlans", name, f"vlan-id {number}") for number, name in present.vlans.items() if number != 1]
    return found


def _of_interface(interface: config.Interface) -> Iterable[Statement]:
    place, unit = ("interfaces", interface.name), ("interfaces", interface.name, "unit 0")
    if interface == config.Interface(name=interface.name):
        if interface.name == "lo0":  # a port is there without a word; what is made has to be named
            yield place
        return
    if interface.description:
        yield (*place, f"description {quoted(interface.description)}")
    if not interface.enabled:
        yield (*place, "disable")
    if interface.mtu is not None:
        yield (*place, f"mtu {interface.mtu}")
    for version, family in ((4, "family inet"), (6, "family inet6")):
        for text in interface.of_family(version):
            yield (*unit, family, f"address {text}")
    if interface.vlan is not None:
        # By its number: a name can't be read before the VLANs, which stand at the end.
        yield (*unit, "family ethernet-switching", "vlan", f"members {interface.vlan}")


def quoted(text: str) -> str:
    """A text as it can be read again."""
    if _PLAIN.fullmatch(text) and "$" not in text:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def words(statement: Statement) -> list[str]:
    """A statement's words, without quotes."""
    return [token.text for token in tokens_of(" ".join(statement))]


def build(found: Iterable[Statement], reading: Reading, empty: Config) -> Config:
    """The configuration that statements make."""
    made = empty
    for statement in found:
        made = apply(made, " ".join(statement), reading)
    return made


def apply(present: Config, line: str, reading: Reading) -> Config:
    """A configuration with one more statement. Raises Refusal, ConfigError."""
    found = grammar.find(reading, tokens_of(line), line)
    made: Config = found.action.handler(present, found.arguments)
    return made


def without(present: Config, path: list[str], reading: Reading) -> Config:
    """A configuration without everything at or below a path of words. Raises Refused where there is nothing."""
    known = statements(present)
    kept = [statement for statement in known if words(statement)[: len(path)] != path]
    if len(kept) == len(known):
        raise Refused("warning: statement not found\n")
    empty = Config(hostname="Amnesiac", vlans={number: name for number, name in present.vlans.items() if number == 1})
    return build(kept, reading, empty)


# Showing it


def as_set(found: Iterable[Statement]) -> str:
    return "".join(f"set {' '.join(statement)}\n" for statement in found)


def as_tree(found: Iterable[Statement]) -> list[str]:
    """Lines in braces, four blanks a level."""
    tree: dict[str, dict] = {}  # type: ignore[type-arg]  # of itself
    for statement in found:
        place = tree
        for segment in statement:
            place = place.setdefault(segment, {})
    return _lines(tree, 0)


def _lines(tree: dict, depth: int) -> list[str]:  # type: ignore[type-arg]  # of itself
    found = []
    for segment, below in tree.items():
        if below:
            found += [f"{'    ' * depth}{segment} {{", *_lines(below, depth + 1), f"{'    ' * depth}}}"]
        else:
            found.append(f"{'    ' * depth}{segment};")
    return found


def below(found: Iterable[Statement], path: list[str]) -> list[Statement]:
    """What stands below a path of words, the path itself left out."""
    made = []
    for statement in found:
        if words(statement)[: len(path)] != path:
            continue
        rest, count = list(statement), len(path)
        while rest and count >= len(words((rest[0],))):
            count -= len(words((rest[0],)))
            rest = rest[1:]
        if count and rest:
            rest[0] = " ".join(rest[0].split(" ")[count:])
        if rest:
            made.append(tuple(rest))
    return made


def compared(before: Config, after: Config) -> str:
    """What changed, below the place where it did, as `show | compare` has it."""
    old, new = statements(before), statements(after)
    text = ""
    for head in dict.fromkeys(_head(statement) for statement in (*old, *new)):
        mine, others = ([s[len(head) :] for s in found if _head(s) == head] for found in (old, new))
        if mine == others:
            continue
        text += f"[edit {' '.join(head)}]\n" if head else "[edit]\n"
        for line in difflib.ndiff(as_tree(mine), as_tree(others)):
            if line[0] in "+-":
                text += f"{line[0]}   {line[2:]}\n"
    return text


def _head(statement: Statement) -> Statement:
    """The place that a statement's change is shown below."""
    depth = 2 if statement[0] == "interfaces" and len(statement) > 2 else 1
    return statement[:depth]
