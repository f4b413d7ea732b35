"""Say of pairs of your own whether they mean the same, or find the questions nearest to one.

    make predict COMP=ppd input=pairs.csv
    make predict COMP=ppd question="怎么还款"

`input` is a CSV file with columns `q1,q2`, qids of the data folder; where the data are plain text (pairs.tsv), lines
`question<TAB>question`, which need not stand in the data. `question` asks the sentence encoder, which is trained on groups of
plain questions (`make train COMP=ppd model=encoder`).
"""

import hashlib
from pathlib import Path

import pandas as pd

from common import experiment, paths
from common import run as command_line
from common.errors import ConfigError, DataError, RunError
from common.experiment.runs import newest_finished
from common.report.tables import show_table
from common.text.normalise import normalise
from competitions.ppd import data
from competitions.ppd.config import ENCODER

SHOWN = 20  # pairs printed
NEAREST = 10  # questions


def main(config, input="", question="", run=""):
    """Write the probabilities of the pairs in `input`, or print the questions nearest to `question`."""
    if bool(input) == bool(question):
        raise ConfigError("give either input=pairs.csv, pairs of questions, or question=..., to find the nearest ones")
    if question:
        if run:
            raise ConfigError("question= asks the newest encoder, run= names an ensemble: give one of the two")
        return show_nearest(config, question)
    return answer_pairs(config, Path(input).expanduser(), run)


def answer_pairs(config, path, run):
    """Write all answers and print the first."""
    from competitions.ppd.pairs import asked

    require_data(config)
    dataset, pairs = data.read_asked(path, config.data)
    learnt = experiment.newest("ppd", config.data, run, **({} if run else {"protocol": config.protocol}))
    print(f"{len(pairs)} pairs, answered by {learnt.run.path}", flush=True)
    probability = learnt.predict(asked(dataset, pairs, learnt.config))
    names = dataset.names[pairs]
    frame = pd.DataFrame({"q1": names[:, 0], "q2": names[:, 1], "y_pre": probability})
    asked_for = hashlib.sha256(str(path.resolve()).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    written = paths.runs("ppd") / "predictions" / f"{path.stem}-{asked_for}.csv"
    with paths.atomic(written) as temporary:
        frame.to_csv(temporary, index=False)
    rows = [[*both, f"{value:.4f}"] for both, value in zip(names.tolist(), probability, strict=True)]
    more = f", the first {SHOWN} of {len(rows)}" if len(rows) > SHOWN else ""
    show_table(f"probability that both mean the same{more}", ("first", "second", "probability"), rows[:SHOWN])
    print(f"Wrote {written} ({len(pairs)} pairs)")
    return frame.to_dict("records")


def require_data(config):
    """Raise `DataError` where the data are gone."""
    if not config.data.is_dir():
        raise DataError(f"{config.data} is gone: every answer needs the questions and the graph of pairs there")


def show_nearest(config, question):
    """Print the questions that the newest encoder finds nearest to a text."""
    text, found, encoder_run = nearest(config, question)
    rows = [[known, f"{cosine:.3f}"] for known, cosine in found]
    show_table(f"nearest to '{text}', by {encoder_run.path}", ("question", "cosine"), rows)
    return [{"question": known, "cosine": cosine} for known, cosine in found]


def nearest(config, question):
    """A question as it is read, the known ones nearest to it with their cosines, and the encoder's run.

    Raises:
        ConfigError: the question is empty.
        RunError: there is no encoder of the data.
    """
    text = normalise(question).strip()
    if not text:
        raise ConfigError("question= is empty")
    encoder_run = newest_finished("ppd", ENCODER, config.data)
    if encoder_run is None:
        raise RunError(f"No finished encoder of {config.data}. Make one: make train COMP=ppd model=encoder data={config.data}")
    from competitions.ppd import retrieval
    from competitions.ppd.encoder import Encoder

    trained = Encoder.load(encoder_run.path / "encoder")
    return text, retrieval.nearest(trained, encoder_run.load_arrays("questions"), text, NEAREST), encoder_run


if __name__ == "__main__":
    command_line.stage(__spec__)
