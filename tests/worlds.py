"""Small worlds for tests: certificates of every kind, and runs of operations in memory on a virtual clock."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar, cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from netloom.links.authority import Authority
from netloom.links.virtual import VirtualLoop
from netloom.runs import Run

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.links.network import Network
    from netloom.records import Record

T = TypeVar("T")


class Certificates:
    """PEM files in a folder: `ca` is to be trusted, `good` is for localhost and loopback, the others have a flaw."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        authority, stranger = Authority.create("test authority"), Authority.create("unknown authority")
        now = datetime.datetime.now(datetime.UTC)
        names = ["localhost", "127.0.0.1", "::1"]
        self.authority = authority
        self.ca = self._write("ca", authority.certificate_pem)
        self.good = self.write("good", authority.issue(names))
        self.expired = self.write("expired", authority.issue(names, not_after=now - datetime.timedelta(days=3)))
        self.early = self.write(
            "early",
            authority.issue(
                names, not_before=now + datetime.timedelta(days=3), not_after=now + datetime.timedelta(days=9)
            ),
        )
        self.wrong_name = self.write("wrong", authority.issue(["elsewhere.example"]))
        self.unknown_issuer = self.write("unknown", stranger.issue(names))
        self.client = self.write("client", authority.issue(["ann"], client=True))
        self.stray_client = self.write("stray", stranger.issue(["ann"], client=True))
        self.self_signed = self._write("self", self_signed(names))

    def write(self, name: str, issued: Any) -> str:
        """Certificate and key in one file."""
        return self._write(name, issued.cert_pem + issued.key_pem)

    def _write(self, name: str, pem: bytes) -> str:
        path = self.folder / f"{name}.pem"
        path.write_bytes(pem)
        return str(path)


def self_signed(names: list[str]) -> bytes:
    """A certificate that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names if "." not in name]), False)
        .sign(key, SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM)
    return pem + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


async def records(network: Network | None, name: str, *args: Any, **fields: Any) -> list[Record]:
    """All the records of an operation."""
    run: Run[Record] = Run.prepare(name, args, fields, {"network": network} if network is not None else None)
    return [record async for record in run]


async def record(network: Network | None, name: str, *args: Any, **fields: Any) -> Any:
    """The only record of an operation."""
    (found,) = await records(network, name, *args, **fields)
    return found


def elapsed() -> float:
    """Seconds on the running loop's clock."""
    return asyncio.get_running_loop().time()


class Stepping:
    """Cancels a task at the loop's k-th turn, counted from `watch`."""

    victim: asyncio.Task[Any] | None = None
    turns = 0
    cancel_at = 0
    hit = False

    def watch(self, task: asyncio.Task[Any], cancel_at: int) -> None:
        """Count from now on."""
        self.victim, self.cancel_at, self.turns = task, cancel_at, 0

    def _run_once(self) -> None:
        if self.victim is not None:
            self.turns += 1
            if self.turns == self.cancel_at:
                self.hit = self.victim.cancel()
        super()._run_once()  # type: ignore[misc]  # asyncio's own, which the stubs leave out


class VirtualSteppingLoop(Stepping, VirtualLoop):
    """On the virtual clock."""


class RealSteppingLoop(Stepping, asyncio.SelectorEventLoop):
    """With the kernel's sockets."""


def pending_timers(loop: asyncio.AbstractEventLoop) -> list[asyncio.TimerHandle]:
    """Timers that would still fire."""
    scheduled = cast("list[asyncio.TimerHandle]", loop._scheduled)  # type: ignore[attr-defined]  # asyncio's own
    return [timer for timer in scheduled if not timer.cancelled()]


World = Callable[[], Coroutine[Any, Any, tuple[Awaitable[Any], Callable[[], Awaitable[None]]]]]


def cancel_everywhere(world: World, loop: type[Stepping] = VirtualSteppingLoop) -> int:
    """Run a world once for each turn k of the loop, cancelling its work at turn k, until it completes before.

    `world` prepares and gives the work and a check, which is awaited after the work's end. Gives how many turns there
    were.
    """
    k = 0
    while True:
        k += 1
        with asyncio.Runner(loop_factory=loop) as runner:  # type: ignore[arg-type]  # either is a loop, too
            if not runner.run(_cancelled_at(k, world)):
                return k


async def _cancelled_at(k: int, world: Any) -> bool:
    work, check = await world()
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Stepping)
    task = asyncio.ensure_future(work)
    loop.watch(task, k)
    await asyncio.wait({task})
    loop.victim = None
    if not task.cancelled():
        task.result()
        assert not loop.hit, f"cancelled at turn {k}: it went on"
    await check()
    for _ in range(5):
        await asyncio.sleep(0)
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, f"cancelled at turn {k}: tasks are left: {left}"
    timers = pending_timers(loop)
    assert not timers, f"cancelled at turn {k}: timers are left: {timers}"
    return bool(task.cancelled())


def on_loop(kind: str, main: Coroutine[Any, Any, T]) -> T:
    """Run on asyncio's own event loop, or on uvloop's."""
    if kind == "uvloop":
        import uvloop

        factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    else:
        factory = asyncio.SelectorEventLoop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)


LOOPS = ("asyncio", "uvloop")
