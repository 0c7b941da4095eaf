"""IMAP fetches a second, beside Dovecot: the same letters in a Maildir, asked for by the same client."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks import mailstores
from benchmarks.compared import grid
from benchmarks.mailstores import PASSWORD, USER
from benchmarks.measure import Sample, Side, alternate
from benchmarks.programs import CLIENT, SERVER, Program, Worker, version
from benchmarks.report import Section

if TYPE_CHECKING:
    from benchmarks.bench import Bench

# What

OURS, DOVECOT = "**netloom**", "Dovecot"
LETTERS, SIZE = 2000, 12_000
"""More than our store keeps of what was read last, 16 MiB: so each letter is read from its file, as Dovecot does."""
LIST = "(UID FLAGS RFC822.SIZE INTERNALDATE ENVELOPE)"


class Case(NamedTuple):
    """Commands, in turn, and how many messages each fetches."""

    caption: str
    commands: tuple[str, ...]
    each: int


CASES = (
    Case(
        "one letter after the other: FETCH n BODY.PEEK[]",
        tuple(f"FETCH {n} BODY.PEEK[]" for n in range(1, LETTERS + 1)),
        1,
    ),
    Case(
        "one letter after the other: FETCH n (UID FLAGS)",
        tuple(f"FETCH {n} (UID FLAGS)" for n in range(1, LETTERS + 1)),
        1,
    ),
    Case(f"the whole list: FETCH 1:* {LIST}", (f"FETCH 1:* {LIST}",), LETTERS),
    Case("all letters: FETCH 1:* BODY.PEEK[]", ("FETCH 1:* BODY.PEEK[]",), LETTERS),
)

Store = tuple[Program, int]


def run(bench: Bench) -> Section:
    """Measure both in turns."""
    stores = sides(bench)
    load = bench.worker("imap_load", CLIENT)
    bench.tell("do both fetch the same?")
    check(load, stores)
    grids = []
    for case in CASES:
        for store in stores.values():
            measure(load, store, case, 0.0)
        found = alternate(
            [Side(name, partial(measure, load, store, case, bench.scale(0.8, 0.4))) for name, store in stores.items()],
            bench.rounds,
            lambda text, case=case: bench.tell(f"{case.caption}: {text}"),  # type: ignore[misc]
        )
        grids.append(grid("server", found, DOVECOT, ("fetches", "fetch"), case.caption))
    return Section(
        name="imap",
        title="fetches from a mailbox",
        what=f"{LETTERS} letters of {SIZE / 1000:.0f} KB in a Maildir, one connection without TLS that is kept and "
        "asks for the next once the last has come. It goes round, and they are more than our store keeps in memory "
        "of what was read last, so that each letter is read from its file. The server has one core, the client the "
        "other. No aim was set.",
        grids=grids,
        aims=[],
        checked="both give the same UIDs, flags, sizes, dates, envelopes and letters, as Python's imaplib reads "
        "them; in every slice each command ends with OK after as many bytes as when it was asked first.",
        commands=[load.shown, *(program.shown for program, _ in stores.values())],
        limits="one after the other: a receive, a send and a turn of the event loop for each; for a letter also its "
        "file, which is opened and read in a thread. All letters: the files of a batch are read in one go, and "
        "copied into what is sent. The list: what was read of a letter once is kept, and put together.",
        versions=[f"Dovecot {version(['dovecot', '--version'])}"],
    )


# Sides


def sides(bench: Bench) -> dict[str, Store]:
    mails = bench.folder / "mails"
    mailstores.letters(mails / USER, LETTERS, SIZE)
    return {OURS: mailstores.ours(bench, SERVER, mails), DOVECOT: mailstores.dovecot(bench, SERVER, mails)}


# Check


def check(load: Worker, stores: dict[str, Store]) -> None:
    """The same to imaplib."""
    for what in (LIST, "(UID BODY.PEEK[])"):
        said = {}
        for name, (_, port) in stores.items():
            said[name] = [plain(part) for part in load.ask(port=port, user=USER, password=PASSWORD, what=what)["said"]]
        for ours, theirs in zip(said[OURS], said[DOVECOT], strict=True):
            if ours != theirs:
                raise AssertionError(f"{what}: {ours} here, {theirs} there")
        if len(said[OURS]) < LETTERS:
            raise AssertionError(f"{what}: {len(said[OURS])} answers")


def plain(part: Any) -> Any:
    """Items in the order of their names: whoever writes them chooses which comes first (RFC 9051 §7.5.2)."""
    if isinstance(part, list):
        return [plain(part[0]), *part[1:]]
    part = re.sub(r" ?\\Recent", "", part)  # whichever session comes first is told so, and RFC 9051 has it no more
    sorts = re.split(r" (?=(?:UID|FLAGS|RFC822\.SIZE|INTERNALDATE|ENVELOPE|BODY\[\]) )", part.strip("()"))
    return sorted(sorts)


# Measure


def measure(load: Worker, store: Store, case: Case, seconds: float) -> Sample:
    """The server's CPU time."""
    program, port = store
    before = program.cpu()
    answer = load.ask(port=port, user=USER, password=PASSWORD, commands=case.commands, each=case.each, seconds=seconds)
    return Sample(answer["work"], answer["wall"], program.cpu() - before)
