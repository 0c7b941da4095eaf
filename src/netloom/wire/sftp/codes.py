"""SFTP's numbers and their names (draft-ietf-secsh-filexfer-02 §3, §6.3, §7)."""

from __future__ import annotations

VERSION_NUMBER = 3

INIT, VERSION = 1, 2
OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT, SETSTAT, FSETSTAT = range(3, 11)
OPENDIR, READDIR, REMOVE, MKDIR, RMDIR, REALPATH, STAT, RENAME, READLINK, SYMLINK = range(11, 21)
STATUS, HANDLE, DATA, NAME, ATTRS = range(101, 106)
EXTENDED, EXTENDED_REPLY = 200, 201

OK, EOF, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE, BAD_MESSAGE, NO_CONNECTION, CONNECTION_LOST, OP_UNSUPPORTED = range(
    9
)

FOR_READING, FOR_WRITING, APPEND, CREATE, TRUNCATE, EXCLUSIVE = 1, 2, 4, 8, 16, 32
"""How a file is opened."""

LIMITS = b"limits@openssh.com"
POSIX_RENAME = b"posix-rename@openssh.com"
STATVFS = b"statvfs@openssh.com"
FSYNC = b"fsync@openssh.com"
EXPAND_PATH = b"expand-path@openssh.com"

PACKETS = {
    INIT: "INIT", VERSION: "VERSION", OPEN: "OPEN", CLOSE: "CLOSE", READ: "READ", WRITE: "WRITE", LSTAT: "LSTAT",
    FSTAT: "FSTAT", SETSTAT: "SETSTAT", FSETSTAT: "FSETSTAT", OPENDIR: "OPENDIR", READDIR: "READDIR",
    REMOVE: "REMOVE", MKDIR: "MKDIR", RMDIR: "RMDIR", REALPATH: "REALPATH", STAT: "STAT", RENAME: "RENAME",
    READLINK: "READLINK", SYMLINK: "SYMLINK", STATUS: "STATUS", HANDLE: "HANDLE", DATA: "DATA", NAME: "NAME",
    ATTRS: "ATTRS", EXTENDED: "EXTENDED", EXTENDED_REPLY: "EXTENDED_REPLY",
}  # fmt: skip
FLAGS = {
    FOR_READING: "read", FOR_WRITING: "write", APPEND: "append", CREATE: "create", TRUNCATE: "truncate",
    EXCLUSIVE: "exclusive",
}  # fmt: skip
STATUSES = {
    OK: "ok", EOF: "end of file", NO_SUCH_FILE: "no such file", PERMISSION_DENIED: "permission denied",
    FAILURE: "failure", BAD_MESSAGE: "bad message", NO_CONNECTION: "no connection",
    CONNECTION_LOST: "connection lost", OP_UNSUPPORTED: "operation unsupported",
}  # fmt: skip
