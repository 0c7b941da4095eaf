"""Files in MB a second over HTTP, FTP and SFTP, beside nginx, vsftpd and OpenSSH, to and from the same clients."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from functools import partial
from importlib.metadata import version as package_version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import stores
from benchmarks.compared import grid
from benchmarks.measure import Sample, Side, alternate
from benchmarks.programs import CLIENT, SERVER, Missing, need, version
from benchmarks.report import Section

if TYPE_CHECKING:
    from benchmarks.bench import Bench
    from benchmarks.stores import Key, Store

# What

OURS, NGINX, VSFTPD, SSHD, ASYNCSSH = "**netloom**", "nginx", "vsftpd", "OpenSSH's sshd", "asyncssh's own server"
CIPHER = "aes128-gcm@openssh.com"
MB = 1_000_000
PATIENCE = 120
"""Seconds after which a session counts as stuck."""


class Case(NamedTuple):
    """One protocol, one way; `base` is the measure. A session moves the file `times` times."""

    caption: str
    scheme: str
    base: str
    upload: bool
    times: int


CASES = (
    Case("HTTP, get", "http", NGINX, False, 10),
    Case("HTTP, put", "http", NGINX, True, 4),
    Case("FTP, get", "ftp", VSFTPD, False, 10),
    Case("FTP, put", "ftp", VSFTPD, True, 4),
    Case("SFTP, get", "sftp", SSHD, False, 2),
    Case("SFTP, put", "sftp", SSHD, True, 2),
)


class Mover:
    """Moves the large file by curl, or by OpenSSH's sftp, on the clients' core."""

    def __init__(self, folder: Path, key: Key, size: int) -> None:
        self.key = key
        self.size = size
        self.served = folder / "served"
        self.own = folder / "own"
        for place in (self.served, self.own):
            place.mkdir()
        (self.served / ".nginx").mkdir()
        self.data = os.urandom(size)
        self.digest = hashlib.sha256(self.data).digest()
        (self.served / "large").write_bytes(self.data)
        (self.own / "large").write_bytes(self.data)
        self.curl, self.sftp = need("curl", "curl"), need("sftp", "openssh-client")

    def by_curl(self, case: Case, url: str, *, keep: bool) -> list[str]:
        """One session. What is put has the names `copy-0`, `copy-1` and so on there, and what is got, if it is kept."""
        made = ["taskset", "-c", str(CLIENT), self.curl, "--silent", "--show-error", "--fail", "--disable"]
        made += ["--header", "Expect:", "--write-out", "%{size_download} "]
        for number in range(case.times):
            if case.upload:
                made += ["--upload-file", f"{self.own}/large", f"{url}copy-{number}"]
            else:
                made += ["--output", f"{self.own}/copy-{number}" if keep else "/dev/null", f"{url}large"]
        return made

    def by_sftp(self, port: int) -> list[str]:
        """It reads what it is to do."""
        options = (
            f"Ciphers={CIPHER}", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes",
            "LogLevel=ERROR", f"User={self.key.user}",
        )  # fmt: skip
        made = ["taskset", "-c", str(CLIENT), self.sftp, "-q", "-F", "none", "-i", str(self.key.private)]
        made += ["-P", str(port), "-b", "-", *(word for option in options for word in ("-o", option))]
        return [*made, "127.0.0.1"]

    def copies(self, case: Case) -> list[Path]:
        """Where the copies are afterwards."""
        return [(self.served if case.upload else self.own) / f"copy-{number}" for number in range(case.times)]

    def move(self, case: Case, store: Store, *, keep: bool) -> Sample:
        """One session, to its end: megabytes, and the server's CPU time once its processes for it have ended."""
        if case.scheme == "sftp":
            return self.move_by_sftp(case, store)
        alive, before = store.program.pids(), store.program.cpu()
        command = self.by_curl(case, store.url, keep=keep)
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        wall = time.perf_counter() - began
        sizes = [0 if case.upload else self.size] * case.times
        if done.returncode or [int(size) for size in done.stdout.split()] != sizes:
            raise AssertionError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
        until = time.monotonic() + 2.0
        while len(store.program.pids()) > len(alive) and time.monotonic() < until:
            time.sleep(0.01)
        return Sample(self.size * case.times / MB, wall, store.program.cpu() - before)

    def move_by_sftp(self, case: Case, store: Store) -> Sample:
        """The same after the login, which takes longer than the file: the clock runs between two answers to `pwd`."""
        names = [f"copy-{number}" for number in range(case.times)]
        told = [f"put {self.own}/large {name}" if case.upload else f"get large {self.own}/{name}" for name in names]
        with subprocess.Popen(
            self.by_sftp(store.port), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as session:
            try:
                do(session, "pwd")
                before, began = store.program.cpu(), time.perf_counter()
                do(session, *told, "pwd")
                wall, cpu = time.perf_counter() - began, store.program.cpu() - before
                session.communicate("bye\n", timeout=10)
            finally:
                session.kill()
        return Sample(self.size * case.times / MB, wall, cpu)


def do(session: subprocess.Popen[str], *commands: str) -> None:
    """Have sftp run commands, the last of which is `pwd`, whose answer ends them."""
    assert session.stdin is not None
    assert session.stdout is not None
    session.stdin.write("".join(f"{command}\n" for command in commands))
    session.stdin.flush()
    said = []
    for line in session.stdout:
        if line.startswith("Remote working directory"):
            return
        said.append(line)
    raise AssertionError(f"sftp ended: {''.join(said)}")


def run(bench: Bench) -> Section:
    """Every protocol, both ways."""
    folder = bench.folder / "store"  # an ordinary file system: one in memory can't tell what is cached, which ours asks
    folder.mkdir(mode=0o755)
    key = stores.make_key(bench)
    mover = Mover(folder, key, bench.count(48 * MB))
    started, missing = sides(bench, mover.served, key)
    grids = []
    for case in CASES:
        servers = started[case.scheme]
        if case.base not in servers:
            continue
        bench.tell(f"{case.caption}: is the file the same afterwards?")
        for name, store in servers.items():
            check(mover, case, name, store)
        found = alternate(
            [Side(name, partial(measure, mover, case, store)) for name, store in servers.items()],
            bench.rounds,
            lambda text, case=case: bench.tell(f"{case.caption}: {text}"),  # type: ignore[misc]
        )
        grids.append(grid("server", found, case.base, ("MB", "MB"), case.caption))
    return Section(
        name="files",
        title="files over HTTP, FTP and SFTP",
        what=f"A file of {mover.size / MB:.0f} MB that is in the page cache, moved in one session: by curl "
        f"{CASES[0].times} times when it is got (to /dev/null) and {CASES[1].times} times when it is put, connecting "
        f"and logging in included; by OpenSSH's sftp with {CIPHER} {CASES[-1].times} times, from the login on. The "
        "server has one core, the client the other. CPU time is that of the server with all the processes that it "
        f"starts. No aim was set.{missing}",
        grids=grids,
        aims=[],
        checked="SHA-256 of the file on the other side, both ways, for every server; in every slice its size.",
        commands=[
            f"taskset -c {CLIENT} curl --output /dev/null URL …",
            f"taskset -c {CLIENT} curl --upload-file large URL …",
            " ".join(Path(word).name if word.startswith("/") else word for word in mover.by_sftp(0)),
            *(store.program.shown for servers in started.values() for store in servers.values()),
        ],
        limits="the client, for what is quick: then only CPU time tells servers apart. HTTP and FTP, got: nginx and "
        "vsftpd send files by sendfile; ours reads pieces of 256 KB into Python and writes them to a socket. Put: "
        "each piece is written in a thread. SFTP: packets in Python, and AES.",
        versions=[
            version([mover.curl, "--version"]), version(["nginx", "-v"]), "vsftpd", version(["ssh", "-V"]),
            f"asyncssh {package_version('asyncssh')}",
        ],
    )  # fmt: skip


# Sides


def sides(bench: Bench, served: Path, key: Key) -> tuple[dict[str, dict[str, Store]], str]:
    """Servers by protocol, and which of the others are missing: then that protocol is left out."""
    made = {scheme: {OURS: stores.ours(bench, SERVER, scheme, served, key)} for scheme in ("http", "ftp", "sftp")}
    missing = []
    for scheme, name, start in (
        ("http", NGINX, partial(stores.nginx, bench, SERVER, served)),
        ("ftp", VSFTPD, partial(stores.vsftpd, bench, SERVER, served)),
        ("sftp", SSHD, partial(stores.sshd, bench, SERVER, served, key)),
        ("sftp", ASYNCSSH, partial(stores.asyncssh, bench, SERVER, served, key)),
    ):
        try:
            made[scheme][name] = start()
        except Missing as exc:
            missing.append(f" Left out: {exc}.")
    return made, "".join(missing)


# Check


def check(mover: Mover, case: Case, name: str, store: Store) -> None:
    """The same file on the other side."""
    once = case._replace(times=1)
    mover.move(once, store, keep=True)
    for copy in mover.copies(once):
        if hashlib.sha256(copy.read_bytes()).digest() != mover.digest:
            raise AssertionError(f"{case.caption}, {name}: {copy} is another file")
        copy.unlink()


# Measure


def measure(mover: Mover, case: Case, store: Store) -> Sample:
    """Megabytes."""
    found = mover.move(case, store, keep=False)
    for copy in mover.copies(case):
        if (case.upload or case.scheme == "sftp") and copy.stat().st_size != mover.size:
            raise AssertionError(f"{case.caption}: {copy} has {copy.stat().st_size} bytes")
        copy.unlink(missing_ok=True)
    return found
