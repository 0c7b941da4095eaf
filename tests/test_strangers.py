"""Every protocol's probe at a port where something else is: a typed failure by the deadline, and nothing left."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom import registry
from netloom.errors import Status
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run as virtual
from tests.test_failures import DEADLINE, Asking, ask, drip, endless, gone, middle, peer, reset, silent, url
from tests.worlds import Certificates, elapsed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.links.stream import Stream

    Handle = Callable[[Any], Awaitable[None]]

CARRIED_BY = {"tcp": "tcp", "http": "tcp", "ssh": "tcp", "tls": "tls", "https": "tls"}
SSH_DEADLINE = 0.5
"""Real seconds: the SSH library works in threads, which no virtual clock waits for."""


async def garbage(link: Stream) -> None:
    """Says what belongs to nothing, and waits."""
    await link.write(bytes(range(256)) * 4 + b"\r\n\r\n")
    await silent(link)


STRANGERS = (silent, drip, endless, middle, gone, reset, garbage)
SCHEMES = [
    (scheme, known.over)
    for declared in registry.protocols()
    for scheme, known in declared.schemes.items()
    if known.over in CARRIED_BY
]
IS_ONE: dict[str, tuple[Handle, ...]] = {
    "tcp": STRANGERS,
    "tls": STRANGERS,
    # Nothing has to be said first, and whatever is said is text.
    "telnet": (silent, endless, middle, gone, reset, garbage),
    "syslog": (silent,),
    "whois": (middle,),
}
"""Which of them are a server of the protocol, as far as anybody can tell."""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


async def met(asking: Asking, over: str, handle: Handle, certificates: Certificates) -> Any:
    """The record of a probe. SSH's is on real sockets, the others' in memory."""
    network, carrier = None if over == "ssh" else MemoryNetwork(), CARRIED_BY[over]
    secure = carrier == "tls"
    async with peer(network, carrier, handle, certificates.good if secure else "") as port:
        deadline = SSH_DEADLINE if over == "ssh" else DEADLINE
        before = elapsed()
        where = url(asking, port=port, options=f"ca={certificates.ca}" if secure else "")
        found = await ask(network, asking, where, deadline)
        if network is not None:
            assert elapsed() - before <= deadline + 0.01
        return found


@pytest.mark.usefixtures("leaves_nothing")
@pytest.mark.parametrize("handle", STRANGERS, ids=lambda handle: handle.__name__)
@pytest.mark.parametrize(("scheme", "over"), SCHEMES, ids=[scheme for scheme, _ in SCHEMES])
def test_probe(scheme: str, over: str, handle: Handle, certificates: Certificates) -> None:
    asking = Asking(scheme, "probe", (), "config=none,agent=none" if over == "ssh" else "")
    run = asyncio.run if over == "ssh" else virtual
    found = run(met(asking, over, handle, certificates))
    if handle in IS_ONE.get(registry.for_scheme(scheme)[0].name, ()):
        assert found.status is Status.SUCCESS
    else:
        assert found.status in (Status.TIMEOUT, Status.PROTOCOL_ERROR, Status.CLOSED), found
        assert found.phase
        assert found.message
        assert found.hint
