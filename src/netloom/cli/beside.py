"""What is said beside the records, on standard error: with -v details of each, with -vv the dialogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import json

from netloom.cli.failures import say, stderr_columns
from netloom.errors import Status
from netloom.output.text.outcome import phases_in_words
from netloom.output.text.style import Style
from netloom.output.text.words import clean, seconds, wrap
from netloom.records import TLS, Outcome, ReplyRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netloom.cli.progress import Progress
    from netloom.output import View


def talker(progress: Progress, style: Style, *, several: bool = False) -> Callable[[str, str], None]:
    """Whom the dialogue is told to: standard error. Of `several` endpoints each stands above what is said there."""
    last = ""

    def tell(endpoint: str, words: str) -> None:
        nonlocal last
        progress.clear()
        if several and endpoint != last:
            last = endpoint
            say(f"    {style.paint(clean(endpoint), 'dim')}\n")
        look = "cyan" if words.startswith(">") else "grey"
        first, *more = wrap(clean(words).rstrip(), stderr_columns() - 9)
        said = [f"      {style.paint(first, look)}", *(f"        {style.paint(line, look)}" for line in more)]
        say("\n".join(said) + "\n")

    return tell


def detailed(record: Outcome, view: View) -> str:
    """The details of an outcome, each in lines below it."""
    style = Style(colour=view.aside_colour, unicode=view.unicode)
    lines = [piece for line in details(record, style) for piece in wrap(line, stderr_columns() - 7)]
    return "".join(f"      {style.paint(line, 'dim')}\n" for line in lines)


def details(record: Outcome, style: Style) -> Iterator[str]:
    """What -v adds: each phase, each address that was tried, what TLS agreed on."""
    if record.phases:
        yield phases_in_words(record.phases, style)
    for tried in record.addresses:
        place = f"[{tried.address}]" if tried.family == "ipv6" else tried.address
        fate = "connected" if tried.fate is Status.SUCCESS else tried.fate.replace("_", " ")
        yield f"{place}{f':{tried.port}' if tried.port else ''} {fate} {style.dot} {seconds(tried.duration)}"
    if record.tls is not None:
        yield _tls(record.tls, style)
    if isinstance(record, ReplyRecord):
        for name, value in record.meta.items():
            if value in (None, "", [], {}):
                continue
            shown = value if isinstance(value, str) else json.encode(value).decode()
            yield f"{clean(str(name))}: {clean(shown)}"


def _tls(tls: TLS, style: Style) -> str:
    said = [tls.version, tls.cipher, tls.group, tls.alpn and f"ALPN {tls.alpn}", "resumed" if tls.resumed else ""]
    said += [f"{clean(tls.chain[0].subject)} by {clean(tls.chain[0].issuer)}"] if tls.chain else []
    said += ["verified" if tls.verified else f"not verified: {clean(tls.problem)}"]
    return f" {style.dot} ".join(filter(None, said))
