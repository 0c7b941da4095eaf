"""Chaos: our first ten clients under any faults at random; none hangs, leaks or fails without a name for it.

The seed is fixed; `NETLOOM_CHAOS=SEED[xROUNDS]` tries others, and a failure says its own.
"""

from __future__ import annotations

import asyncio
import os
from random import Random
from typing import TYPE_CHECKING

import pytest

from netloom.errors import Status
from netloom.links.authority import Authority
from netloom.links.faults.fault import Traffic
from netloom.links.faults.text import kind, known
from netloom.links.memory import MemoryNetwork
from tests.laboratory import AFTER, LATEST, PROBE, Lab, laboratory, run
from tests.worlds import elapsed

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.shapes import Sample

SEED, _, GIVEN = os.environ.get("NETLOOM_CHAOS", "1").partition("x")
ROUNDS = {"ssh": 40, "sftp": 40}
"""Where the cryptography of a connection takes its time; for the others, `USUAL` many."""
USUAL = 200
NAMED = frozenset(Status) - {Status.ERROR, Status.INVALID_INPUT, Status.UNSUPPORTED}
FIRST = ("http", "ws", "smtp", "imap", "pop3", "ftp", "dns", "ssh", "sftp", "mqtt")


class Chaos:
    """Faults by chance, that fit a protocol's server or client."""

    def __init__(self, lab: Lab, random: Random) -> None:
        self._random = random
        scheme = lab.declared.schemes[lab.scheme]
        self._refusals = [refusal.code.replace("x", "5") for refusal in lab.declared.refusals]
        servers = {"certificate"} if scheme.over == "tls" or scheme.starttls else set()
        servers |= {"refuse"} if self._refusals else set()
        fitting = [name for name in known() if kind(name).KINDS & lab.kinds]
        self._clients = [name for name in fitting if name not in ("certificate", "refuse")]
        self._servers = [name for name in fitting if name in servers or name in self._clients]

    def fault(self, *, server: bool) -> str:
        """One of them, with parameters by chance."""
        pick, random = self._random.choice, self._random
        size, share = pick((0, 1, 9, 60, 300, 2000)), pick(("1%", "10%", "50%", "100%"))
        name = pick(self._servers if server else self._clients)
        values = {
            "bandwidth": (pick(("50", "2000", "1MiB")),),
            "certificate": (pick(("expired", "early", "name", "untrusted")),),
            "corrupt": (share, f"after={size}"),
            "duplicate": (share,),
            "half_close": (str(size),),
            "latency": (pick(("1ms", "300ms", "5", "100")), f"jitter={pick((0, 0.2, 9))}"),
            "limit": (str(size),),
            "loss": (share, f"again={pick((0, 0.2, 3, 60))}"),
            "refuse": (pick(self._refusals or ["-"]), f"times={pick((1, 5))}"),
            "reject": (),
            "reorder": (share, f"wait={pick((0, 0.1, 7))}"),
            "reset": (str(size), f"delay={pick((0, 2, 60))}"),
            "slice": (str(size + 1), f"vary={pick((0, 5))}", f"delay={pick((0, 0.001, 1))}"),
            "slow_close": (str(pick((0, 3, 100))),),
            "stall": (str(size), *pick(((), ("close=3",)))),
        }.get(name, ())
        more = [f"seed={random.randrange(99)}", f"chance={pick((0.5, 1, 1))}"]
        if issubclass(kind(name), Traffic):
            more.append(f"to={pick(('client', 'server', 'both'))}")
        if random.random() < 0.3:
            start = pick((0, 0.1, 2))
            more.append(f"start={start}:end={start + pick((0.05, 1, 20))}")
        return ":".join((name, *values, *more))


async def _round(lab: Lab, random: Random, chaos: Chaos) -> str:
    """Some clients at once under some faults, which are lifted one by one; gives what was wrong, in words."""
    theirs = [chaos.fault(server=True) for _ in range(random.randrange(3))]
    asked: list[tuple[Sample, str]] = [
        (random.choice((*lab.samples, PROBE)), chaos.fault(server=False) if random.random() < 0.4 else "")
        for _ in range(random.randrange(1, 4))
    ]
    before, began = lab.left(), elapsed()
    names = [lab.faults.add(text) for text in theirs]
    asking = [asyncio.ensure_future(lab.ask(*each)) for each in asked]
    if random.random() < 0.3:
        await asyncio.sleep(random.choice((0, 0.3, 3)))
        lab.faults.remove(names.pop()) if names else None
    await asyncio.wait(asking)
    took = elapsed() - began
    for name in random.sample(names, len(names)):
        lab.faults.remove(name)
    await asyncio.sleep(AFTER)
    wrong = [f"{each.exception()!r}" for each in asking if each.exception() is not None]
    wrong += [str(each.result()) for each in asking if not each.exception() and each.result().status not in NAMED]
    wrong += [f"took {took:g} s"] if took > LATEST else []
    wrong += [f"left {lab.left()}, was {before}"] if lab.left() != before else []
    return f"{theirs} at the server, {asked}: {'; '.join(wrong)}" if wrong else ""


@pytest.mark.soak
@pytest.mark.parametrize("scheme", FIRST)
def test_any_faults_at_random(scheme: str, tmp_path: Path, leaves_nothing: None) -> None:
    async def main() -> list[str]:
        random = Random(f"{scheme} {SEED}")
        async with laboratory(scheme, tmp_path, Authority.create(), MemoryNetwork()) as lab:
            await _all_well(lab)
            chaos = Chaos(lab, random)
            rounds = int(GIVEN or ROUNDS.get(scheme, USUAL))
            wrong = [
                f"round {number}: {words}" for number in range(rounds) if (words := await _round(lab, random, chaos))
            ]
            await _all_well(lab)
            return wrong

    wrong = run(main())
    assert not wrong, f"NETLOOM_CHAOS={SEED}\n" + "\n".join(wrong[:9])


async def _all_well(lab: Lab) -> None:
    """Without faults everything works, before and after, and what a first use begins has begun."""
    for sample in (*lab.samples, PROBE):
        record = await lab.ask(sample)
        assert record.status is Status.SUCCESS, record
    await asyncio.sleep(AFTER)
