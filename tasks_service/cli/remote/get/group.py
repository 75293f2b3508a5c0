"""``tasks get``: its nouns."""

import typer

from tasks_service.cli.remote.get.alarms import alarms
from tasks_service.cli.remote.get.job_types import job_types
from tasks_service.cli.remote.get.jobs import jobs
from tasks_service.cli.remote.get.overrides import overrides
from tasks_service.cli.remote.get.runs import runs
from tasks_service.cli.remote.get.syncs import syncs

get = typer.Typer(no_args_is_help=True, help="List what the server knows: jobs, runs, overrides, syncs, alarms.")
get.command("jobs")(jobs)
get.command("runs")(runs)
get.command("overrides")(overrides)
get.command("syncs")(syncs)
get.command("alarms")(alarms)
get.command("job-types")(job_types)
