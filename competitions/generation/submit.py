"""Write `submissions/generation.npz`, samples as bytes under the name `samples`, or `generation.txt`, a sentence a line.

python -m competitions.generation.submit
"""

import numpy as np

from common import run
from common.experiment.submission import publish, write_lines
from competitions.generation import data, files, train


def main(config):
    """Hand in samples of the model that the settings name; of several, of that whose samples are nearest to real ones."""
    dataset = data.load(config)
    best = nearest(train.train_models(config, dataset), dataset)
    samples = best.load_arrays("samples")["samples"]
    is_pictures = dataset.kind == "pictures"

    def check(path):
        return files.faults(files.read(path, dataset), dataset, config.samples)

    suffix, write = (".npz", write_arrays) if is_pictures else (".txt", write_lines)
    path = publish("generation", suffix, samples if is_pictures else samples.tolist(), check, best, write=write)
    print(f"Wrote {path} ({len(samples):,} samples of {best.name}) and a copy in {best.path}")


def nearest(runs, dataset):
    """The run whose samples are nearest to the validation part: least FID, or least distance of words."""
    name = "FID" if dataset.kind == "pictures" else "word distance"

    def distance(found):
        metrics = found.metrics
        return metrics["score"] if metrics["metric"] == name else metrics["figures"][name]

    return min(runs, key=distance)


def write_arrays(path, samples):
    """Write the samples of pictures."""
    with open(path, "wb") as file:
        np.savez_compressed(file, **{files.KEY: samples})


if __name__ == "__main__":
    run.stage(__spec__)
