"""Our LAMOST models beside their peers: one run, one split, the test set scored once at the end.

    make bench COMP=lamost data=DATA
    python -m bench.lamost data=DATA                 any field of the contest's Config, as everywhere

DATA holds the official files with `*test_labels*.csv`. Ours are trained as by `make train` and `make ensemble`; the peers of
`lamost_peers.py` are tuned on the same folds. Every row, with its runs, is kept under runs/lamost/bench-<plan>-<code>/, so the
same command continues where it stopped, as long as the code is the same. The table also goes to bench/results/lamost.md, unless
the data is the built-in sample.
"""

import importlib.util
import os
import shlex
import sys
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed

from bench import lamost_peers, measure
from common import arrays, locate, paths, run
from common.config import identity
from common.errors import RunError
from common.experiment.metric import bootstrap
from common.experiment.runs import save_arrays
from common.report.tables import show_table
from competitions.lamost import data, ensemble, metric, train
from competitions.lamost.config import NETWORKS, Config
from competitions.lamost.grid import POINTS

RESULTS = Path(__file__).parent / "results" / "lamost.md"
READ = 2_000  # spectra of the reading test
COLUMNS = ("system", "macro-F1", "95 % interval", *metric.LABELS, "out of fold", "fit s", "predict s", "spectra/s", "GB")
NOTES = """Fit: ours the training of all folds (the arrays of features.py are made once before and are not in it); peers their
transform, the choice of settings on the same folds and the last fit. Predict: from raw spectra in memory to probabilities,
ours by the models of all folds, loaded from disk, networks with test-time copies. GB: peak memory of a process of its own;
ours to predict alone, peers to fit and predict. Peers have class offsets where those help out of fold, as our blend may have.
Margins: differences of macro-F1 on the same 1,000 resamples."""


def main(arguments):
    """Measure what is not measured yet, and print and write the tables."""
    config = locate.locate_data("lamost", "bench", Config, arguments)
    config = replace(config, data=config.data.resolve())
    plan = train.plan(config)
    dataset = plan.dataset
    truth = data.test_labels(dataset, config)
    version = measure.code_version("lamost")
    folder = paths.runs("lamost") / f"bench-{identity(config, data=dataset.fingerprint)}-{version}"
    with measure.own_home(folder.resolve()):
        reading = measure_reading(folder, dataset, config)
        ours = our_systems(folder, ensemble.blend(plan), config)
        peers, missing = peer_systems(folder, config)
    for system in (*ours.values(), *peers.values()):
        system["classes"] = system["test"].argmax(axis=1)
        system["draws"] = draws_of(truth, system["classes"], config.seed)
    rows = [score_row(name, system, truth) for name, system in (ours | peers).items()]
    rows += [[f"{name}: not run, {why}", *[""] * (len(COLUMNS) - 1)] for name, why in missing.items()]
    tables = [
        (f"test set of {describe(dataset, truth)}", COLUMNS, rows),
        ("margins over the peers, the best first", ("ours", "peer", "macro-F1", "95 % interval"), margins(ours, peers, truth)),
        ("one network, one copy of each spectrum", ("network", "spectra/s"), single_rows(ours)),
        (f"reading {reading['spectra']} spectra", ("reader", "processes", "spectra/s"), reading_rows(reading)),
    ]
    for title, columns, lines in tables:
        show_table(title, columns, lines, len(ours) if columns is COLUMNS else None)
    print(NOTES)
    settings = [f"{name}: {system['chosen']}" for name, system in peers.items()]
    print(*settings, sep="\n")
    if paths.is_sample(config.data):
        print("This is the built-in sample: its scores say nothing about the contest, and no file was written.")
    else:
        write_results(tables, settings, arguments)
        print(f"Wrote {RESULTS}")


def draws_of(truth, classes, seed):
    """Macro-F1 on the resamples that all systems share."""
    return bootstrap(metric.MACRO_F1, np.stack([truth, classes], axis=1), seed)


def our_systems(folder, blended, config):
    """Each of our models and the blend: test probabilities, out-of-fold score, seconds, memory."""
    systems = {}
    for member in blended.members:
        speed = measure.resumed(folder / f"predict-{member.name}.npz", predict_test, member, config)
        systems[f"our {member.model}"] = our_system(member) | speed
    singles = list(systems.values())
    systems["our blend"] = our_system(blended) | {
        "predict_seconds": sum(system["predict_seconds"] for system in singles),
        "memory": max(system["memory"] for system in singles),
    }
    return systems


def our_system(member):
    """What a finished run has on disk."""
    metrics = member.read_json("metrics.json")
    test = member.load_arrays("test")["probability"]
    return {"test": test, "score": metrics["score"], "fit_seconds": metrics["seconds"]}


def predict_test(member, config):
    """Seconds to predict the raw test spectra by all folds of a run; spectra per second of one network without copies."""
    from competitions.lamost import features, inference
    from competitions.lamost.grid import Grid

    flux = np.asarray(data.load(config.data, config.round, config.workers).test.flux)
    if member.model in NETWORKS:
        import keras  # noqa: F401  its start belongs to no spectrum

    started = time.perf_counter()
    models = [inference.load(folder, member.model, member.config(Config)) for folder in member.folds]
    for first in range(0, len(flux), inference.CHUNK):
        prepared = features.Prepared.of(flux[first : first + inference.CHUNK])
        for model in models:
            model.predict(prepared)
    result = {"predict_seconds": time.perf_counter() - started}
    if member.model in NETWORKS:
        network, normalised = models[0].network, features.normalise(flux)
        forward = partial(inference.predict_network, network, copies=1, jitter=0.0, grid=Grid.parse(config.grid))
        forward(normalised)  # the first call compiles
        started = time.perf_counter()
        forward(normalised)
        result["single_speed"] = len(flux) / (time.perf_counter() - started)
    return result


