"""One set of certificates for all tests of TLS."""

from __future__ import annotations

import pytest

from tests.worlds import Certificates


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))
