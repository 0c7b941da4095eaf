"""`python -m benchmarks [TABLE…] [--quick]`: measure, and write README.md beside this file."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import netloom
from benchmarks.bench import Bench
from benchmarks.programs import Missing
from benchmarks.report import markdown, write

TABLES = (
    "startup",
    "probes",
    "echo",
    "relay",
    "recording",
    "fixtures",
    "http",
    "tls",
    "dns",
    "slow",
    "mqtt",
    "files",
    "snmp",
    "realtime",
    "imap",
    "flows",
    "columns",
    "smallcapture",
    "live",
)


def main() -> int:
    """Run the tables that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=", ".join(TABLES))
    parser.add_argument("--quick", action="store_true", help="less of everything: to see that it works")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("README.md"), metavar="FILE")
    chosen = parser.parse_args()
    for name in chosen.tables:
        if name not in TABLES:
            parser.error(f"there is no table {name}: {', '.join(TABLES)}")
    if not sys.platform.startswith("linux"):
        parser.error("the benchmarks pin processes and read /proc: they run on Linux")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended, however we end
    code = 0
    with tempfile.TemporaryDirectory(prefix="netloom-bench-") as kept:
        for name in chosen.tables or TABLES:
            module = importlib.import_module(f"benchmarks.tables.{name}")
            try:
                with Bench(name, Path(kept), quick=chosen.quick) as bench:
                    section = module.run(bench)
                    bench.tell("done\n" if sys.stderr.isatty() else "done")
            except Missing as exc:
                sys.stderr.write(f"{name}: left out: {exc}\n")
                code = 1
                continue
            text = markdown(section) + "\n" + _where(chosen.quick) + "\n"
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
            write(chosen.output, {name: text}, TABLES)
    return code


def _where(quick: bool) -> str:
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    how = " A quick run: less of everything." if quick else ""
    processor = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        "",
    )
    return (
        f"Measured {when} with netloom {netloom.__version__}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.release()}, "
        f"{len(os.sched_getaffinity(0))} cores of {processor or platform.machine()}.{how}"
    )


if __name__ == "__main__":
    sys.exit(main())
