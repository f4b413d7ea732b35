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
    runs = [] if config.file else train.train_models(config, dataset)
    made = {found.name: samples_of(found, dataset) for found in runs} or {config.file.name: samples_in(config, dataset)}
    scorer = scoring.Scorer(dataset, config, real)
    rows = [[name, *scoring.texts(scorer.figures(samples), dataset.kind)] for name, samples in made.items()]
    rows.append(["training records", *scoring.texts(scorer.floor, dataset.kind)])
    title = f"samples beside {part}" + (f"; {scorer.name}" if scorer.name else "")
    show_table(title, ("samples", *scoring.COLUMNS[dataset.kind]), rows)
    show_likelihoods(runs, dataset, config, real, part)


def samples_of(found, dataset):
    """The samples that a run keeps."""
    samples = found.load_arrays("samples")["samples"]
    return samples if dataset.kind == "pictures" else samples.tolist()


def samples_in(config, dataset):
    """The samples of a person's file; says what a submission must not have."""
    samples = files.read(config.file, dataset)
    if len(samples) != config.samples:
        raise DataError(
            f"{config.file} has {len(samples):,} samples, expected {config.samples:,}: figures of other numbers do not "
            f"compare. samples={len(samples)} scores it against as many real records"
        )
    for fault in files.faults(samples, dataset, config.samples):
        print(f"Not as a submission must be: {fault}")
    return samples


def show_likelihoods(runs, dataset, config, real, part):
    """A table for each kind of figures that models give held-out records; beside flows stand densities in closed form."""
    by_metric = {}
    for found in runs:
        trained = inference.load(found.path, found.model, config)
        by_metric.setdefault(trained.metric, {})[found.name] = trained.figures(real, config.seed)
    for name, figures in by_metric.items():
        if flows := [found.model for found in runs if found.model in OF_FLOWS and found.name in figures]:
            alphas = {train.alpha_of(model, config) for model in flows}
            figures |= {title: {name: bits} for title, bits in closed_form.of_all(dataset.train, real, alphas).items()}
        if columns := list(next(iter(figures.values()))):
            rows = [
                [row, *(f"{found[column]:.3f}" if column in found else "" for column in columns)]
                for row, found in figures.items()
            ]
            show_table(f"{name} of {part}", ("run", *columns), rows)


if __name__ == "__main__":
    run.stage(__spec__)
