"""A transfer's own questions: is it the same one, and who vouches for the sender."""

from __future__ import annotations

from netloom.links import virtual
from netloom.protocols.tftp.transfer import Refused, Transfer
from netloom.wire.tftp.packets import Ack, Code, OptionAck, Request
from tests.protocols.tftp.lab import STRANGER, Lab, Way

ASK = Request("big.bin", "octet", {"tsize": "0"})


def test_which_request_it_is_for() -> None:
    async def main() -> None:
        async with Lab() as lab:
            context = next(iter(lab.serving._listeners[0].connections.values()))
            made = Transfer(lab.files, context, ASK, ("127.0.0.1", 5000))
            assert made.is_for(ASK, 1.0)
            assert not made.is_for(Request("other"), 1.0)
            assert made._is_near()
            assert not Transfer(lab.files, context, ASK, (STRANGER, 5000))._is_near()
            assert not Transfer(lab.files, context, ASK, ("fe80::1%eth0", 5000, 0, 2))._is_near()
            assert Transfer(lab.files, context, ASK, ("::1", 5000, 0, 0))._is_near()

    virtual.run(main())


def test_a_refusal_has_a_number() -> None:
    assert Refused(Code.ACCESS, "no").number == 2


def test_a_peer_that_has_answered_is_not_bound_any_more() -> None:
    async def main() -> None:
        async with Lab(network=Way(STRANGER)) as lab:
            raw = await lab.raw()
            assert isinstance(await raw.ask(ASK), OptionAck)
            for number in range(20):
                await raw.ask(Ack(number))
            assert sum(len(data) for _, _, data in lab.network.sent) > 20 * 500

    virtual.run(main())
