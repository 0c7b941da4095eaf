"""Clear text: passwords that anybody on the way can read, and versions of TLS that are no protection any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.summing.conversed import OLD_TLS, TELNET
from netloom.packet.summing.findings import BAD, WARNING
from netloom.packet.summing.words import finding, many, place, port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.summing.evidence import Evidence
    from netloom.packet.summing.record import Finding


def find(evidence: Evidence) -> Iterator[Finding]:
    """Each that was seen: one is enough."""
    for (kind, sender, server, number), span in evidence.closer.secrets.seen.by(lambda span: span.count):
        yield finding(
            "password",
            BAD,
            f"{place(sender)} sent {many(span.count, 'password')} in clear text to {port(server, number)} ({kind})",
            span,
            who=(place(sender), port(server, number)),
            filter=f"src host {place(sender)} and dst host {place(server)} and tcp dst port {number}",
        )
    for (client, server), span in evidence.conversed.telnet.by(lambda span: span.count):
        yield finding(
            "telnet",
            BAD,
            f"{place(client)} spoke Telnet with {place(server)} ({many(span.count, 'session')}): "
            "whatever was typed can be read",
            span,
            who=(place(client), place(server)),
            filter=f"host {place(client)} and host {place(server)} and tcp port {TELNET}",
        )
    for (version, client, server), span in evidence.conversed.old_tls.by(lambda span: span.count):
        yield finding(
            "old-tls",
            WARNING,
            f"{place(client)} offers {place(server)} nothing better than {OLD_TLS[version]}, which is deprecated",
            span,
            who=(place(client), place(server)),
            filter=f"tcp and host {place(client)} and host {place(server)}",
        )
