import re
import subprocess
import sys
import tomllib
from importlib.metadata import version

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from common import environment
from tests.conftest import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")


def test_what_is_missing_is_named():
    assert environment.unmet(["no-such-package-at-all>=1", "numpy>=1"]) == ["no-such-package-at-all>=1"]


def test_a_wrong_version_is_named():
    assert environment.unmet(["numpy<1", f"numpy=={version('numpy')}", "pytest>=1000"]) == ["numpy<1", "pytest>=1000"]


def test_a_complete_environment_lacks_nothing():
    assert environment.unmet([]) == []
    assert environment.unmet(["numpy", "pytest>=8", f"numpy=={version('numpy')}"]) == []


def test_without_packaging_everything_is_named_instead_of_a_traceback(monkeypatch):
    monkeypatch.setitem(sys.modules, "packaging.requirements", None)
    assert environment.unmet(["numpy>=1"]) == ["numpy>=1"]


def test_what_to_type_is_told(monkeypatch, capsys):
    monkeypatch.setattr(environment, "unmet", lambda requirements: ["keras~=3.15.0", "tqdm~=4.67"])
    assert environment.main() == 1
    message = capsys.readouterr().err
    assert f"{sys.prefix} lacks: keras~=3.15.0, tqdm~=4.67" in message
    assert f"{sys.executable} -m pip install -r requirements.lock" in message


def test_the_check_itself_imports_none_of_the_packages():
    code = "import sys; from common import environment; environment.main(); print({'keras', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.fixture
def conda():
    """The entries of environment.yml: those of conda, and those of pip."""
    entries = yaml.safe_load((REPOSITORY / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    (pip,) = (entry["pip"] for entry in entries if isinstance(entry, dict))
    return [entry for entry in entries if isinstance(entry, str)], pip


def test_conda_users_get_the_dependencies_of_pyproject(conda):
    _, pip = conda
    assert len(pip) == len(set(pip))
    assert set(pip) == set(PROJECT["dependencies"])


def test_conda_users_get_the_python_of_pyproject(conda):
    entries, _ = conda
    (python,) = (entry.replace(" ", "") for entry in entries if re.match(r"python\b", entry))
    lowest = re.search(r">=([\d.]+)", PROJECT["requires-python"])[1]
    assert re.search(r"=([\d.]+)", python)[1] == lowest
    assert {re.match(r"[a-z]+", entry)[0] for entry in entries} >= {"python", "pip", "make"}


def locked():
    """Versions by name; several where they depend on the Python version."""
    versions = {}
    for line in LOCK.splitlines():
        requirement = Requirement(line)
        (pin,) = requirement.specifier
        assert pin.operator == "==", line
        versions.setdefault(requirement.name, []).append(pin.version)
    return versions


@pytest.mark.parametrize("text", [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]])
def test_the_lock_holds_every_dependency_at_a_version_that_serves(text):
    requirement = Requirement(text)
    for pinned in locked()[requirement.name.lower()]:
        assert requirement.specifier.contains(pinned)


def test_the_lock_names_no_host_and_no_local_version():
    assert "://" not in LOCK
    assert "http" not in LOCK
    assert "+" not in LOCK
    for versions in locked().values():
        assert not any(Version(pinned).is_prerelease for pinned in versions)
