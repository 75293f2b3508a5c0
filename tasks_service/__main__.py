"""The entry point of ``python -m tasks_service`` and of the console script ``tasks``."""

from tasks_service.cli.main import application


def main() -> None:
    """Run the command line."""
    application(prog_name="tasks")  # so that completion is for that name, however it was called


if __name__ == "__main__":
    main()
