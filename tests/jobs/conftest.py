"""What the tests of job types share."""

from collections.abc import Iterator

import pytest
from scripted_server import serving

from deploy.demo.slack_stand_in import SlackStandIn


@pytest.fixture(scope="session")
def slack() -> Iterator[SlackStandIn]:
    """A stand-in Slack that never limits the rate."""
    server = SlackStandIn(retry_after=0)
    with serving(server):
        yield server
