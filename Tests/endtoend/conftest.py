"""One broker for the tests that do not stop it, and fresh ones for those that do."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import harness  # noqa: E402


@pytest.fixture(scope="session")
def broker():
    with harness.Broker(nodes=8, cores=4) as broker:
        broker.start()
        yield broker


@pytest.fixture
def fresh():
    """Makes brokers that end with the test."""
    made = []

    def make(**options):
        broker = harness.Broker(**options)
        made.append(broker)
        broker.start()
        return broker

    yield make
    for broker in made:
        broker.close()


@pytest.fixture
def owner(broker):
    client = broker.client()
    yield client
    client.close()
