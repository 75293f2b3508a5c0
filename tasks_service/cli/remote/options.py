"""The options that commands over HTTP share, each declared once."""

from typing import Annotated

import typer

from tasks_service.cli.remote.completion import job_ids, run_or_job_ids

ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server", metavar="URL", help="Address of the service; default: TASKS_URL, else the one on this machine."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print what the API answers, as JSON.")]
NoColourOption = Annotated[bool, typer.Option("--no-color", help="Words and symbols without colour, as with NO_COLOR.")]
WideOption = Annotated[bool, typer.Option("--wide", "-w", help="More columns.")]
ReasonOption = Annotated[
    str, typer.Option("--reason", help="Why; kept with your name. Asked for where somebody is there to answer.")
]
JobArgument = Annotated[str, typer.Argument(metavar="JOB", help="The job's job_id.", autocompletion=job_ids)]
RunOrJobArgument = Annotated[
    str,
    typer.Argument(metavar="RUN|JOB", help="A run's id, or a job_id.", autocompletion=run_or_job_ids),
]
