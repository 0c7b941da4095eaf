"""Addresses in words."""

from __future__ import annotations

import socket

import pytest

from netloom.links.memory import MemoryNetwork
from netloom.links.network import Network, SockAddr, describe, show, unix
from netloom.links.system import SystemNetwork


@pytest.mark.parametrize(
    ("address", "described", "shown"),
    [
        ((socket.AF_INET, ("127.0.0.1", 80)), ("ipv4", "127.0.0.1", 80), "127.0.0.1:80"),
        ((socket.AF_INET6, ("::1", 443, 0, 0)), ("ipv6", "::1", 443), "[::1]:443"),
        (unix("/run/x.sock"), ("unix", "/run/x.sock", 0), "/run/x.sock"),
        (unix("@name"), ("unix", "@name", 0), "@name"),
    ],
)
def test_words(address: SockAddr, described: tuple[str, str, int], shown: str) -> None:
    assert describe(address) == described
    assert show(address) == shown


def test_both_networks_have_the_shape() -> None:
    networks: list[Network] = [SystemNetwork(), MemoryNetwork()]
    assert all(hasattr(network, "connect") for network in networks)
