"""The device in YANG's terms, and back."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netloom.contents.shell import Shell
from netloom.contents.shell.cli.dialects import NAMES
from netloom.contents.shell.device import Config, ConfigError
from netloom.protocols.netconf.models import convert, modules, schema, state
from netloom.wire.netconf import edit, xml
from netloom.wire.netconf.messages import BASE, Fault
from netloom.wire.netconf.xml import Node
from tests.contents.shell.test_cli import rich

if TYPE_CHECKING:
    import random

    from netloom.wire.netconf.schema import Schema


@pytest.mark.parametrize("dialect", NAMES)
def test_a_configuration_becomes_a_tree_and_a_tree_a_configuration(dialect: str) -> None:
    hardware = Shell("edge", dialect=dialect).device.hardware
    renamed = hardware.complete(Config(vlans={1: "native"}))
    for config in (rich(hardware), renamed, hardware.complete(Config(vlans={1: "default"}))):
        tree = convert.tree(config, hardware)
        assert convert.config_of(xml.parse(xml.emit(tree)), hardware) == config
        assert edit.apply(Node("data"), tree, schema.ROOT, "merge") is not None


def test_everything_in_a_tree_is_in_the_schema() -> None:
    """What is read can be written: an edit with the whole of it changes nothing."""
    device = Shell("edge", dialect="eos").device
    tree = convert.tree(rich(device.hardware), device.hardware)
    assert edit.apply(tree, tree, schema.ROOT, "merge") == tree


ROUTE = "<route><destination-prefix>{}</destination-prefix>{}</route>"
_R, _V4 = modules.ROUTING, modules.IPV4_ROUTING
STATIC = (
    f'<routing xmlns="{_R}" xmlns:rt="{_R}"><control-plane-protocols><control-plane-protocol>'
    f'<type>{{}}</type><name>static</name><static-routes><ipv4 xmlns="{_V4}">{{}}</ipv4></static-routes>'
    "</control-plane-protocol></control-plane-protocols></routing>"
)
HOP = "<next-hop><next-hop-address>::1</next-hop-address></next-hop>"


@pytest.mark.parametrize(
    "wrong",
    [
        STATIC.format("x", ""),
        STATIC.format("rt:static", ROUTE.format("10.0.0.0/8", "")),
        STATIC.format("rt:static", ROUTE.format("::/0", HOP)),
        '<vlans xmlns="urn:netloom:yang:netloom-device"><vlan><id>5000</id></vlan></vlans>',
    ],
)
def test_what_means_nothing(wrong: str) -> None:
    tree = edit.apply(Node("data"), xml.parse(f"<config>{wrong}</config>".encode()), schema.ROOT, "merge")
    with pytest.raises(Fault):
        convert.config_of(tree, Shell("edge", dialect="ios").device.hardware)


def test_state() -> None:
    device = Shell("edge", dialect="ios", clock=lambda: 0.0).device
    device.lock(device.enter("ann", "netconf", peer="[2001:db8::1]:22"), "running")
    device.delete_startup(device.enter("ann", "ssh"))
    found = state.with_state(device, ("urn:a",))
    assert found.value("system-state", "clock", "boot-datetime") == "1970-01-01T00:00:00Z"
    monitoring = found.find("netconf-state")
    assert monitoring is not None
    assert monitoring.value("sessions", "session", "source-host") == "2001:db8::1"
    assert len(list(monitoring.find("datastores").all("datastore"))) == 2  # type: ignore[union-attr]  # there are some
    assert monitoring.value("datastores", "datastore", "locks", "global-lock", "locked-by-session") == "1"


def test_modules() -> None:
    assert len({module.namespace for module in modules.MODULES}) == len(modules.MODULES)
    text = modules.text("netloom-device")
    assert text is not None
    own = next(module for module in modules.MODULES if module.name == modules.OWN)
    assert f'namespace "{own.namespace}";' in text
    assert f"revision {own.revision} {{" in text
    assert text.count("{") == text.count("}")
    assert modules.text("ietf-system") is None
    ours = {name for ns, name in _names(schema.ROOT) if ns == modules.DEVICE}
    assert ours == set(re.findall(r"^\s+(?:container|list|leaf|leaf-list) ([\w-]+) \{", text, re.MULTILINE))
    assert BASE not in {module.namespace for module in modules.MODULES}


def _names(node: Schema) -> set[tuple[str, str]]:
    found = set(node.children)
    for child in node.children.values():
        found |= _names(child)
    return found


VALUES = [
    "1", "20", "30", "GigabitEthernet0/3", "lo0", "Loopback1", "10.1.1.1", "192.0.2.9", "24", "2001:db8::1", "64",
    "10.0.0.0/8", "2001:db8::/32", "true", "false", "x", "$0$pw", "15", "9000", "static", "", "a" * 300, "-1",
    "default",
]  # fmt: skip
KINDS = {"ianaift:ethernetCsmacd": modules.IANA_IF_TYPE, "ianaift:l3ipvlan": modules.IANA_IF_TYPE,
         "rt:static": modules.ROUTING}  # fmt: skip


def an_edit(known: Schema, chance: random.Random) -> Node:
    """Something that the schema has a place for, whether or not it makes sense."""
    made = Node(known.name, known.ns)
    if chance.random() < 0.1:
        made.attributes = {edit.OPERATION: chance.choice(edit.OPERATIONS)}
    if known.name == "type":
        made.text = chance.choice(list(KINDS))
        made.prefixes = {made.text.partition(":")[0]: KINDS[made.text]}
    elif known.kind in ("leaf", "leaf-list"):
        made.text = chance.choice([*known.values, *VALUES])
    for child in known.children.values():
        many = chance.choice([0, 1, 1, 2]) if child.kind in ("list", "leaf-list") else chance.random() < 0.5
        made.children += [an_edit(child, chance) for _ in range(max(many, child.name in known.keys))]
    return made


@given(st.sampled_from(NAMES), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_whatever_is_edited_is_refused_or_told_as_it_is(name: str, chance: random.Random) -> None:
    device = Shell("edge", dialect=name).device
    session = device.enter("ann", "netconf")
    for _ in range(10):
        wanted = an_edit(schema.ROOT, chance)
        default = chance.choice(["merge", "replace", "none"])

        def change(config: Config, wanted: Node = wanted, default: str = default) -> Config:
            tree = convert.tree(config, device.hardware)
            return convert.config_of(edit.apply(tree, wanted, schema.ROOT, default), device.hardware)

        store = chance.choice(["running", "candidate"])
        with contextlib.suppress(Fault, ConfigError):
            device.edit(session, store, change, check=False)
        for config in (device.running, device.candidate):
            tree = convert.tree(config, device.hardware)
            assert convert.config_of(xml.parse(xml.emit(tree)), device.hardware) == config
