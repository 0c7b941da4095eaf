"""The command `netloom`: help is a stored text, and nothing is imported to print it."""

from __future__ import annotations

import gc
import os
import sys

_HELP: tuple[list[str], ...] = ([], ["-h"], ["--help"], ["help"])


def main() -> None:
    """Run the command, and end the process with its exit code."""
    try:
        code = _run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    _leave(code)


def _run(arguments: list[str]) -> int:
    if arguments in _HELP:
        return _help()
    if arguments == ["--version"]:
        from netloom import __version__

        return _write(f"netloom {__version__}\n")
    gc.disable()  # nothing of what is imported now will ever be garbage; it goes on when all is there
    _load_msgspec()
    from netloom.cli.app import main as run

    return run(arguments)


def _load_msgspec() -> None:
    """Without typing_extensions, where nobody has it yet: loading it takes longer than reading a small capture.

    Where it isn't installed msgspec does without, as typing has all that it wants of it since Python 3.11.
    """
    if "typing_extensions" in sys.modules or "msgspec" in sys.modules:
        return
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]  # what is None can't be imported
    try:
        import msgspec  # noqa: F401  # so that it is there
    finally:
        del sys.modules["typing_extensions"]


def _help() -> int:
    # os.path and open, not pathlib: it alone would take as long as all the rest
    with open(os.path.join(os.path.dirname(__file__), "cli", "help.txt"), encoding="utf-8") as file:  # noqa: PTH118, PTH120, PTH123
        return _write(file.read())


def _write(text: str) -> int:
    if sys.stdout is not None:
        encoding = sys.stdout.encoding or "utf-8"
        try:
            if "utf" not in encoding.lower():
                from netloom.cli.spout import encoded

                text = encoded(text, encoding).decode(encoding)
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            return 0  # whoever read has seen enough
        except OSError as exc:
            sys.stderr.write(f"netloom: standard output can't be written: {exc.strerror}\n")
            return 1
    return 0


def _leave(code: int) -> None:
    """End at once: all that was opened is closed, and a thread may still wait for a reader that never comes."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:  # said already, where it could be said
            continue
    os._exit(code)


if __name__ == "__main__":
    main()
