"""Where templates and static files lie: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def web_root() -> Path:
    """The folder that holds ``templates`` and ``static``; raises ``FileNotFoundError`` where the build left it out."""
    for place in (_PACKAGE / "_web", _PACKAGE.parent / "web"):
        if (place / "templates").is_dir():
            return place
    raise FileNotFoundError(f"neither {_PACKAGE / '_web'} nor {_PACKAGE.parent / 'web'} holds the web templates")
