"""With one model there is nothing to weigh: the ensemble is the mean of one.

python -m competitions.toy.ensemble
"""

from common import run
from common.experiment import blend
from common.experiment.runs import open_run
from competitions.toy import data, train


def main(config):
    """Write the ensemble's files, `metrics.json` last, and return its run."""
    dataset = data.load(config.data)
    members = [train.train_model(config, dataset)]
    ensemble = open_run("toy", "ensemble", config, dataset.fingerprint, members=[member.name for member in members])
    with ensemble.locked():
        if not ensemble.finished:
            for part in ("oof", "test"):
                arrays = [member.load_arrays(part) for member in members]
                ensemble.save_arrays(
                    part, **arrays[0] | {"probability": blend.mean([found["probability"] for found in arrays])}
                )
            ensemble.write_json("metrics.json", members[0].read_json("metrics.json"))
    return ensemble


if __name__ == "__main__":
    run.stage(__spec__)
