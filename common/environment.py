"""Says what an activated environment lacks; never changes it.

python -m common.environment
"""

import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def unmet(requirements):
    """Those of the requirement texts, such as `"keras~=3.15.0"`, that this environment does not fulfil."""
    try:
        from packaging.requirements import Requirement
    except ImportError:
        return list(requirements)  # an environment without `packaging` has none of the packages that need it either

    lacking = []
    for text in requirements:
        requirement = Requirement(text)
        try:
            if not requirement.specifier.contains(version(requirement.name), prereleases=True):
                lacking.append(text)
        except PackageNotFoundError:
            lacking.append(text)
    return lacking


def main(extras=()):
    """Return 1, after naming what is lacking and how to install it, where the environment is not complete.

    Args:
        extras: names of extras of pyproject.toml, such as `dev`, that must be there too.
    """
    root = Path(__file__).parents[1]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(text for extra in extras for text in project["optional-dependencies"][extra])]
    lacking = unmet(wanted)
    if not lacking:
        return 0
    print(
        f"The active environment {sys.prefix} lacks: {', '.join(lacking)}\n"
        f"Install them there:  {sys.executable} -m pip install -r requirements.lock\n"
        "or deactivate it, and make will build .venv by itself.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
