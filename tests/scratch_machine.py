"""A machine in a folder: this one's system below an overlay, in namespaces of its own, thrown away afterwards.

It stands in for a base image where there is no container engine. Needs root, ``unshare``, ``nsenter``, ``setpriv`` and
overlay mounts. The checkout and the homes are hidden in it, so that nothing can be borrowed from them.
"""

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dockerfile import BASE_ENV
from needs import leave_out
from running import ROOT, wait_for

_ENTER = """\
set -euo pipefail
mount --make-rprivate /
below=/
for folder in $FOLDERS; do  # one on the other: side by side they would overlap
  mount -t overlay -o "lowerdir=$below,upperdir=$folder/layer,workdir=$folder/work" overlay "$folder/merged"
  below=$folder/merged
done
MERGED=$below
mount -t proc proc "$MERGED/proc"
mount --rbind /sys "$MERGED/sys"
mount -t tmpfs -o mode=755 tmpfs "$MERGED/dev"
for node in null zero full random urandom tty; do
  touch "$MERGED/dev/$node"; mount --bind "/dev/$node" "$MERGED/dev/$node"
done
ln -s pts/ptmx "$MERGED/dev/ptmx"; mkdir "$MERGED/dev/pts"
ln -s /proc/self/fd "$MERGED/dev/fd"
mkdir "$MERGED/dev/shm"; mount -t tmpfs -o mode=1777 tmpfs "$MERGED/dev/shm"
mount -t tmpfs -o mode=1777 tmpfs "$MERGED/tmp"
mount -t tmpfs -o mode=755 tmpfs "$MERGED/run"
for hidden in $HIDDEN; do [ -d "$MERGED$hidden" ] && mount -t tmpfs -o mode=755 tmpfs "$MERGED$hidden"; done
while read -r source target; do
  [ -n "$source" ] || continue
  mkdir -p "$MERGED$target"; mount --bind "$source" "$MERGED$target"
done <<< "$BINDS"
if [ -n "$CGROUP" ]; then
  mount -o remount,ro,bind "$MERGED/sys"; mount -t cgroup2 cgroup2 "$MERGED/sys/fs/cgroup"
fi
[ -z "$READ_ONLY" ] || mount -o remount,ro,bind "$MERGED"
cd "$MERGED"
pivot_root . .  # and not only chroot, within which systemd could give no unit a view of its own
umount --lazy .
exec chroot . "$@"
"""


def require() -> None:
    """Skip where such a machine cannot be made, unless REQUIRE_IMAGE=1."""
    if os.geteuid() != 0:
        leave_out("only root can mount an overlay", "REQUIRE_IMAGE")
    if missing := [name for name in ("unshare", "nsenter", "setpriv", "ip") if shutil.which(name) is None]:
        leave_out(f"{', '.join(missing)} is missing (apt-get install util-linux iproute2)", "REQUIRE_IMAGE")
    tried = subprocess.run(
        ["unshare", "--mount", "sh", "-c", 'd=$(mktemp -d) && mount -t tmpfs t "$d" && mkdir "$d/u" "$d/w" "$d/m" &&'
         ' mount -t overlay -o "lowerdir=/,upperdir=$d/u,workdir=$d/w" o "$d/m"'],
        capture_output=True, text=True,
    )  # fmt: skip
    if tried.returncode:
        leave_out(f"no overlay can be mounted: {tried.stderr.strip()}", "REQUIRE_IMAGE")


