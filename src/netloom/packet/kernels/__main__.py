"""`python -m netloom.packet.kernels`: compile the kernels ahead, and tell of each."""

from __future__ import annotations

import sys

from netloom.errors import NetloomError
from netloom.packet.kernels import compiled


def main() -> int:
    """Compile what isn't compiled yet. The exit status."""
    try:
        compiled.require()
        if compiled.ready():
            print("the packet kernels are compiled already")
        else:
            compiled.prepare(lambda name, done, total: print(f"{done + 1} of {total}: {name}", flush=True))
    except NetloomError as exc:
        print(f"netloom: {exc}\n  {exc.hint}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
