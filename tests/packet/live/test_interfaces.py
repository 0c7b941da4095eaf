"""What the kernel tells of interfaces, and which way packets take."""

from __future__ import annotations

import sys

import pytest

from netloom.errors import CapabilityError, UsageError
from netloom.packet.live.interfaces import ALL, ANY, COOKED, ETHERNET, interface, linux_only, names, own_address
from tests.packet.live.lab import HERE, HERE_6, HERE_MAC, THERE, THERE_6, Lab


def test_a_veth(wire: Lab) -> None:
    with wire.inside():
        found = interface("va")
        assert {"lo", "va"} <= set(names())
    assert (found.name, found.link_type, found.mtu, found.mac) == ("va", ETHERNET, 1500, HERE_MAC)
    assert found.index > 0
    assert found.is_up
    assert not found.is_loopback


def test_loopback(wire: Lab) -> None:
    with wire.inside():
        found = interface("lo")
    assert (found.is_loopback, found.link_type, found.mtu) == (True, ETHERNET, 65_536)


def test_all() -> None:
    assert interface(ANY) is ALL
    assert ALL.link_type == COOKED


@pytest.mark.parametrize("name", ["va1", "", "v\0a", "x" * 40, "../va"])
def test_one_that_isn_t_there(wire: Lab, name: str) -> None:
    with wire.inside(), pytest.raises(UsageError, match="there is no interface"):
        interface(name)


def test_the_address_that_we_speak_from(wire: Lab) -> None:
    with wire.inside():
        assert own_address(THERE) == HERE
        assert own_address(THERE_6) == HERE_6
        assert own_address("127.0.0.1") == "127.0.0.1"
        assert own_address("192.0.2.9") == ""


def test_elsewhere_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(CapabilityError, match="Linux' packet sockets, and this is darwin"):
        linux_only("capturing")
    monkeypatch.setattr(sys, "platform", "linux")
    linux_only("capturing")