def peer_systems(folder, config):
    """What each peer measured, and, by name, why a peer could not run."""
    systems, missing = {}, {}
    for name, peer in lamost_peers.PEERS.items():
        if lacking := [package for package in peer.needs if importlib.util.find_spec(package) is None]:
            missing[name] = f"needs {' and '.join(lacking)}: pip install -e '.[bench]'"
            continue
        print(f"{name}: tuning, fitting and predicting, or reading what was measured before", flush=True)
        path = folder / f"{name.split(',')[0].replace(' ', '-')}.npz"
        try:
            systems[name] = measure.resumed(path, lamost_peers.measure, name, config)
        except RunError as error:
            missing[name] = str(error)
    return systems, missing


def score_row(name, system, truth):
    """A line of the main table."""
    low, high = measure.interval(system["draws"])
    return [
        name,
        f"{metric.score(truth, system['classes']):.4f}",
        f"{low:.3f} - {high:.3f}",
        *(f"{score:.3f}" for score in metric.class_scores(truth, system["classes"])),
        f"{system['score']:.4f}",
        f"{system['fit_seconds']:.0f}",
        f"{system['predict_seconds']:.1f}",
        f"{len(truth) / system['predict_seconds']:.0f}",
        f"{system['memory']:.1f}",
    ]


def margins(ours, peers, truth):
    """Macro-F1 of the blend, and of the network that is best out of fold, less that of each peer, with paired intervals."""
    networks = [f"our {name}" for name in NETWORKS if f"our {name}" in ours]
    chosen = ["our blend", *sorted(networks, key=lambda name: -ours[name]["score"])[:1]]
    ranked = sorted(peers, key=lambda name: -metric.score(truth, peers[name]["classes"]))
    rows = []
    for name in chosen:
        for peer in ranked:
            difference = metric.score(truth, ours[name]["classes"]) - metric.score(truth, peers[peer]["classes"])
            low, high = measure.interval(ours[name]["draws"] - peers[peer]["draws"])
            rows.append([name, peer, f"{difference:+.4f}", f"{low:+.4f} to {high:+.4f}"])
    return rows


def single_rows(ours):
    """Lines of the speed of one network."""
    return [[name, f"{system['single_speed']:.0f}"] for name, system in ours.items() if "single_speed" in system]


def measure_reading(folder, dataset, config):
    """Seconds to read the first training spectra, as `data.read_spectra` does and plainly, in one process and in all."""
    path = folder / f"reading-{os.cpu_count()}.npz"
    if not path.exists():
        ids = dataset.train.ids[:READ].tolist()
        seconds = {}
        for workers in dict.fromkeys((1, os.cpu_count())):
            for name, reader in (("ours", read_ours), ("plain", lamost_peers.read_plainly)):
                seconds[f"{name}_{workers}"] = read_time(
                    reader, workers, data.find_part(config.data, "train", config.round)[1], ids
                )
        save_arrays(path, spectra=len(ids), **seconds)
    with np.load(path) as arrays:
        return {name: array.item() for name, array in arrays.items()}


def read_time(reader, workers, source, ids):
    """Seconds of one reader, a piece for each process; the processes run before the clock does."""
    with tempfile.TemporaryDirectory() as folder, Parallel(n_jobs=workers) as parallel:
        pieces = [ids[start::workers] for start in range(workers)]
        targets = [Path(folder) / f"{number}.npy" for number in range(workers)]
        parallel(delayed(reader)(source, ids[:2], target) for target in targets)
        started = time.perf_counter()
        parallel(delayed(reader)(source, piece, target) for piece, target in zip(pieces, targets, strict=True))
        return time.perf_counter() - started


def read_ours(source, ids, target):
    """The way of `data.read_spectra`, which alone takes so few spectra in one process: directory of the zip, then a chunk."""
    members = data.zip_members(source) if source.suffix == ".zip" else data.folder_members(source)
    arrays.create(target, (len(ids), POINTS))
    data.read_chunk(source, [(name, members[name]) for name in ids], target, 0)


def reading_rows(reading):
    """Lines of the reading test."""
    names = {"ours": "our data.read_chunk", "plain": "zipfile, float(v) for v in text.split"}
    speeds = [(key.split("_"), reading["spectra"] / value) for key, value in reading.items() if key != "spectra"]
    return [[names[reader], workers, f"{speed:.0f}"] for (reader, workers), speed in speeds]


def describe(dataset, truth):
    """The data by its size."""
    parts = []
    for part, labels in (("training", dataset.train.labels), ("test", truth)):
        counts = ", ".join(f"{np.sum(labels == number)} {label}" for number, label in enumerate(metric.LABELS))
        parts.append(f"{len(labels)} {part} spectra ({counts})")
    return " and ".join(parts)


def write_results(tables, settings, arguments):
    """The tables as Markdown, with the command that made them and no path of this machine."""
    command = ["data=DATA", *(argument for argument in arguments if not argument.startswith("data="))]
    lines = ["# LAMOST: our models beside their peers", "", f"    make bench COMP=lamost {shlex.join(command)}", ""]
    for title, columns, rows in tables:
        lines += [f"**{title}**", "", f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
        lines += [*(f"| {' | '.join(row)} |" for row in rows), ""]
    lines += [NOTES, "", f"{os.cpu_count()} processors. Settings chosen on the folds: {'; '.join(settings)}."]
    with paths.atomic(RESULTS) as path:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
