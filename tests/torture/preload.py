"""What the server of forks imports, once for all commands; Keras is not among it."""

import importlib

from common import experiment, paths
from common.report import plots
from tests.torture import commands, readers

PARTS = [f"toy.{name}" for name in ("config", "data", "ensemble", "evaluate", "predict", "sample", "submit", "train")]
PARTS += [f"{contest}.data" for contest in paths.contests()]
IMPORTED = [commands, experiment, plots, readers, *(importlib.import_module(f"competitions.{part}") for part in PARTS)]
