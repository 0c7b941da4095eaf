"""What all of the security tests share: certificates with every flaw."""

from __future__ import annotations

import pytest

from tests.worlds import Certificates


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))
