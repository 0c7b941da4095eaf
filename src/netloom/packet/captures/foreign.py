"""Foreign: what a file is by its first octets, when it is no capture that is read here."""

from __future__ import annotations

from netloom.errors import UsageError

READ = "pcap and pcapng are read, also compressed with gzip, zstd, bzip2 or xz"
CONVERTED = f"{READ}; Wireshark's editcap converts others"

_CAPTURES = {
    b"snoop\0\0\0": "a snoop capture",
    b"GMBU": "a capture of Microsoft's Network Monitor",
    b"RTSS": "a capture of Microsoft's Network Monitor",
    b"TRSNIFF": "a Sniffer capture",
    b"XCP\0": "a NetXRay capture",
    b"iptrace ": "an iptrace capture",
    b"btsnoop\0": "a Bluetooth capture",
}
_OTHERS = {
    b"PK\x03\x04": "a ZIP archive",
    b"PK\x05\x06": "an empty ZIP archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"\x04\x22\x4d\x18": "compressed with lz4",
    b"\x1f\x9d": "compressed with compress",
    b"\x1f\x8b": "compressed with gzip, twice",
    b"\x28\xb5\x2f\xfd": "compressed with zstd, twice",
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "an SQLite database",
    b"\x7fELF": "a program",
    b"\x89PNG": "a picture",
    b"%PDF": "a PDF",
    b"{": "JSON",
    b"[": "JSON",
    b"<": "XML or HTML",
    b"CLIENT_": "a TLS key log",
    b"SERVER_": "a TLS key log",
    b"# SSL": "a TLS key log",
    b"-----BEGIN": "PEM: a certificate or key",
}


def foreign(name: str, beginning: bytes) -> UsageError:
    """The error for a file that is no capture: it names what the file is, and what is read."""
    for table, hint in ((_CAPTURES, CONVERTED), (_OTHERS, READ)):
        for magic, words in table.items():
            if beginning.startswith(magic):
                return UsageError(f"{name} is no capture that is read: it is {words}", hint=hint)
    found = f"it starts with {beginning[:8]!r}" if beginning else "it is empty"
    return UsageError(f"{name} is no capture: {found}", hint=READ)
