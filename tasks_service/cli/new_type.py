"""``tasks new-type``: a job type to begin with, and its test."""

from pathlib import Path
from typing import Annotated

import typer

import tasks_service.jobs
from tasks_service.cli.manifest_file import write_new
from tasks_service.cli.problem import fail
from tasks_service.core.job_type_scaffold import (
    NAME_FORM,
    example_test_text,
    module_text,
    name_trouble,
    project_text,
)
from tasks_service.jobs.job_registry import installed

_CHECKOUT = Path("tasks_service", "jobs")


def new_type(
    name: Annotated[str, typer.Argument(metavar="NAME", help=f"Its name in manifests: {NAME_FORM}.")],
    package: Annotated[
        Path | None,
        typer.Option(
            "--package", metavar="FOLDER", help="Make a package of its own there; else it goes into this checkout."
        ),
    ] = None,
) -> None:
    """Write a job type that works, with a test that passes; put your own work in their place.

    In a checkout of the service it is one file in tasks_service/jobs. Beside an installed service it is a package of
    its own, which an entry point makes known. A file that is there already is never touched.
    """
    if trouble := name_trouble(name):
        fail(trouble, f"a name is made of {NAME_FORM}")
    if name in installed().classes:
        fail(f"the name {name!r} is taken by {installed().classes[name].__module__}", "choose another name")
    if package is not None:
        _write_package(package, name)
    else:
        _write_in_checkout(name)


def _write_package(folder: Path, name: str) -> None:
    write_new(
        {
            folder / f"{name}.py": module_text(name),
            folder / f"test_{name}.py": example_test_text(name, name),
            folder / "pyproject.toml": project_text(name),
        }
    )
    _tell_next(f"pip install --editable {folder}", f"python -m pytest {folder}", name)


def _write_in_checkout(name: str) -> None:
    here = Path(tasks_service.jobs.__path__[0])
    if not _CHECKOUT.is_dir() or here.resolve() != _CHECKOUT.resolve():
        fail(
            "this folder is no checkout of the service",
            f"go to one, or make a package of its own: tasks new-type {name} --package {name}",
        )
    module = f"{tasks_service.jobs.__name__}.{name}"
    write_new(
        {
            _CHECKOUT / f"{name}.py": module_text(name),
            Path("tests", "jobs", f"test_{name}.py"): example_test_text(name, module),
        }
    )
    _tell_next(f"python -m pytest tests/jobs/test_{name}.py", "make schemas", name)


def _tell_next(first: str, second: str, name: str) -> None:
    typer.echo(
        f"next:\n  {first}\n  {second}\n  tasks new {name} --file manifests/{name}.yaml\n"
        "  restart the service, which reads its job types when it starts",
        err=True,
    )
