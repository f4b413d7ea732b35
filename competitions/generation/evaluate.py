"""Score the models, or any file of samples, on the test part. Nothing is chosen here.

python -m competitions.generation.evaluate
python -m competitions.generation.evaluate file=samples.npz data=DATA
"""

from common import paths, run
from common.errors import DataError
from common.generative import closed_form
from common.report.tables import show_table
from competitions.generation import data, files, inference, scoring, train
from competitions.generation.config import OF_FLOWS


def main(config):
    """Print the figures of samples, those of real training records beside them, and the likelihoods of the models.

    Raises:
        DataError: `file` is no file of samples, or has not as many as `samples` says.
    """
    dataset = data.load(config)
    print("\n".join(dataset.notes), end="\n" if dataset.notes else "")
    real = dataset.valid if dataset.test is None else dataset.test
    part = f"the {'validation' if dataset.test is None else 'test'} part of {paths.data_name(config.data)}"
    made, own, runs = {}, {}, []
    if config.file:
        made[config.file.name] = samples = files.read(config.file, dataset)
        if len(samples) != config.samples:
            raise DataError(
                f"{config.file} has {len(samples):,} samples, expected {config.samples:,}: figures of other numbers do not "
                f"compare. samples={len(samples)} scores it against as many real records"
            )
        for fault in files.faults(made[config.file.name], dataset, config.samples):
            print(f"Not as a submission must be: {fault}")
    else:
        runs = train.train_models(config, dataset)
        for found in runs:
            samples = found.load_arrays("samples")["samples"]
            made[found.name] = samples if dataset.kind == "pictures" else samples.tolist()
            trained = inference.load(found.path, found.model, config)
            own.setdefault(trained.metric, {})[found.name] = trained.figures(real, config.seed)
    scorer = scoring.Scorer(dataset, config, real)
    rows = [[name, *scoring.texts(scorer.figures(samples), dataset.kind)] for name, samples in made.items()]
    rows.append(["training records", *scoring.texts(scorer.floor, dataset.kind)])
    title = f"samples beside {part}" + (f"; {scorer.name}" if scorer.name else "")
    show_table(title, ("samples", *scoring.COLUMNS[dataset.kind]), rows)
    for name, figures in own.items():
        flows = [found.model for found in runs if found.model in OF_FLOWS and found.name in figures]
        if flows:
            alphas = {train.alpha_of(model, config) for model in flows}
            figures |= {title: {name: bits} for title, bits in closed_form.of_all(dataset.train, real, alphas).items()}
        columns = list(next(iter(figures.values())))
        if columns:
            rows = [
                [run_name, *(f"{found[column]:.3f}" if column in found else "" for column in columns)]
                for run_name, found in figures.items()
            ]
            show_table(f"{name} of {part}", ("run", *columns), rows)


if __name__ == "__main__":
    run.stage(__spec__)
