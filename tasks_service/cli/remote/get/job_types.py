"""``tasks get job-types``."""

from tasks_service.cli.remote.get.listed import print_listing
from tasks_service.cli.remote.options import JsonOption, NoColourOption, ServerOption, WideOption
from tasks_service.cli.remote.screen import Screen
from tasks_service.cli.remote.server import asking
from tasks_service.cli.remote.table import Column
from tasks_service.client.listing import items_of


def job_types(
    wide: WideOption = False,
    as_json: JsonOption = False,
    no_colour: NoColourOption = False,
    server: ServerOption = None,
) -> None:
    """List the types of jobs that the server knows.

    Exit code 0: listed; 2: it cannot be asked.
    """
    with asking(server) as connection:
        found = {"next_cursor": None, **connection.get("/api/job-types")}
        items_of(found)
    print_listing(found, COLUMNS, Screen(no_colour=no_colour), as_json=as_json, wide=wide, noun="job types")


COLUMNS = (
    Column(title="TYPE", tell=lambda kind, _: kind["job_type"]),
    Column(title="REQUIRED", tell=lambda kind, _: ",".join(kind.get("required_params") or [])),
    Column(title="DOES", tell=lambda kind, _: kind.get("description", ""), gives_way=True),
    Column(title="OPTIONAL", tell=lambda kind, _: ",".join(kind.get("optional_params") or []), wide=True),
)
