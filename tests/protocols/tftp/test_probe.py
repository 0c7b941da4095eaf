"""The probe: is somebody there, and what do they agree to."""

from __future__ import annotations

import asyncio

from netloom.errors import Status
from netloom.links import virtual
from tests.protocols.tftp.lab import Lab, Way
from tests.worlds import record


def test_what_is_there() -> None:
    async def main() -> None:
        async with Lab() as lab:
            found = await record(lab.network, "probe", "tftp://127.0.0.1")
            assert (found.status, found.facts["answer"], found.facts["code"]) == (Status.SUCCESS, "refusal", 1)
            assert found.summary.startswith("answers · there is no /netloom-")
            named = await record(lab.network, "probe", "tftp://127.0.0.1/big.bin")
            assert named.facts["answer"] == "options"
            assert named.facts["options"] == {"blksize": "1428", "windowsize": "16", "tsize": "256003"}
            assert named.facts["size"] == 256_003
            assert named.facts["port"] not in (None, 69)
            assert named.summary == "256003 bytes · blksize 1428 · windowsize 16"
            await asyncio.sleep(1)
            assert lab.access[-1].status == "given up: 0", "the server isn't kept waiting"
            plain = await record(lab.network, "probe", "tftp://127.0.0.1/hello.txt#blksize=512,windowsize=1,tsize=no")
            assert (plain.facts["answer"], plain.summary) == ("data", "it is there · no options")
            missing = await record(lab.network, "probe", "tftp://127.0.0.1/nothing")
            assert (missing.status, missing.facts["code"]) == (Status.REFUSED_BY_PEER, 1)

    virtual.run(main())


def test_nobody_is_there() -> None:
    async def main() -> None:
        network = Way()
        refused = await record(network, "probe", "tftp://127.0.0.1")
        assert refused.status is Status.REFUSED
        network.silent.add(("127.0.0.1", 69))
        silent = await record(network, "probe", "tftp://127.0.0.1", deadline=7)
        assert (silent.status, silent.phase) == (Status.TIMEOUT, "first_byte")

    virtual.run(main())
