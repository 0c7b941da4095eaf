from __future__ import annotations

import asyncio

import pytest

from netloom.contents import TooLarge
from netloom.contents.bus import Bus
from netloom.protocols.socketio.hub import Hub, around, hub_of
from netloom.protocols.socketio.options import Options
from tests.worlds import pending_timers


async def test_so_many_at_once() -> None:
    hub = Hub(Bus())
    options = Options(max_sessions=3, max_sessions_per_peer=2)
    first, second = (hub.open(options, "polling", "a") for _ in range(2))
    with pytest.raises(TooLarge, match="from one address"):
        hub.open(options, "polling", "a")
    other = hub.open(options, "websocket", "b")
    with pytest.raises(TooLarge, match="no more than 3"):
        hub.open(options, "polling", "c")
    first.close()
    third = hub.open(options, "polling", "a")
    assert set(hub.sessions) == {second.sid, other.sid, third.sid}
    hub.close()
    assert not hub.sessions
    assert all(session.closed for session in (second, other, third))
    assert not pending_timers(asyncio.get_running_loop())


async def test_over_a_unix_socket_there_is_one_peer_only() -> None:
    hub = Hub(Bus())
    options = Options(max_sessions_per_peer=1)
    for _ in range(3):
        hub.open(options, "polling", "")
    hub.close()


async def test_ids_are_long_and_differ() -> None:
    hub = Hub(Bus())
    ids = {hub.open(Options(), "polling", "a").sid for _ in range(100)}
    assert len(ids) == 100
    assert min(map(len, ids)) == 20
    hub.close()


async def test_a_bus_has_one_while_it_is_served() -> None:
    bus = Bus()
    async with around(bus):
        session = hub_of(bus).open(Options(), "polling", "a")
    assert session.closed
