"""Lists that may also be written as text, separated by commas."""


def comma_separated(item: str) -> str:
    """The regular expression of such text, from the one of an item."""
    return rf"^[\s,]*(?:{item})(?:\s*,[\s,]*(?:{item}))*[\s,]*$"
