"""``tasks import``: what other schedulers run becomes manifests."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from tasks_service.app.imports import Provenance, import_cronjobs, import_crontab, manifest_of
from tasks_service.cli.manifest_file import schema_from, write_new
from tasks_service.cli.problem import fail, settings_or_fail
from tasks_service.core.imports.carried import Carried, Import
from tasks_service.core.ports import MAX_MANIFEST_BYTES
from tasks_service.core.schedule import zones
from tasks_service.settings import Settings

imports = typer.Typer(help="Turn what other schedulers run into manifests.", no_args_is_help=True)

_STANDARD_INPUT = "-"
File = Annotated[str, typer.Argument(metavar="FILE", help="What to read; - is standard input.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Where to write one file for each job; by default to standard output."),
]
Owner = Annotated[str, typer.Option("--owner", help="The owner of all jobs.")]


@imports.command()
def crontab(
    file: File,
    user_column: Annotated[
        bool, typer.Option("--user-column", help="A user stands before each command, as in /etc/crontab.")
    ] = False,
    timezone: Annotated[
        str, typer.Option("--timezone", help="The zone of the machine that cron runs on; by default TASKS_TIMEZONE.")
    ] = "",
    out: Out = None,
    owner: Owner = "",
) -> None:
    """Turn a crontab into jobs of the type command that do the same at the same times.

    What cannot be carried over is named with its line, on standard error and in a comment of the manifest. Exit code
    0: all was carried over; 1: something was left behind; 2: not possible.
    """
    settings = settings_or_fail()
    if timezone and timezone not in zones():
        fail(f"--timezone: {timezone[:60]!r} is no IANA time zone", "name one such as Europe/Berlin")
    text = _decoded(_read(file), file)
    found = import_crontab(settings, text, user_column=user_column, timezone=timezone or settings.timezone, owner=owner)
    if not timezone and found.jobs:
        typer.echo(f"note: times are read in {settings.timezone}; --timezone names another zone", err=True)
    if not user_column and any(_begins_with_root(job) for job in found.jobs):
        typer.echo("note: a command begins with root; with --user-column that is the user it runs as", err=True)
    _finish(settings, found, "crontab", file, out)


@imports.command()
def cronjob(file: File, out: Out = None, owner: Owner = "") -> None:
    """Turn Kubernetes CronJobs into jobs of the type command: the same program at the same times, on this machine.

    What cannot be carried over, such as the image, is named with its line and path, on standard error and in a comment
    of the manifest. Exit code 0: all was carried over; 1: something was left behind; 2: not possible.
    """
    settings = settings_or_fail()
    found, problems = import_cronjobs(settings, _read(file), file, owner=owner)
    if problems:
        fail("\n  ".join(map(str, problems)))
    _finish(settings, found, "CronJob file", file, out)


def _read(file: str) -> bytes:
    """The bytes of a file; ends with 2 where there are none, or more than any such file has."""
    try:
        with nullcontext(sys.stdin.buffer) if file == _STANDARD_INPUT else Path(file).open("rb") as source:
            text = source.read(MAX_MANIFEST_BYTES + 1)
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}")
    if len(text) > MAX_MANIFEST_BYTES:
        fail(f"{file} is larger than {MAX_MANIFEST_BYTES // 1024} KiB", "split it")
    return text


def _decoded(text: bytes, file: str) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text[: error.start].count(b"\n") + 1
        fail(f"{file}:{line}: byte 0x{text[error.start]:02x} is no UTF-8", "convert the file with iconv first")


def _begins_with_root(job: Carried) -> bool:
    argv = job.document["parameters"]["argv"]
    return str(argv if isinstance(argv, str) else argv[-1]).split()[0] == "root"


def _finish(settings: Settings, found: Import, kind: str, file: str, out: Path | None) -> NoReturn:
    """Write the manifests, tell what was left behind, and end."""
    source = "standard input" if file == _STANDARD_INPUT else file
    provenance = Provenance(kind=kind, path=source, schema=schema_from(out or settings.manifests))
    if out:
        write_new({out / f"{job.job_id}.yaml": manifest_of(settings, job, provenance) for job in found.jobs})
    else:
        typer.echo("---\n".join(_documents(settings, found, provenance)), nl=False)
    losses = found.all_losses
    for loss in losses:
        typer.echo(f"left behind: {source}, {loss}", err=True)
    jobs = "1 job" if len(found.jobs) == 1 else f"{len(found.jobs)} jobs"
    typer.echo(f"{jobs} imported; {len(losses) or 'nothing'} left behind", err=True)
    raise typer.Exit(1 if losses else 0)


def _documents(settings: Settings, found: Import, provenance: Provenance) -> list[str]:
    """All manifests; the first one's comment also tells what belongs to no job."""
    return [
        manifest_of(settings, job, provenance, () if number else found.losses) for number, job in enumerate(found.jobs)
    ]
