"""``tasks new-type``: a job type to begin with, and its test."""

import inspect
import shlex
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

import tasks_service.jobs
from tasks_service.cli.manifest_file import write_new
from tasks_service.cli.problem import fail
from tasks_service.core.job_type_scaffold import (
    ENTRY_POINTS,
    NAME_FORM,
    entry_text,
    example_test_text,
    module_text,
    name_trouble,
    project_text,
)
from tasks_service.jobs.job_registry import installed

_CHECKOUT = Path("tasks_service", "jobs")
_OTHER_NAME = "choose another name"


def new_type(
    name: Annotated[str, typer.Argument(metavar="NAME", help=f"Its name in manifests: {NAME_FORM}.")],
    package: Annotated[
        Path | None,
        typer.Option(
            "--package",
            metavar="FOLDER",
            help="Put it into the package there, which is begun if need be; else it goes into this checkout.",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write its file and its test anew where they are there already.")
    ] = False,
) -> None:
    """Write a job type that works, with a test that passes; put your own work in their place.

    In a checkout of the service it is one file in tasks_service/jobs. Beside an installed service it is a package of
    its own, which an entry point makes known. A file that is there already is not touched, but with --force.

    Exit code 0: written; 2: not possible.
    """
    if trouble := name_trouble(name):
        fail(trouble, f"a name is made of {NAME_FORM}")
    if package is not None:
        _write_in_package(package, name, force)
    else:
        _write_in_checkout(name, force)


def _write_in_package(folder: Path, name: str, force: bool) -> None:
    module, project = folder / f"{name}.py", folder / "pyproject.toml"
    _require_free(name, module, force)
    _require_no_other_module(name, module)
    begun = project.exists()
    _write(
        {
            module: module_text(name, in_service=False),
            folder / f"test_{name}.py": example_test_text(name, in_service=False),
        }
        | ({} if begun else {project: project_text(name)}),
        force,
    )
    if begun:
        typer.echo(f"kept {project}: see that it has\n  {ENTRY_POINTS}\n  {entry_text(name)}", err=True)
    _tell_next(
        name,
        f"pip install --editable {shlex.quote(str(folder) if begun else f'{folder}[test]')}",
        f"python -m pytest {shlex.quote(str(folder))}",
        "tasks schema",
    )


def _write_in_checkout(name: str, force: bool) -> None:
    here = Path(tasks_service.jobs.__path__[0])
    if not _CHECKOUT.is_dir() or here.resolve() != _CHECKOUT.resolve():
        fail(
            "this folder is no checkout of the service",
            f"go to one, or make a package of its own: tasks new-type {name} --package {name}",
        )
    file = _CHECKOUT / f"{name}.py"
    test = Path("tests", "jobs", f"test_{name}.py")
    _require_free(name, file, force)
    if file.exists() and not _is_job_type(name):
        fail(f"the name {name!r} is taken by {file}, which is no job type", _OTHER_NAME)
    _write(
        {file: module_text(name, in_service=True), test: example_test_text(name, in_service=True)},
        force,
    )
    _tell_next(name, f"python -m pytest {test}", "make schemas", "a line about it in the table of README.md")


def _require_free(name: str, file: Path, force: bool) -> None:
    """End where another job type has the name; the one in ``file`` may be written anew by force."""
    if cls := installed().classes.get(name):
        own = Path(inspect.getfile(cls)).resolve() == file.resolve()
        if not (own and force):
            fail(f"the name {name!r} is taken by {cls.__module__}", _OTHER_NAME)
    elif not force and (problem := next((p for p in installed().problems if p.name == name), None)):
        fail(f"the name {name!r} is taken: {problem}", f"correct that one, or {_OTHER_NAME}")


def _is_job_type(name: str) -> bool:
    return name in installed().classes or any(problem.name == name for problem in installed().problems)


def _require_no_other_module(name: str, file: Path) -> None:
    """End where Python imports something else under that name, which then would hide the job type or be hidden."""
    found = find_spec(name)
    if found and found.origin and Path(found.origin).resolve() != file.resolve():
        fail(f"the name {name!r} is taken by a module of Python or of a package ({found.origin})", _OTHER_NAME)


def _write(files: Mapping[Path, str], force: bool) -> None:
    write_new(files, force=force, hint="choose another name or folder, or write it anew with --force")


def _tell_next(name: str, *steps: str) -> None:
    typer.echo("next:", err=True)
    for step in (
        *steps,
        f"tasks new {name} --file manifests/{name}.yaml",
        "tasks validate",
        "start the service, or restart it: it reads its job types when it starts",
    ):
        typer.echo(f"  {step}", err=True)
