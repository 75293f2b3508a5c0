"""Landlock: which files a process may reach, for good. It needs no privilege, and works in containers.

Numbers are those of the kernel's ``linux/landlock.h``; the system calls have the same number on every architecture.
"""

import ctypes
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from stat import S_ISDIR

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_READING = _EXECUTE | _READ_FILE | _READ_DIR
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_TCP = 1 << 0 | 1 << 1
_SCOPES = 1 << 0 | 1 << 1
"""Abstract sockets, and signals to processes outside."""
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights the kernel knows, by version of its interface; 16 in later ones."""
_LEAST_VERSION = 6
"""The first that keeps signals in."""

_libc = ctypes.CDLL(None, use_errno=True)


class _RulesetAttributes(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def interface_version() -> int:
    """The version of the kernel's interface; raises ``OSError`` where the kernel has no Landlock."""
    return _call(_CREATE_RULESET, None, 0, _CREATE_RULESET_VERSION)


class Fence:
    """Rules that are being collected. Paths that do not exist are left out: nothing there can be reached anyway."""

    def __init__(self, *, network: bool) -> None:
        """Raises ``OSError`` where the kernel's Landlock is absent or too old."""
        version = interface_version()
        if version < _LEAST_VERSION:
            raise OSError(f"the kernel's Landlock has version {version}, {_LEAST_VERSION} is needed (Linux 6.12)")
        self._handled = (1 << _FILE_RIGHTS.get(version, 16)) - 1
        attributes = _RulesetAttributes(self._handled, 0 if network else _TCP, _SCOPES)
        self._ruleset = _call(_CREATE_RULESET, ctypes.byref(attributes), ctypes.sizeof(attributes), 0)

    def allow_reading(self, paths: Iterable[Path]) -> None:
        """Let files below be read, listed and executed."""
        for path in paths:
            self._allow(path, _READING)

    def allow_everything(self, paths: Iterable[Path]) -> None:
        """Let files below be changed, too; devices take no commands."""
        for path in paths:
            self._allow(path, self._handled & ~_IOCTL_DEV)

    def close_behind(self) -> None:
        """Put the rules into force for this process and all that will come from it."""
        _call(_RESTRICT_SELF, self._ruleset, 0)
        os.close(self._ruleset)

    def _allow(self, path: Path, rights: int) -> None:
        with suppress(FileNotFoundError, PermissionError, NotADirectoryError):
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
            try:
                if not S_ISDIR(os.fstat(descriptor).st_mode):
                    rights &= _OF_FILES
                rule = _PathBeneath(rights & self._handled, descriptor)
                _call(_ADD_RULE, self._ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0)
            finally:
                os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    wide = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    answer: int = _libc.syscall(ctypes.c_long(number), *wide)
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock: {os.strerror(code)}")
    return answer
