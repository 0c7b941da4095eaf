"""Install a locked set of packages and this checkout into the virtual environment that runs this script."""

from __future__ import annotations

import compileall
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install")
# Each file must have a locked hash. Wheels only: a bare machine has no compiler. The lock is complete: nothing is
# left to resolve.
LOCKED = ("--require-hashes", "--only-binary", ":all:", "--no-deps", "--compile", "--progress-bar", "off", "-r")
# The build backend is in the locked set; nothing may be fetched for the checkout itself.
CHECKOUT = ("--no-deps", "--no-index", "--no-build-isolation", "--editable")


def say(text: str, *, passing: bool = False) -> None:
    """Print a line; a passing one is overwritten by the next, and is printed on a terminal only."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\r\x1b[K{text}" if passing else f"\r\x1b[K{text}\n")
    elif not passing:
        sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def pip_lines(*arguments: str) -> Iterator[str]:
    """Run pip, give its lines as they come, and leave with all of them if it fails."""
    command = [*PIP, *arguments]
    seen: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT) as pip:
        assert pip.stdout is not None  # noqa: S101 - it was asked for above
        for line in pip.stdout:
            seen.append(line)
            yield line
    if pip.returncode:
        say("")
        sys.stdout.writelines(seen)
        sys.exit(f"netloom: pip failed (exit {pip.returncode}): {' '.join(command)}")


def main(lock: Path) -> None:
    """Install what `lock` pins, then the checkout, both byte-compiled."""
    started = time.monotonic()
    pins = len(re.findall(r"^[\w.-]+==", lock.read_text(encoding="utf-8"), re.MULTILINE))
    say(f"netloom: installing {pins} locked packages of {lock.name} into {Path(sys.prefix).name} (about a minute)")
    done = 0
    for line in pip_lines(*LOCKED, str(lock)):
        if found := re.match(r"(?:Collecting|Requirement already satisfied:) ([\w.-]+)", line):
            done += 1
            say(f"  {done:3} of {pins}  {found[1]}", passing=True)
        elif line.startswith("Installing collected"):
            say("  unpacking and compiling", passing=True)
    say("  netloom itself", passing=True)
    for _ in pip_lines(*CHECKOUT, str(ROOT)):
        pass
    compileall.compile_dir(ROOT / "src", quiet=2)
    say(f"netloom: installed in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
