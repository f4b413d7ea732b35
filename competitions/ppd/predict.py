"""Say of pairs of your own whether they mean the same, or find the questions nearest to one.

    make predict COMP=ppd input=pairs.csv
    make predict COMP=ppd question="怎么还款"

`input` is a CSV file with columns `q1,q2`, qids of the data folder; where the data are plain text (pairs.tsv), lines
`question<TAB>question`, which need not stand in the data. `question` asks the sentence encoder, which is trained on groups of
plain questions (`make train COMP=ppd model=encoder`).
"""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd

from common import experiment, paths
from common import run as command_line
from common.errors import ConfigError, DataError, RunError
from common.experiment.runs import all_runs
from common.ragged import Ragged
from common.report.tables import show_table
from common.text.normalise import normalise
from common.text.segment import segment
from competitions.ppd import data
from competitions.ppd.config import ENCODER

SHOWN = 20  # pairs printed
NEAREST = 10  # questions


def main(config, input="", question="", run=""):
    """Write the probabilities of the pairs in `input`, or print the questions nearest to `question`."""
    if bool(input) == bool(question):
        raise ConfigError("give either input=pairs.csv, pairs of questions, or question=..., to find the nearest ones")
    if question:
        show_nearest(config, question)
    else:
        answer_pairs(config, Path(input).expanduser(), run)


def answer_pairs(config, path, run):
    """Write all answers and print the first."""
    from competitions.ppd.pairs import asked

    if not config.data.is_dir():
        raise DataError(f"{config.data} is gone: every answer needs the questions and the graph of pairs there")
    dataset, pairs = read_input(path, config)
    learnt = experiment.newest("ppd", config.data, run, **({} if run else {"protocol": config.protocol}))
    print(f"{len(pairs)} pairs, answered by {learnt.run.path}", flush=True)
    probability = learnt.predict(asked(dataset, pairs, learnt.config))
    names = dataset.names[pairs]
    written = paths.runs("ppd") / "predictions" / f"{path.stem}.csv"
    with paths.atomic(written) as temporary:
        pd.DataFrame({"q1": names[:, 0], "q2": names[:, 1], "y_pre": probability}).to_csv(temporary, index=False)
    rows = [[*both, f"{value:.4f}"] for both, value in zip(names.tolist(), probability, strict=True)]
    more = f", the first {SHOWN} of {len(rows)}" if len(rows) > SHOWN else ""
    show_table(f"probability that both mean the same{more}", ("first", "second", "probability"), rows[:SHOWN])
    print(f"Wrote {written} ({len(pairs)} pairs)")


def read_input(path, config):
    """The data set, with questions that are new added behind the others, and the asked pairs `(rows, 2)`.

    Raises:
        DataError: a file that is not as described, a qid that is not in the data, or a text without a known word.
    """
    dataset = data.load(config.data, report=False)
    if not (config.data / data.PLAIN).exists():
        return dataset, data.read_pairs(path, pd.Index(dataset.names), labelled=False)[0]
    texts = data.read_lines(path, 2)
    dataset = add_questions(dataset, pd.unique(texts.to_numpy().ravel()), path)
    index = pd.Index(dataset.names)
    return dataset, np.stack([index.get_indexer(texts[side]) for side in (0, 1)], axis=1)


def add_questions(dataset, texts, path):
    """The data set with those of some texts that it lacks; words and characters that nobody asked with are left out of them."""
    known = set(dataset.names)
    texts = [text for text in texts if text not in known]
    units = {}
    for name, cut in zip(data.UNITS, (segment, list), strict=True):
        unit = getattr(dataset, name)
        ids = {token: number for number, token in enumerate(unit.names, start=1)}
        tokens = [[token for token in cut(text) if token.strip()] for text in texts]
        rows = [[ids[token] for token in row if token in ids] for row in tokens]
        if lacking := sum(map(len, tokens)) - sum(map(len, rows)):
            print(f"{path}: {lacking} {name}s of new questions are not in the data and are left out")
        if [] in rows:
            raise DataError(f"{path}: the data have no {name} of '{texts[rows.index([])][:60]}'; the models cannot read it")
        more = Ragged.of(rows, dtype=unit.ids.values.dtype)
        values = np.concatenate([unit.ids.values, more.values])
        bounds = np.concatenate([unit.ids.bounds, unit.ids.bounds[-1] + more.bounds[1:]])
        units[name] = dataclasses.replace(unit, ids=Ragged(values, bounds))
    return dataclasses.replace(dataset, names=np.array([*dataset.names, *texts]), added=len(texts), **units)


def show_nearest(config, question):
    """Print the questions that the newest encoder finds nearest to a text."""
    text = normalise(question).strip()
    if not text:
        raise ConfigError("question= is empty")
    encoder_run = newest_encoder(config.data)
    from competitions.ppd import retrieval
    from competitions.ppd.encoder import Encoder

    trained = Encoder.load(encoder_run.path / "encoder")
    found = retrieval.nearest(trained, encoder_run.load_arrays("questions"), text, NEAREST)
    rows = [[known, f"{cosine:.3f}"] for known, cosine in found]
    show_table(f"nearest to '{text}', by {encoder_run.path}", ("question", "cosine"), rows)


def newest_encoder(folder):
    """The finished encoder of a data folder last worked on.

    Raises:
        RunError: there is none.
    """
    for finished in all_runs("ppd"):
        trained_on = Path(finished.read_json("config.json")["config"]["data"])
        if finished.model == ENCODER and finished.finished and trained_on.resolve() == folder.resolve():
            return finished
    raise RunError(f"No finished encoder of {folder}. Make one: make train COMP=ppd model=encoder data={folder}")


if __name__ == "__main__":
    command_line.stage(__spec__)
