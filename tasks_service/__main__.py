"""The entry point of ``python -m tasks_service`` and of the console script ``tasks``."""
