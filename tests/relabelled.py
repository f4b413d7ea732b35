"""Other labels where nobody may look: what was trained and chosen must not notice.

`relabel` gives them to the scored part of a contest's files, `blinded` to the rows that a fold validates.
"""

import csv
import importlib
import io
import json
import zipfile
from dataclasses import replace
from functools import partial

import numpy as np

from common.experiment.predictions import take
from common.images import idx

STOPPED = ("lightgbm", "trees", "ranker")  # LightGBM, which the rows that a fold validates tell when to stop


def relabel(contest, folder):
    """Give the scored part of a contest's sample other labels, in place."""
    globals()[f"_{contest}"](folder)


def _rewrite(path, change):
    """Change the lines of a text; a text of one line end stays one."""
    text = path.read_text(encoding="utf-8")
    path.write_text("".join(f"{line}\n" for line in change(text.removesuffix("\n").split("\n"))), encoding="utf-8")


def _next(values):
    """Each value in the place of the one before."""
    return [*values[1:], values[0]]


def _others(labels):
    """For each label another one."""
    kinds = sorted(set(labels))
    other = dict(zip(kinds, _next(kinds), strict=True))
    return [other[label] for label in labels]


def _lamost(folder):
    def change(lines):
        header, *rows = (line.split(",") for line in lines)
        names, labels = zip(*rows, strict=True)
        return [",".join(header), *map(",".join, zip(names, _others(labels), strict=True))]

    _rewrite(folder / "sample_test_labels.csv", change)


def _webqa(folder):
    for path in folder.glob("me_validation*.json"):
        questions = json.loads(path.read_text(encoding="utf-8"))
        for question in questions.values():
            for one in question["evidences"].values():
                one["answer"] = [one["evidence"][:2]] if one["answer"] == ["no_answer"] else ["no_answer"]
        path.write_text(json.dumps(questions, ensure_ascii=False), encoding="utf-8")


def _baidu_ie(folder):
    def turned(line):
        record = json.loads(line)
        for one in record["spo_list"]:
            one["subject"], one["object"] = one["object"], one["subject"]
        return json.dumps(record, ensure_ascii=False)

    _rewrite(folder / "dev_data.json", lambda lines: map(turned, lines))


def _power_vocab(folder):
    _rewrite(folder / "gold.txt", lambda words: [word[::-1] for word in words])


def _captcha(folder):
    def change(text):
        header, *rows = csv.reader(io.StringIO(text))
        names, labels = zip(*rows, strict=True)
        held = io.StringIO(newline="")
        csv.writer(held).writerows([header, *zip(names, _next(labels), strict=True)])
        return held.getvalue()

    for path in (folder / "test").glob("*/labels.csv"):
        path.write_text(change(path.read_text()))
    for path in (folder / "test").glob("*.zip"):
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        files["labels.csv"] = change(files["labels.csv"].decode()).encode()
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)


def _characters(folder):
    with np.load(folder / "test.npz") as arrays:
        found = dict(arrays)
    np.savez_compressed(folder / "test.npz", **found | {"labels": (found["labels"] + 1) % len(found["characters"])})


def _fashion_mnist(folder):
    path = folder / "t10k-labels-idx1-ubyte.gz"
    idx.write(path, np.array(_others(idx.read_labels(path).tolist())))


_generation = _fashion_mnist


