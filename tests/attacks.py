"""The attacks that a sandbox must hold against: what hostile job code tries, and the level from which it must fail.

Each program sets ``result["through"]`` to whether it came through. One that is refused raises, and one that is killed
says nothing: both are contained. ``target`` has the paths, ports and pids to attack.
"""

from dataclasses import dataclass, field
from typing import Any

from tasks_service.core.confinement import Level

S1, S2, S3, S4 = Level.S1, Level.S2, Level.S3, Level.S4


@dataclass(frozen=True)
class Attack:
    """One attack. ``contained_from``: the level that promises to hold against it."""

    name: str
    contained_from: Level
    code: str
    outcomes: tuple[str, ...] = ()
    """The errors of which one must end the run; none where refusing the attempt is enough."""
    limits: dict[str, Any] = field(default_factory=dict)
    of_root: Level | None = None
    """The level that promises it to a service of root, where that is a later one."""

    def promised(self, level: Level, *, root: bool) -> bool:
        """Whether a level promises to contain it."""
        return level >= (self.of_root if root and self.of_root else self.contained_from)


_FLEE = """
import os, signal, time
def stay():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(1)
"""

ATTACKS = (
    Attack(
        "fork bomb: each child in a session of its own, deaf to SIGTERM",
        S1,
        _FLEE + "for _ in range(400):\n    if os.fork() == 0:\n        os.setsid()\n        stay()\nstay()",
        outcomes=("ProcessLimitExceeded", "MemoryLimitExceeded"),
        limits={"processes": 20},
    ),
    Attack(
        "memory: one process takes 2 GB",
        S1,
        "blocks = []\nwhile len(blocks) < 200:\n    blocks.append(b'x' * 10_000_000)\nresult['through'] = True",
        outcomes=("MemoryLimitExceeded",),
    ),
    Attack(
        "memory: four processes take 200 MB each",
        S1,
        "import os, time\nfor _ in range(4):\n    if os.fork() == 0:\n        block = b'x' * 200_000_000\n"
        "        time.sleep(20)\n        os._exit(0)\ntime.sleep(20)\nresult['through'] = True",
        outcomes=("MemoryLimitExceeded",),
    ),
    Attack(
        "CPU: spins in two processes",
        S1,
        "import os\nos.fork()\nwhile True:\n    pass",
        outcomes=("CpuLimitExceeded",),
        limits={"cpu_seconds": 0.5},
    ),
    Attack(
        "disk: many small files",
        S1,
        "import time\nfor n in range(400):\n    open(f'file{n}', 'wb').write(b'x' * 1_000_000)\ntime.sleep(5)\n"
        "result['through'] = True",
        outcomes=("DiskLimitExceeded",),
        limits={"disk_bytes": 50_000_000},
    ),
    Attack(
        "daemon: forks twice and leaves the session",
        S1,
        _FLEE + "if os.fork() == 0:\n    os.setsid()\n    if os.fork():\n        os._exit(0)\n    stay()",
    ),
    Attack(
        "deaf to SIGTERM until the time is over",
        S1,
        _FLEE + "stay()",
        outcomes=("TimedOut",),
        limits={"wall_seconds": 0.5},
    ),
    Attack(
        "output: floods with 20 MB",
        S1,
        "print('x' * 20_000_000)",
        limits={"output_bytes": 100_000},
    ),
    Attack(
        "files: opens 3,000 at once",
        S1,
        "held = [open('/dev/null') for _ in range(3000)]\nresult['through'] = True",
    ),
    Attack(
        "descriptors of the service left open",
        S1,
        "import os, stat\nfound = [d for d in range(3, 256) if os.path.exists(f'/proc/self/fd/{d}')]\n"
        "result['through'] = any(not stat.S_ISFIFO(os.stat(f'/proc/self/fd/{d}').st_mode)"
        " and not os.readlink(f'/proc/self/fd/{d}').startswith(('anon_inode:', '/memfd:progress', '/proc/', 'socket:'))"
        " for d in found)",
    ),
    Attack(
        "privileges by a setuid program",
        S1,
        "status = open('/proc/self/status').read()\nresult['through'] = 'NoNewPrivs:\\t1' not in status",
    ),
    Attack(
        "reads the environment of the service",
        S1,
        "text = open(f\"/proc/{target['service']}/environ\", 'rb').read()\nresult['through'] = bool(text)",
        of_root=S2,
    ),
    Attack(
        "traces the service",
        S1,
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "attached = libc.ptrace(0x4206, target['service'], 0, 0)\n"
        "libc.ptrace(17, target['service'], 0, 0)\nresult['through'] = attached == 0",
        of_root=S2,
    ),
    Attack("signals the service", S2, "import os\nos.kill(target['service'], 0)\nresult['through'] = True"),
    Attack("signals another run", S2, "import os\nos.kill(target['other_run'], 0)\nresult['through'] = True"),
    Attack(
        "reads the directory of another run",
        S2,
        "import os\nresult['through'] = bool(os.listdir(target['other_directory']))",
    ),
    Attack(
        "reads a private file of the service",
        S2,
        "result['through'] = bool(open(target['private']).read())",
    ),
    Attack(
        "reads the passwords of the machine",
        S2,
        "result['through'] = bool(open('/etc/shadow').read())",
    ),
    Attack(
        "reads a file outside that everybody may read", S3, "result['through'] = bool(open(target['public']).read())"
    ),
    Attack(
        "writes outside its directory, where everybody may",
        S3,
        "open(target['drop'] + '/written', 'w').write('x')\nresult['through'] = True",
    ),
    Attack(
        "connects to a service on loopback",
        S3,
        "import socket\nsocket.create_connection(('127.0.0.1', target['port']), 5).close()\nresult['through'] = True",
    ),
    Attack(
        "sends a datagram",
        S3,
        "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))\n"
        "result['through'] = True",
    ),
    Attack(
        "connects to a socket in the file system, as Docker's",
        S3,
        "import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect(target['socket'])\nresult['through'] = True",
    ),
    Attack(
        "makes namespaces, to be root there",
        S3,
        "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "result['through'] = libc.unshare(0x10000000) == 0",
    ),
    Attack(
        "goes around system call filters by io_uring",
        S3,
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nparams = ctypes.create_string_buffer(120)\n"
        "result['through'] = libc.syscall(425, 4, params) >= 0",
    ),
    Attack(
        "sees other processes",
        S4,
        "import os\nresult['through'] = os.path.exists(f\"/proc/{target['service']}\")",
    ),
)
