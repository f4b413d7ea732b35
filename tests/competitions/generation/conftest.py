import pytest

from common import run
from common.config import override
from competitions.generation.config import SMOKE, Config


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """A home with a trained autoencoder of the sample, its samples handed in; tests read it, or write beside it."""
    folder = tmp_path_factory.mktemp("generation") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PODIUM_HOME", str(folder))
        run.run_stage("generation", "submit", list(SMOKE))
    return folder


@pytest.fixture
def in_home(home, monkeypatch):
    monkeypatch.setenv("PODIUM_HOME", str(home))
    return home


@pytest.fixture
def config():
    return override(Config, SMOKE)
