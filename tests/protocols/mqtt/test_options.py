"""Options that are read in a way of their own."""

from __future__ import annotations

from netloom.protocols.mqtt.options import user_properties


def test_user_properties() -> None:
    assert user_properties(["a=b", "a=c=d", "e"]) == (("a", "b"), ("a", "c=d"), ("e", ""))
