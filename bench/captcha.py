"""Our captcha readers beside ddddocr and tesseract, style by style, on the same out-of-fold pictures.

    make bench COMP=captcha data=DATA
    python -m bench.captcha data=DATA members=columns-1a2b3c4d        a run that is trained already

Ours are trained as by `make train` and `make ensemble`, or taken where they are; each picture is answered by the fold that
did not learn it, so every system is scored on the same pictures and none has seen their labels. The peers read the files as
they lie in the data folder, with their own weights and default settings. The case of a letter counts as the style says. Of
each style the first 200 pictures are read (`pictures=`); the table goes to bench/results/captcha.md, unless the data is the
built-in sample.
"""

import importlib.util
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from bench import measure
from common import locate, paths, run
from common.experiment.metric import bootstrap
from common.images.archive import Files
from common.images.pictures import png, read_picture
from competitions.captcha import data, ensemble, inference, metric, train
from competitions.captcha.config import Config

RESULTS = Path(__file__).parent / "results" / "captcha.md"
TIMED = 64  # pictures of each style that our network is timed on
CHINESE = "\u4e00", "\u9fff"
NOTES = """Full match: the share of pictures whose every sign is right, of the first pictures of each style, ours out of
fold. ms: thousandths of a second for a picture; peers one picture after another from its bytes, ours in batches
of 64 on the canvas by the network of one fold. Margins: paired bootstrap over pictures, 1,000 resamples."""


def main(arguments):
    """Read the pictures with every system, and print and write the table."""
    pictures = [int(argument.partition("=")[2]) for argument in arguments if argument.startswith("pictures=")]
    settings = [argument for argument in arguments if not argument.startswith("pictures=")]
    config = locate.locate_data("captcha", "ensemble", Config, settings)
    plan = train.plan(config)
    blended = ensemble.blend(plan)
    oof = blended.load_arrays("oof")
    rows = first_rows(plan.dataset.train.styles, oof["fold"], pictures[0] if pictures else 200)
    table, styles = plan.dataset.table, plan.dataset.train.styles[rows]
    found, _ = table.answers(styles, oof["probability"][rows])
    systems = {"ours": (table.decode(found), time_ours(plan, blended, rows))}
    names, contents = [plan.dataset.train.names[row] for row in rows], None
    for name, (lacking, reader) in PEERS.items():
        if why := lacking():
            print(f"{name}: not run, {why}")
            continue
        contents = contents or read_contents(config, names)
        systems[name] = read_all(reader(), contents, [table.styles[style] for style in styles])
    labels = [plan.dataset.train.labels[row] for row in rows]
    right = {name: judged(texts, labels, table.cased[styles]) for name, (texts, _) in systems.items()}
    tables = [by_style(table, styles, systems, right), margins(table, styles, right, config.seed)]
    command = f"make bench COMP=captcha {shlex.join(map(measure.without_path, arguments))}"
    measure.report(RESULTS, "Captcha: our readers beside their peers", tables, NOTES, command, paths.is_sample(config.data))


def first_rows(styles, fold, count):
    """The first rows of each style that were validated."""
    seen = np.flatnonzero(fold >= 0)
    return np.concatenate([seen[styles[seen] == style][:count] for style in np.unique(styles[seen])])


def judged(answers, labels, cased):
    """Whether each answer is right; case counts where `cased` says so."""
    pairs = zip(answers, labels, cased, strict=True)
    return np.array([answer == label or (not case and answer.lower() == label.lower()) for answer, label, case in pairs])


def read_contents(config, names):
    """Bytes of each picture `STYLE/file`, as it lies in the data folder."""
    files = {style: Files(path) for style, path in data.find_styles(config.data).items()}
    return [files[style].read(file) for style, _, file in (name.partition("/") for name in names)]


