"""Seccomp: which system calls a process may make, for good. It needs no privilege, and works in containers.

The filter refuses what no job needs and what leads around Landlock: new namespaces, mounts, tracing, kernel modules,
``io_uring`` (its operations pass no filter), and sockets unless the run may use the network. Numbers are those of the
kernel's tables for each architecture.
"""

import ctypes
import errno
import os
import platform
import struct
from dataclasses import dataclass
from typing import Final

_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2

_LOAD_WORD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _JUMP_IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
"""Where the kernel's ``seccomp_data`` holds what; the low half of an argument comes first on both architectures."""

_NEW_NAMESPACES = 0x7E020000
"""The flags of ``clone`` that make namespaces."""
_AF_INET, _AF_INET6, _AF_NETLINK = 2, 10, 16
_X32 = 0x40000000


def _names(text: str) -> list[str]:
    return text.split()


_REFUSED: Final = _names("""
    acct add_key adjtimex bpf chroot clock_adjtime clock_settime delete_module fanotify_init finit_module fsconfig
    fsmount fsopen fspick init_module ioperm iopl io_uring_enter io_uring_register io_uring_setup kcmp
    kexec_file_load kexec_load keyctl mount mount_setattr move_mount name_to_handle_at open_by_handle_at open_tree
    perf_event_open pidfd_getfd pivot_root process_madvise process_vm_readv process_vm_writev ptrace quotactl
    quotactl_fd reboot request_key setdomainname sethostname setns settimeofday swapoff swapon syslog umount2
    unshare userfaultfd vhangup
""")


@dataclass(frozen=True, slots=True)
class _Machine:
    """An architecture: its audit number, and the numbers of its system calls."""

    audit: int
    calls: dict[str, int]


def _table(text: str) -> dict[str, int]:
    return {name: int(number) for name, number in (entry.split() for entry in text.split(","))}


_SINCE_5_0 = _table("""
    io_uring_setup 425, io_uring_enter 426, io_uring_register 427, open_tree 428, move_mount 429, fsopen 430,
    fsconfig 431, fsmount 432, fspick 433, clone3 435, pidfd_getfd 438, process_madvise 440, mount_setattr 442,
    quotactl_fd 443
""")
"""The same on every architecture."""
_X86_64 = _table("""
    socket 41, clone 56, ptrace 101, syslog 103, vhangup 153, pivot_root 155, adjtimex 159, chroot 161, acct 163,
    settimeofday 164, mount 165, umount2 166, swapon 167, swapoff 168, reboot 169, sethostname 170, setdomainname
    171, iopl 172, ioperm 173, init_module 175, delete_module 176, quotactl 179, clock_settime 227, kexec_load
    246, add_key 248, request_key 249, keyctl 250, unshare 272, perf_event_open 298, fanotify_init 300,
    name_to_handle_at 303, open_by_handle_at 304, clock_adjtime 305, setns 308, process_vm_readv 310,
    process_vm_writev 311, kcmp 312, finit_module 313, kexec_file_load 320, bpf 321, userfaultfd 323
""")
_AARCH64 = _table("""
    umount2 39, mount 40, pivot_root 41, chroot 51, vhangup 58, quotactl 60, acct 89, unshare 97, kexec_load 104,
    init_module 105, delete_module 106, clock_settime 112, syslog 116, ptrace 117, reboot 142, sethostname 161,
    setdomainname 162, settimeofday 170, adjtimex 171, socket 198, add_key 217, request_key 218, keyctl 219, clone
    220, swapon 224, swapoff 225, perf_event_open 241, fanotify_init 262, name_to_handle_at 264, open_by_handle_at
    265, clock_adjtime 266, setns 268, process_vm_readv 270, process_vm_writev 271, kcmp 272, finit_module 273,
    bpf 280, userfaultfd 282, kexec_file_load 294
""")
_MACHINES = {
    "x86_64": _Machine(0xC000003E, _X86_64 | _SINCE_5_0),
    "aarch64": _Machine(0xC00000B7, _AARCH64 | _SINCE_5_0),
}

_libc = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def refuse_system_calls(*, network: bool) -> None:
    """Put the filter into force. Raises ``OSError`` on an architecture that is not known here, or where the kernel
    refuses; new privileges must be forbidden before."""
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        raise OSError(errno.ENOSYS, f"seccomp: the system calls of {platform.machine()} are not known here")
    code = b"".join(_filter(machine, network=network))
    program = _Program(len(code) // 8, code)
    if _libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        failure = ctypes.get_errno()
        raise OSError(failure, f"seccomp: {os.strerror(failure)}")


def _filter(machine: _Machine, *, network: bool) -> list[bytes]:
    calls = machine.calls
    return [
        _step(_LOAD_WORD, _ARCHITECTURE),
        *_unless(_JUMP_IF_EQUAL, machine.audit, [_step(_RETURN, _KILL)]),
        _step(_LOAD_WORD, _NUMBER),
        *(_when(_JUMP_IF_AT_LEAST, _X32, [_refuse(errno.ENOSYS)]) if machine.audit == 0xC000003E else []),
        *[
            line
            for name in _REFUSED
            if name in calls
            for line in _when(_JUMP_IF_EQUAL, calls[name], [_refuse(errno.EPERM)])
        ],
        # The C library falls back to clone, whose flags a filter can read.
        *_when(_JUMP_IF_EQUAL, calls["clone3"], [_refuse(errno.ENOSYS)]),
        *_when(
            _JUMP_IF_EQUAL,
            calls["clone"],
            [
                _step(_LOAD_WORD, _FIRST_ARGUMENT),
                *_when(_JUMP_IF_ANY_BIT, _NEW_NAMESPACES, [_refuse(errno.EPERM)]),
                _step(_RETURN, _ALLOW),
            ],
        ),
        *_when(_JUMP_IF_EQUAL, calls["socket"], _internet_only() if network else [_refuse(errno.EACCES)]),
        _step(_RETURN, _ALLOW),
    ]


def _internet_only() -> list[bytes]:
    """Sockets of the machine's own services, such as Docker's, stay out of reach."""
    allowed = (_AF_INET, _AF_INET6, _AF_NETLINK)
    return [
        _step(_LOAD_WORD, _FIRST_ARGUMENT),
        *[line for family in allowed for line in _when(_JUMP_IF_EQUAL, family, [_step(_RETURN, _ALLOW)])],
        _refuse(errno.EAFNOSUPPORT),
    ]


def _when(test: int, value: int, then: list[bytes]) -> list[bytes]:
    return [_step(test, value, 0, len(then)), *then]


def _unless(test: int, value: int, then: list[bytes]) -> list[bytes]:
    return [_step(test, value, len(then), 0), *then]


def _refuse(code: int) -> bytes:
    return _step(_RETURN, _ERRNO | code)


def _step(operation: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", operation, if_true, if_false, value)
