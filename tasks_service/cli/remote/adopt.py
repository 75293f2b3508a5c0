"""``tasks adopt``: an override as a patch of the manifest, to be committed."""

import typer

from tasks_service.cli.remote.options import JobArgument, JsonOption, ServerOption
from tasks_service.cli.remote.printing import print_json
from tasks_service.cli.remote.server import asking
from tasks_service.client.runs import job_path


def adopt(job_id: JobArgument, as_json: JsonOption = False, server: ServerOption = None) -> None:
    """Print the patch that makes the manifest say what the override does; comments stay.

    Exit code 0: printed; 2: there is nothing to adopt, or it cannot be asked.
    """
    with asking(server) as connection:
        answer = connection.get(job_path(job_id, "adopt"))
    if as_json:
        print_json(answer)
        return
    where = f"{answer['path']}:{answer['line']}"
    if answer["patch"]:
        typer.echo(answer["patch"], nl=not answer["patch"].endswith("\n"))
        typer.echo(
            f"{where}: apply it in the folder of the manifests with `tasks adopt {job_id} | git apply`", err=True
        )
    else:
        typer.echo(f"{where} says it already: there is nothing to change", err=True)
