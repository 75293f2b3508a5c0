"""What is said where a variable cannot be used."""

from collections.abc import Iterable


class SettingsError(Exception):
    """One or more variables cannot be used; ``problems`` holds a sentence for each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))