class Machine:
    """A file system that remembers what commands did to it."""

    def __init__(self, folder: Path, below: "Machine | None" = None) -> None:
        self.layer = folder / "layer"
        """What was written here; a further machine may stand on it."""
        for made in (self.layer, folder / "work", folder / "merged"):
            made.mkdir(parents=True)
        self._folders = [*(below._folders if below else []), str(folder)]

    def command(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] = BASE_ENV,
        user: str = "",
        cwd: str = "/",
        binds: Mapping[Path, str] | None = None,
        network: str = "",
        read_only: bool = False,
        cgroup: Path | None = None,
    ) -> tuple[list[str], dict[str, str]]:
        """The command and the environment that carry ``argv`` out in here, as the first process of its namespace.

        ``user`` is ``uid:gid`` and has no capabilities; empty is root. With a ``cgroup`` of its own, it may be systemd.
        """
        inside = ["env", "-i", *(f"{name}={value}" for name, value in env.items())]
        if user:
            uid, _, gid = user.partition(":")
            inside += ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--bounding-set=-all"]
        if cgroup is None:
            inside += ["sh", "-c", f'cd {shlex.quote(cwd)} && exec "$@"', "sh"]
        enter = ["nsenter", f"--net=/run/netns/{network}"] if network else []
        spaces = ["--mount", "--pid", "--ipc", "--uts", *(["--cgroup"] if cgroup else [])]
        shared = {Path(sys.base_prefix): "/usr/local", **(binds or {})} if sys.base_prefix != "/usr" else binds or {}
        told = {
            "PATH": os.environ["PATH"],
            "FOLDERS": " ".join(self._folders),
            "HIDDEN": f"/root /home /work /srv {ROOT}",
            "BINDS": "\n".join(f"{source} {target}" for source, target in shared.items()),
            "READ_ONLY": "1" if read_only else "",
            "CGROUP": str(cgroup or ""),
        }
        if cgroup:
            enter += ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(cgroup)]
        unshare = ["unshare", *spaces, "--fork", "bash", "-c", _ENTER, "enter"]
        return [*enter, *unshare, *inside, *argv], told

    def run(self, argv: Sequence[str], **how: Any) -> str:
        """Carry a command out; its output. Fails with what it said."""
        command, env = self.command(argv, **how)
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, f"{shlex.join(argv)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    @contextmanager
    def running(self, argv: Sequence[str], log: Path, **how: Any) -> Iterator["Running"]:
        """A command that goes on until the end of the block."""
        command, env = self.command(argv, **how)
        with log.open("ab") as output:
            process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        running = Running(process, log)
        try:
            yield running
        finally:
            running.kill()

    def prepare(self) -> None:
        """What the official images do to their base: the interpreter is found, by name and by the loader."""
        self.run(["ldconfig"])
        if sys.base_prefix == "/usr":
            self.run(["ln", "-sf", "/usr/bin/python3", "/usr/local/bin/python"])


class Running:
    """A command under way in a machine."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.process = process
        self.log = log

    @property
    def pid(self) -> int:
        """Of the first process of the namespace, as this machine sees it."""
        return wait_for("the first process", self._first, 10)

    def _first(self) -> int:
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0]) if children else 0

    def kill(self) -> None:
        """End every process of the namespace: its first one takes the others along."""
        if self.process.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
            self.process.wait(20)

    def run(self, argv: Sequence[str], env: Mapping[str, str] = BASE_ENV) -> "subprocess.CompletedProcess[str]":
        """One more command beside it, as ``docker exec`` does it."""
        enter = ["nsenter", f"--target={self.pid}", "--mount", "--pid", "--net", "--root", "--wd"]
        command = [*enter, "env", "-i", *(f"{name}={value}" for name, value in env.items()), *argv]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


@contextmanager
def control_group(name: str) -> Iterator[Path]:
    """A control group (version 2) for one system, removed when its processes are gone."""
    mounted = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    places = [Path(fields[1]) for fields in mounted if fields[2] == "cgroup2" and os.access(fields[1], os.W_OK)]
    if not places:
        leave_out("no control groups of version 2 are mounted", "REQUIRE_IMAGE")
    group = places[0] / name
    group.mkdir()
    try:
        yield group
    finally:
        for inner in sorted(group.rglob("*/"), reverse=True):
            inner.rmdir()
        group.rmdir()


@contextmanager
def network(name: str, address: str) -> Iterator[str]:
    """A network that nobody else is on, with a loopback and one address besides; its name."""
    ip = ["ip", "-netns", name]
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        for command in (
            ["link", "set", "lo", "up"],
            ["link", "add", "outside", "type", "veth", "peer", "name", "far"],
            ["address", "add", f"{address}/24", "dev", "outside"],
            ["link", "set", "outside", "up"],
            ["link", "set", "far", "up"],
        ):
            subprocess.run([*ip, *command], check=True)
        yield name
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)