def read_all(reader, contents, styles):
    """Answers of a peer, and its seconds for each picture; blanks inside an answer do not count."""
    reader(contents[0], styles[0])  # loads what it needs
    answers, seconds = [], []
    for content, style in zip(contents, styles, strict=True):
        started = time.perf_counter()
        answers.append("".join(reader(content, style).split()))
        seconds.append(time.perf_counter() - started)
    return answers, np.array(seconds)


def time_ours(plan, blended, rows):
    """Seconds of a picture by one network, for each row: the same for all of a style."""
    member = blended.members[0]
    reader = inference.load(member.folds[0], member.model, member.config(Config))
    train_pictures, seconds = plan.dataset.train, np.zeros(len(rows))
    styles = train_pictures.styles[rows]
    for style in np.unique(styles):
        some = rows[styles == style][:TIMED]
        reader.predict(train_pictures, some)  # compiles
        started = time.perf_counter()
        reader.predict(train_pictures, some)
        seconds[styles == style] = (time.perf_counter() - started) / len(some)
    return seconds


def ddddocr(beta):
    """A function from the bytes of a picture to what ddddocr reads."""
    import ddddocr as package

    reader = package.DdddOcr(show_ad=False, beta=beta)
    return lambda content, style: reader.classification(as_png(content))


def tesseract():
    """A function from the bytes of a picture to what tesseract reads in one line, Chinese where the style has Chinese signs."""

    def read(content, style):
        chinese = any(CHINESE[0] <= sign <= CHINESE[1] for sign in style.signs)
        command = ["tesseract", "-", "-", "--psm", "7", "-l", "chi_sim" if chinese else "eng"]
        return subprocess.run(command, input=as_png(content), capture_output=True, check=True).stdout.decode("utf-8")

    return read


def as_png(content):
    """A picture as PNG: some readers take no GIF or BMP."""
    return png(read_picture(content, "RGB"))


def no_ddddocr():
    """Why ddddocr cannot run; empty where it can."""
    return "" if importlib.util.find_spec("ddddocr") else "it needs ddddocr: pip install -e '.[bench-ocr]'"


def no_tesseract():
    """Why tesseract cannot run; empty where it can."""
    known = shutil.which("tesseract") and subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True).stdout
    return "" if known and "chi_sim" in known else "it needs the Debian packages tesseract-ocr and tesseract-ocr-chi-sim"


PEERS = {
    "ddddocr": (no_ddddocr, lambda: ddddocr(False)),
    "ddddocr beta": (no_ddddocr, lambda: ddddocr(True)),
    "tesseract": (no_tesseract, tesseract),
}


def by_style(table, styles, systems, right):
    """Full match and milliseconds of each system, style by style and in the mean."""
    columns = ["style", "pictures", *(f"{name}{what}" for name in systems for what in ("", ", ms"))]
    lines = []
    for number in np.unique(styles):
        inside = styles == number
        shares = [f"{value:.3f}" for name, (_, seconds) in systems.items()
                  for value in (right[name][inside].mean(), 1000 * seconds[inside].mean())]  # fmt: skip
        lines.append([table.styles[number].name, str(inside.sum()), *shares])
    means = [f"{np.mean([float(line[place]) for line in lines]):.3f}" for place in range(2, len(columns))]
    return "out-of-fold pictures", columns, [*lines, ["mean of styles", str(len(styles)), *means]]


def margins(table, styles, right, seed):
    """By how much ours is above each peer, with its interval."""
    full = metric.full_match(table)
    counts = {name: np.column_stack([styles, own, own, own]) for name, own in right.items()}
    lines = []
    for name in [name for name in right if name != "ours"]:
        draws = [bootstrap(full, counts[one], seed) for one in ("ours", name)]
        low, high = measure.interval(np.subtract(*draws))
        difference = full.score(counts["ours"]) - full.score(counts[name])
        lines.append([name, f"{difference:+.3f}", f"{low:+.3f} to {high:+.3f}"])
    return "ours over each peer, mean of styles", ["peer", "full match", "95 % interval"], lines


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
