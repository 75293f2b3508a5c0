"""The original way to start the service: ``python app.py`` is ``tasks serve``."""

import sys

from tasks_service.__main__ import main

sys.exit(main(["serve"]))
