"""What servers serve, independent of any protocol. Each name here is a kind: its module has a `CONTENT` class.

A content is shared by several protocols and connections on one event loop. What it refuses it says with one of the
errors below, which each protocol maps to its own codes.
"""

from __future__ import annotations

from netloom.errors import NetloomError


class NotFound(NetloomError):
    """There is nothing of that name (HTTP 404, FTP 550, SSH_FX_NO_SUCH_FILE, TFTP 1)."""


class Forbidden(NetloomError):
    """It is there or could be, but this isn't allowed (HTTP 403, FTP 550 or 553, SSH_FX_PERMISSION_DENIED, TFTP 2)."""


class Exists(NetloomError):
    """It is there already and wasn't to be overwritten (HTTP 412, FTP 553, SSH_FX_FILE_ALREADY_EXISTS, TFTP 6)."""


class Invalid(NetloomError):
    """It isn't a value that can stand there (SNMP wrongType or wrongValue, Modbus 3, CoAP 4.00)."""


class TooLarge(NetloomError):
    """A limit of the content, or of the disk, is reached (HTTP 413 or 507, FTP 552, SMTP 552, TFTP 3)."""


class OutOfRange(NetloomError):
    """An upload is to be resumed where nothing ends (HTTP 416, FTP 554)."""
