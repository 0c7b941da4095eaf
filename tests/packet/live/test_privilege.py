"""What is missing, and each way to come by it."""

from __future__ import annotations

from netloom.errors import CapabilityError
from netloom.packet.live.privilege import lacking


def test_it_tells_what_and_how() -> None:
    error = lacking("capturing", descriptor=True)
    assert isinstance(error, CapabilityError)
    assert error.message == "capturing takes CAP_NET_RAW, which this process doesn't have"
    for way in ("sudo", "setcap cap_net_raw+ep", "--copies", "--descriptor"):
        assert way in error.hint


def test_where_no_descriptor_helps_none_is_spoken_of() -> None:
    assert "--descriptor" not in lacking("sending frames").hint
