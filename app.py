"""The original way to start the service: ``python app.py`` is ``tasks serve``."""

from tasks_service.cli.main import application

application(["serve"])
