"""Options of the test run."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--refresh-frozen", action="store_true", help="write the frozen results anew; review the difference before committing it"
    )


@pytest.fixture(scope="session")
def refresh_frozen(request: pytest.FixtureRequest) -> bool:
    """Whether frozen results are to be written instead of compared."""
    return bool(request.config.getoption("--refresh-frozen"))
