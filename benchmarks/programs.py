"""Programs that a benchmark starts: pinned to a core, on a free loopback port, ended by their process id."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
READY = 20.0
"""Seconds that a program has to begin to listen."""
ANSWER = 120.0
"""Seconds that one slice may take."""


class Missing(Exception):
    """A program that a table needs isn't installed: the table is left out, and says so."""


def cores() -> tuple[int, int]:
    """The client's core and the server's: different ones where there are two."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


CLIENT, SERVER = cores()


def need(program: str, package: str) -> str:
    """The program's path. Raises Missing."""
    found = shutil.which(program) or shutil.which(program, path=str(Path(sys.executable).parent))
    if found is None:
        raise Missing(f"{program} isn't installed: {package}")
    return found


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port that the kernel finds free now, for programs that can't be told to let it choose."""
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Program:
    """A running program. `close` ends it, and whatever it started, by process id."""

    def __init__(
        self,
        command: Sequence[str],
        core: int,
        *,
        env: Mapping[str, str] | None = None,
        pipes: bool = False,
        output: IO[bytes] | None = None,
    ) -> None:
        self.command = list(command)
        self.core = core
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", **(env or {})}
        for name in (
            "http_proxy",
            "https_proxy",
            "all_proxy",
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "ALL_PROXY",
            "SSLKEYLOGFILE",
        ):
            environment.pop(name, None)
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core), *self.command],
            env=environment,
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
            stdout=subprocess.PIPE if pipes else output or subprocess.DEVNULL,
            stderr=None if pipes else subprocess.DEVNULL,
        )

    @property
    def shown(self) -> str:
        """The command line, without what is the machine's own."""
        return " ".join(
            ["taskset", "-c", str(self.core), *(Path(p).name if p.startswith("/") else p for p in self.command)]
        )

    def wait_for(self, port: int) -> Program:
        """Return once something accepts on the port."""
        end = time.monotonic() + READY
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.shown} ended with {self.process.returncode}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
                return self
            time.sleep(0.02)
        raise RuntimeError(f"{self.shown} doesn't listen on {port}")

    def wait_for_udp(self, port: int) -> Program:
        """Return once the UDP port is bound."""
        end = time.monotonic() + READY
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.shown} ended with {self.process.returncode}")
            if f":{port:04X} 00000000:0000" in Path("/proc/net/udp").read_text(encoding="ascii"):
                return self
            time.sleep(0.02)
        raise RuntimeError(f"{self.shown} doesn't hear on {port}")

    def cpu(self) -> float:
        """CPU seconds of the process and all that it started, also of what has ended (proc(5): in ticks of 10 ms)."""
        return sum(cpu_seconds(pid, ended=True) for pid in self.pids())

    def memory(self) -> int:
        """Resident bytes of the process and all that it started, shared pages by their share."""
        return sum(_memory(pid) for pid in self.pids())

    def pids(self) -> list[int]:
        found = [self.process.pid]
        for pid in found:
            with contextlib.suppress(OSError):
                for task in Path(f"/proc/{pid}/task").iterdir():
                    found += [int(child) for child in (task / "children").read_text().split()]
        return found

    def close(self) -> None:
        """End it: kindly first."""
        pids = self.pids()
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pid in pids[1:]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


class Worker(Program):
    """A Python process of ours that does slices of work when it is asked: a JSON object a line, both ways."""

    def __init__(self, module: str, core: int, *args: str, env: Mapping[str, str] | None = None) -> None:
        super().__init__([sys.executable, "-m", f"benchmarks.workers.{module}", *args], core, env=env, pipes=True)

    def ask(self, **request: Any) -> dict[str, Any]:
        """One slice. Raises RuntimeError where the worker ends instead."""
        self.begin(**request)
        return self.hear()

    def begin(self, **request: Any) -> None:
        """Have it begin a slice; `hear` waits for its end."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        """What the worker says next."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.shown} ended")
        return dict(json.loads(line))


def cpu_seconds(pid: int, *, ended: bool = False) -> float:
    """What a process has used, and with `ended` its children that have gone; 0 where there is none any more."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11 : 15 if ended else 13])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def version(command: Sequence[str]) -> str:
    """The first line that says a version."""
    made = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    lines = [line.strip() for line in (made.stdout + made.stderr).splitlines() if any(c.isdigit() for c in line)]
    return lines[0][:80] if lines else Path(command[0]).name
