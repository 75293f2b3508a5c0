"""Where the sample manifests lie: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def sample_manifests() -> dict[str, str]:
    """The text of every sample by its file name; ``FileNotFoundError`` where the build left them out."""
    for place in (_PACKAGE / "_manifests", _PACKAGE.parent / "manifests"):
        if found := sorted(place.glob("*.yaml")):
            return {path.name: path.read_text("utf-8") for path in found}
    raise FileNotFoundError(f"neither {_PACKAGE / '_manifests'} nor {_PACKAGE.parent / 'manifests'} holds the samples")
