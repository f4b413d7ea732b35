"""The pictures of a run, in `runs/generation/<run>/plots/`: samples, how they came to be, ways between records."""

import numpy as np
from PIL import Image

from common import paths
from common.training import checkpoint as checkpoints

SIDE = 8  # pictures of a sheet, either way
STEPS = 8  # of a way from one record to another
GAP = 1  # pixels between two pictures
SCALE = 3
SHOWN = 12  # sentences of a frame
MILLISECONDS = 300  # of a frame


class Frames:
    """Samples after every epoch, of one seed, in the folder `frames` of a run.

    Args:
        run: the `Run`.
        checkpoint: of the training, which goes on after the epochs that it holds.
    """

    def __init__(self, run, checkpoint):
        self.folder = run.path / "frames"
        self.folder.mkdir(exist_ok=True)
        self.number = len(checkpoints.read(checkpoint).get("epochs", ()))

    def add(self, trained):
        """Keep samples of a model as it is."""
        self.number += 1
        made = trained.sample(SIDE * SIDE, seed=0)
        if isinstance(made, np.ndarray):
            with paths.atomic(self.folder / f"{self.number:04}.png") as path:
                sheet(made).save(path)
        else:
            with paths.atomic(self.folder / f"{self.number:04}.txt") as path:
                path.write_text("\n".join(made[:SHOWN]) + "\n", encoding="utf-8")


def draw_run(run, trained, made, dataset, config):
    """Samples, the GIF of all epochs, and where the model has a code, reconstructions and ways between records.

    Args:
        run: the `Run`.
        trained: its `Generator`.
        made: samples.
        dataset: `data.Dataset`.
        config: `Config`.
    """
    if dataset.kind == "pictures":
        write(sheet(made[: SIDE * SIDE]), run.plots / "samples.png")
        moving(run)
        if hasattr(trained, "encode"):
            some = dataset.valid[: 2 * SIDE]
            again = trained.decode(trained.encode(some))
            pairs = np.stack([some.reshape(2, SIDE, *some.shape[1:]), again.reshape(2, SIDE, *some.shape[1:])], axis=1)
            write(sheet(pairs.reshape(-1, *some.shape[1:])), run.plots / "reconstructions.png")
            ways = [between(trained, some[[row, row + SIDE]]) for row in range(SIDE)]
            write(sheet(np.concatenate(ways)), run.plots / "interpolations.png")


def between(trained, two, steps=STEPS):
    """Records on the straight way between the codes of two, ends included."""
    start, end = trained.encode(two)
    return trained.decode(np.linspace(start, end, steps))


def sheet(images, columns=SIDE):
    """Bytes `(pictures, height, width)` in rows, without titles, as one picture."""
    rows, (high, wide) = -(-len(images) // columns), images.shape[1:]
    canvas = np.full((rows * (high + GAP) + GAP, columns * (wide + GAP) + GAP), 96, np.uint8)
    for number, image in enumerate(images):
        top, left = (GAP + place * (size + GAP) for place, size in zip(divmod(number, columns), (high, wide), strict=True))
        canvas[top : top + high, left : left + wide] = image
    found = Image.fromarray(canvas)
    return found.resize((SCALE * found.width, SCALE * found.height), Image.Resampling.NEAREST)


def moving(run):
    """Write `plots/samples.gif`, the samples after every epoch."""
    frames = [Image.open(path) for path in sorted((run.path / "frames").glob("*.png"))]
    if frames:
        with paths.atomic(run.plots / "samples.gif") as path:
            frames[0].save(path, save_all=True, append_images=frames[1:], duration=MILLISECONDS, loop=0)


def write(image, path):
    """Write a picture atomically."""
    with paths.atomic(path) as temporary:
        image.save(temporary)
