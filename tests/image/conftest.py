"""The image is built once for all that look at it."""

import pytest
from scratch_image import Image
from scratch_machine import require


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """What the Dockerfile makes."""
    require()
    return Image(tmp_path_factory.mktemp("image"))