def _ppd(folder):
    """The sample has no labels of its test pairs; now it has."""
    rows = len((folder / "test.csv").read_text().splitlines()) - 1
    (folder / "sample_test_labels.csv").write_text("label\n" + "1\n0\n" * (rows // 2) + "1\n" * (rows % 2))


def _segmentation(folder):
    _rewrite(folder / "toy_test_gold.utf8", lambda lines: ["  ".join("".join(line.split())) for line in lines])


def _sentiment(folder):
    def change(lines):
        labels, texts = zip(*(line.split("\t") for line in lines), strict=True)
        return map("\t".join, zip(_others(labels), texts, strict=True))

    _rewrite(folder / "test.tsv", change)


def _web_text(folder):
    for path in (folder / "test" / "news" / "text").iterdir():
        _rewrite(path, lambda lines: [line[::-1] for line in lines])
    for path in (folder / "test" / "forum" / "posts").iterdir():
        path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8"))[:1], ensure_ascii=False), encoding="utf-8")


def _word_similarity(folder):
    def change(line):
        first, second, rating = line.split("\t")
        return f"{first}\t{second}\t{10 - float(rating):.2f}"

    _rewrite(folder / "test" / "pairs.tsv", lambda lines: map(change, lines))


def blinded(contest, plan):
    """A plan whose fits see other labels in the rows that they validate; only its metric knows the true ones.

    Who scores epochs by the metric chooses as before; whatever else is made of these labels comes out otherwise.
    """
    fits = {name: fit if name in STOPPED else partial(_blind_fit, contest, name, fit) for name, fit in plan.fits.items()}
    return replace(plan, fits=fits)


def _blind_fit(contest, name, fit, plan, fold):
    other = globals().get(f"_blind_{contest}", _blind)(plan, fold.valid)
    right, wrong = take(plan.truth, fold.valid), take(other.truth, fold.valid)
    assert not _same(right, wrong)

    def count(truth, answers):
        return plan.metric.count(right if _same(truth, wrong) else truth, answers)

    if contest in ("baidu_ie", "webqa"):
        fit = _fit_of_texts(contest, name, other)
    return fit(_with(other, other.parts, metric=replace(plan.metric, count=count)), fold)


def _same(one, other):
    return np.array_equal(one, other) if isinstance(one, np.ndarray) else list(one) == list(other)


def _with(plan, parts, **changes):
    """A plan with changes; its parts need not be read once more."""
    plan = replace(plan, **changes)
    vars(plan)["parts"] = parts
    return plan


def _blind(plan, rows):
    """With other classes in some rows."""
    truth = plan.truth.copy()
    truth[rows] = _others(truth[rows].tolist())
    return _with(plan, plan.parts, truth=truth)


def _blind_ppd(plan, rows):
    plan = _blind(plan, rows)
    return _with(plan, plan.parts, dataset=replace(plan.dataset, labels=plan.truth))


def _blind_word_similarity(plan, rows):
    truth = plan.truth.copy()
    truth[rows, 0] *= -1
    return _with(plan, plan.parts, truth=truth)


def _blind_captcha(plan, rows):
    train, table = plan.parts["train"], plan.dataset.table
    labels = list(train.labels)
    for row in rows:
        labels[row] = labels[row][::-1]
    train = replace(train, labels=labels)
    return _with(plan, plan.parts | {"train": train}, truth=np.column_stack([train.styles, table.encode(labels)]))


def _changed(plan, rows, change):
    """With other objects in the place of some of a list."""
    truth = list(plan.truth)
    for row in rows:
        truth[row] = change(truth[row])
    return _with(plan, plan.parts, truth=truth)


def _blind_segmentation(plan, rows):
    return _changed(plan, rows, lambda words: list("".join(words)))


def _blind_web_text(plan, rows):
    return _changed(plan, rows, lambda sheet: sheet if sheet.label is None else replace(sheet, label=1 - sheet.label))


def _blind_baidu_ie(plan, rows):
    def turned(sentence):
        triples = (one._replace(subject=one.object, object=one.subject) for one in sentence.triples)
        return replace(sentence, triples=tuple(triples))

    return _encoded(_changed(plan, rows, turned), "triples")


def _blind_webqa(plan, rows):
    def other(question):
        passages = (replace(one, answers=() if one.answers else (one.text[:2],)) for one in question.passages)
        return replace(question, passages=tuple(passages))

    return _encoded(_changed(plan, rows, other), "spans")


def _encoded(plan, labels):
    """With what the truth says in the arrays, too."""
    records, encoder = plan.parts["train"], _features(plan).prepare(plan.config, plan.dataset).encoder
    arrays = replace(records.encoded, **{labels: getattr(encoder.encode(plan.truth), labels)})
    parts = plan.parts | {"train": type(records)(plan.truth, arrays)}
    return _with(plan, parts, dataset=replace(plan.dataset, train=tuple(plan.truth)))


def _fit_of_texts(contest, name, plan):
    """The fit of a network that reads the arrays of a plan."""
    prepared = _features(plan).prepare(plan.config, plan.dataset)
    prepared = replace(prepared, parts=prepared.parts | {"train": plan.parts["train"].encoded})
    given = (prepared, None) if contest == "baidu_ie" else (lambda: prepared,)
    return partial(importlib.import_module(f"competitions.{contest}.train").fit_network, name, *given)


def _features(plan):
    return importlib.import_module(f"competitions.{plan.contest}.features")
