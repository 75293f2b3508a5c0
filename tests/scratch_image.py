"""The image of the Dockerfile, without an engine: its own instructions, carried out in scratch machines."""

import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from dockerfile import BASE_ENV, Instruction, Stage, context, expand, parse
from running import ROOT
from scratch_machine import Machine, Running

REGISTRY = {
    name: value
    for name, value in os.environ.items()
    if name.startswith(("PIP_", "SSL_")) or name.lower().endswith("_proxy")
}
"""How this machine reaches its package registry; given to RUN alone, as a build's arguments would be."""


class Built:
    """A stage that has been carried out."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage = stage
        self.machine = Machine(folder)
        self.env = dict(BASE_ENV)
        self.cwd = "/"
        self.user = ""

    def ids(self) -> str:
        """``uid:gid`` of the user, the group as the image's /etc/passwd has it."""
        rows = (line.split(":") for line in (self.machine.layer / "etc/passwd").read_text().splitlines())
        return next(f"{row[2]}:{row[3]}" for row in rows if self.user in (row[0], row[2]))


class Image:
    """What ``docker build`` would make of the checkout."""

    def __init__(self, folder: Path, text: str | None = None) -> None:
        self._folder = folder
        self._context = folder / "context"
        self._stages: dict[str, Built] = {}
        for relative in context(ROOT, (ROOT / ".dockerignore").read_text()):
            target = self._context / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / relative, target)
        for stage in parse(text or (ROOT / "Dockerfile").read_text()):
            self._carry_out(stage)

    @property
    def last(self) -> Built:
        """The stage that is the image."""
        return list(self._stages.values())[-1]

    @property
    def wheel(self) -> Path:
        """What the first stage built."""
        first = next(iter(self._stages.values()))
        return next(path for path in first.machine.layer.rglob("*.whl") if "dist" in path.parts)

    @contextmanager
    def container(
        self,
        folder: Path,
        env: Mapping[str, str],
        network: str,
        command: Sequence[str] | None = None,
        hosts: Sequence[str] = (),
        read_only: bool = False,
    ) -> Iterator[Running]:
        """``docker run --env … --network … [--add-host …] [--read-only] image [command]``: the image's layout, below a
        layer of its own and with the volumes it declares, as its user."""
        built = self.last
        machine = Machine(folder, built.machine)
        if hosts:
            (machine.layer / "etc").mkdir()
            (machine.layer / "etc/hosts").write_text("".join(f"127.0.0.1 {name}\n" for name in ("localhost", *hosts)))
        volumes: dict[Path, str] = {}
        for place in built.stage.told["VOLUME"].words:
            volume = folder / "volume"
            shutil.copytree(built.machine.layer / place.lstrip("/"), volume)
            uid, _, gid = built.ids().partition(":")
            os.chown(volume, int(uid), int(gid))
            volumes[volume] = place
        entry = built.stage.entry(None if command is None else list(command))
        with machine.running(
            entry,
            folder / "log",
            env=built.env | env,
            user=built.ids(),
            cwd=built.cwd,
            binds=volumes,
            network=network,
            read_only=read_only,
        ) as running:
            yield running

    def healthy(self, running: Running, env: Mapping[str, str]) -> bool:
        """The verdict of HEALTHCHECK."""
        built = self.last
        command = Instruction("CMD", {}, built.stage.told["HEALTHCHECK"].text.removeprefix("CMD").strip()).words
        uid, _, gid = built.ids().partition(":")
        as_user = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", *command]
        return running.run(as_user, env=built.env | env).returncode == 0

    def _carry_out(self, stage: Stage) -> None:
        wanted = f"python:{sys.version_info.major}.{sys.version_info.minor}-slim"
        assert stage.base.startswith(wanted), f"{stage.base} has another interpreter than the tests"
        built = self._stages[stage.name] = Built(stage, self._folder / f"stage-{stage.name}")
        built.machine.prepare()
        for step in stage.steps:
            match step.verb:
                case "RUN":
                    self._run(built, step)
                case "COPY":
                    self._copy(built, step)
                case "ENV":
                    pairs = (pair.partition("=") for pair in shlex.split(step.text))
                    built.env |= {name: expand(value, built.env) for name, _, value in pairs}
                case "WORKDIR":
                    built.cwd = str(Path(built.cwd, expand(step.text, built.env)))
                    built.machine.run(["mkdir", "-p", built.cwd])
                case "USER":
                    built.user = step.text

    def _run(self, built: Built, step: Instruction) -> None:
        argv = step.words if step.text.startswith("[") else ["/bin/sh", "-c", step.text]
        user = built.ids() if built.user else ""
        built.machine.run(argv, env=built.env | REGISTRY, cwd=built.cwd, user=user)

    def _copy(self, built: Built, step: Instruction) -> None:
        """Owned by root, modes and links kept; the contents of a folder, not the folder."""
        assert step.flags.keys() <= {"from"}, step
        *sources, target = (expand(word, built.env) for word in step.words)
        root = self._stages[step.flags["from"]].machine.layer if "from" in step.flags else self._context
        into = str(Path(built.cwd, target)) + ("/" if target.endswith("/") or len(sources) > 1 else "")
        copy = (
            'set -e; cd /mnt; for source in "$@"; do if [ -d "$source" ]; then mkdir -p "$0";'
            ' cp -a --no-preserve=ownership "$source/." "$0"; else mkdir -p "$(dirname "$0.")";'
            ' cp -a --no-preserve=ownership "$source" "$0"; fi; done'
        )
        relative = [source.lstrip("/") or "." for source in sources]
        built.machine.run(["sh", "-c", copy, into, *relative], binds={root: "/mnt"})
