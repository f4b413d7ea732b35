"""Draw the characters of fonts into `train.npz` and `test.npz` of the official layout, to be carried where no fonts are.

python -m competitions.characters.render fonts=FONTS unseen=OTHERS to=DATA
"""

import shutil
import sys
from pathlib import Path

from common import run
from common.config import override
from common.errors import ConfigError
from competitions.characters import data
from competitions.characters.config import Config


def main(arguments):
    """Draw what `fonts=`, `unseen=`, `alphabet=` and `sizes=` say into the folder `to=`."""
    to = [argument.partition("=")[2] for argument in arguments if argument.startswith("to=")]
    config = override(Config, [argument for argument in arguments if not argument.startswith("to=")])
    if len(to) != 1 or not to[0] or not config.fonts:
        raise ConfigError("render needs fonts=FILES_AND_FOLDERS and to=FOLDER; unseen= names the faces of the test part")
    folder = Path(to[0]).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    kept = data.drawn(config.fonts, config.unseen, config.alphabet, config.sizes)
    for path in sorted(kept.glob("*.npz")):
        shutil.copyfile(path, folder / path.name)
        print(f"Wrote {folder / path.name} ({path.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
