"""A server of mail that is told to say no."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.contents.mail import Mail
from netloom.endpoint import Endpoint
from netloom.errors import Status, UsageError
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.serving import Serving
from tests.worlds import record

PLACE = "smtp://127.0.0.1:2525"


async def sent(serving: Serving, network: MemoryNetwork, to: str = "ann@example.org") -> Any:
    return await record(network, "send", f"{PLACE}/{to}#tls=never", "hello")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("refuse:421", "421"), ("refuse:450", "450"), ("refuse:550", "550"), ("refuse:421:at=MAIL", "421"),
        ("refuse:452:at=message", "452"), ("refuse:554:at=data", "554"), ("refuse:502:at=EHLO", "502"),
    ],
)  # fmt: skip
def test_each_code_where_it_is_said(fault: str, code: str) -> None:
    async def main() -> None:
        network = MemoryNetwork()
        content = Mail()
        async with Serving([Endpoint.parse(f"{PLACE}#fault={fault}")], [content], network=network) as serving:
            found = await sent(serving, network)
            if fault == "refuse:502:at=EHLO":  # the client goes on with HELO (RFC 5321 §3.2)
                assert found.status is Status.SUCCESS
                return
            assert found.status is Status.REFUSED_BY_PEER
            assert code in found.message
            assert "on purpose" in found.message

    run(main())


def test_fails_twice_and_then_succeeds() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        fault = "refuse:450:times=2:text=4.2.1%20busy"
        async with Serving([Endpoint.parse(f"{PLACE}#fault={fault}")], [Mail()], network=network) as serving:
            found = [await sent(serving, network) for _ in range(3)]
        assert [each.status for each in found] == [Status.REFUSED_BY_PEER, Status.REFUSED_BY_PEER, Status.SUCCESS]
        assert "4.2.1 busy" in found[0].message

    run(main())


def test_only_for_some() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        fault = "refuse:550:target=bob@*"
        async with Serving([Endpoint.parse(f"{PLACE}#fault={fault}")], [Mail()], network=network) as serving:
            assert (await sent(serving, network, "ann@example.org")).status is Status.SUCCESS
            assert (await sent(serving, network, "bob@example.org")).status is Status.REFUSED_BY_PEER

    run(main())


@pytest.mark.parametrize("fault", ["refuse:250", "refuse:greylisted", "refuse:4500"])
def test_what_is_no_code(fault: str) -> None:
    async def main() -> None:
        with pytest.raises(UsageError, match="smtp can't refuse with") as caught:
            await Serving([Endpoint.parse(f"{PLACE}#fault={fault}")], network=MemoryNetwork()).start()
        assert caught.value.hint == "codes: 421, 4xx, 5xx"

    run(main())
