"""Samples whose scored parts are labelled otherwise: what was trained and chosen must not notice."""

import csv
import io
import json
import zipfile

import numpy as np

from common.images import idx


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


def _lamost(folder):
    def change(lines):
        header, *rows = (line.split(",") for line in lines)
        kinds = sorted({kind for _, kind in rows})
        other = dict(zip(kinds, _next(kinds), strict=True))
        return [",".join(header), *(f"{name},{other[kind]}" for name, kind in rows)]

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


def _ppd(folder):
    """The sample has none: any are as good."""
    rows = len((folder / "test.csv").read_text().splitlines()) - 1
    (folder / "test_labels.csv").write_text("label\n" + "".join(f"{row % 2}\n" for row in range(rows)))


def _fashion_mnist(folder):
    path = folder / "t10k-labels-idx1-ubyte.gz"
    idx.write(path, idx.read_labels(path)[::-1])


def _generation(folder):
    """Nothing is labelled."""


def _characters(folder):
    with np.load(folder / "test.npz") as arrays:
        held = dict(arrays)
    np.savez_compressed(folder / "test.npz", **held | {"labels": np.roll(held["labels"], 1)})


def _captcha(folder):
    def turned(content):
        header, *rows = csv.reader(io.StringIO(content.decode()))
        text = io.StringIO()
        names, labels = zip(*rows, strict=True)
        csv.writer(text).writerows([header, *zip(names, _next(labels), strict=True)])
        return text.getvalue().encode()

    for path in (folder / "test").iterdir():
        if path.is_dir():
            (path / "labels.csv").write_bytes(turned((path / "labels.csv").read_bytes()))
            continue
        with zipfile.ZipFile(path) as archive:
            held = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in held.items():
                archive.writestr(name, turned(content) if name.endswith("labels.csv") else content)


def _sentiment(folder):
    other = {"pos": "neg", "neg": "pos"}
    _rewrite(
        folder / "test.tsv", lambda lines: [f"{other[label]}\t{text}" for label, text in (line.split("\t") for line in lines)]
    )


def _segmentation(folder):
    (path,) = folder.glob("*_test_gold.utf8")
    _rewrite(path, lambda lines: ["  ".join("".join(line.split())) for line in lines])


def _web_text(folder):
    for path in (folder / "test").glob("*/text/*.txt"):
        path.write_text("别的", encoding="utf-8")
    for path in (folder / "test").glob("*/posts/*.json"):
        path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8"))[:1], ensure_ascii=False), encoding="utf-8")


def _word_similarity(folder):
    def turned(lines):
        pairs, ratings = zip(*(line.rsplit("\t", 1) for line in lines), strict=True)
        return [f"{pair}\t{rating}" for pair, rating in zip(pairs, _next(ratings), strict=True)]

    _rewrite(folder / "test" / "pairs.tsv", turned)
