"""What a contest hands in, and what its `predict` answers to the same files: both by what was asked, a dict."""

import csv
import importlib
import json
import re
import zipfile

import numpy as np
from PIL import Image

from common.images import idx
from common.images.pictures import read_picture


def handed_in(contest, path, folder):
    """Answers of a submission.

    Args:
        contest: its name.
        path: of the submission.
        folder: the data.
    """
    if path.suffix == ".npz":
        from competitions.generation.pictures import sheet

        with np.load(path) as arrays:
            return {"sheet": np.asarray(sheet(arrays["samples"])).tolist()}
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name).decode() for name in archive.namelist()}
        if contest == "web_text":
            return {name: [*map(json.loads, text.splitlines())] if "forum" in name else text for name, text in files.items()}
        answers = map(json.loads, files["baidu_ie.json"].splitlines())
        return {one["text"]: {tuple(triple.values()) for triple in one["spo_list"]} for one in answers}
    lines = path.read_text(encoding="utf-8").splitlines()
    if contest == "power_vocab":  # at every place the longest of its words
        words = re.compile("|".join(map(re.escape, sorted(lines, key=len, reverse=True))))
        asked = filter(str.strip, (folder / "text.txt").read_text(encoding="utf-8").splitlines())
        return {line: list(dict.fromkeys(words.findall(line))) for line in asked}
    if contest == "segmentation":
        return {line.replace("  ", ""): line.split() for line in lines}
    if contest == "word_similarity":
        return {tuple(pair): float(similarity) for _, *pair, similarity in (line.split("\t") for line in lines[1:])}
    if contest == "ppd":
        asked = (folder / "test.csv").read_text().splitlines()
        return dict(zip(asked[1:], map(float, lines[1:]), strict=True))
    separator = "\t" if contest == "webqa" else ","
    return dict(csv.reader(lines, delimiter=separator))


def predicted(contest, run, folder, scratch):
    """The same from `predict`.

    Args:
        contest: its name.
        run: who answers, a `Run`.
        folder: the data.
        scratch: an empty folder for files to ask.
    """
    config = run.config(importlib.import_module(f"competitions.{contest}.config").Config)
    main = importlib.import_module(f"competitions.{contest}.predict").main

    def ask(path, **inputs):
        return main(config, input=str(path), run=run.name, **inputs)

    if contest == "generation":
        (sheet,) = main(config, count=str(config.samples), run=run.name)
        return {"sheet": read_picture(sheet["file"]).tolist()}
    return globals()[f"_of_{contest}"](ask, folder, scratch)


def _of_lamost(ask, folder, scratch):
    return {one["name"]: one["label"] for one in ask(folder / "sample_test_data.zip")}


def _of_webqa(ask, folder, scratch):
    return {one["id"]: one["answer"] for one in ask(folder / "me_test.ir.json")}


def _of_baidu_ie(ask, folder, scratch):
    (path,) = folder.glob("test*_data*.json")
    texts = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    answers = ask(_written(scratch, texts))
    return {one["text"]: {tuple(triple.values())[:3] for triple in one["triples"]} for one in answers}


def _of_captcha(ask, folder, scratch):
    answers = {path.stem: ask(path, style=path.stem) for path in (folder / "test").iterdir()}
    return {"file": "label"} | {f"{style}/{one['name']}": one["text"] for style, some in answers.items() for one in some}


def _of_characters(ask, folder, scratch):
    with np.load(folder / "test.npz") as arrays:
        _write_pictures(scratch, arrays["images"])
    return {"id": "character"} | {one["name"].removesuffix(".png"): one["text"] for one in ask(scratch)}


def _of_fashion_mnist(ask, folder, scratch):
    from competitions.fashion_mnist.config import NAMES

    _write_pictures(scratch, idx.read_images(folder / "t10k-images-idx3-ubyte.gz"))
    return {"id": "label"} | {one["name"].removesuffix(".png"): str(NAMES.index(one["label"])) for one in ask(scratch)}


def _of_ppd(ask, folder, scratch):
    return {f"{one['q1']},{one['q2']}": one["y_pre"] for one in ask(folder / "test.csv")}


def _of_segmentation(ask, folder, scratch):
    return {one["text"]: one["words"] for one in ask(folder / "toy_test.utf8")}


def _of_sentiment(ask, folder, scratch):
    """The last ones alone: of each it is asked, too, which words decided."""
    lines = (folder / "test.tsv").read_text(encoding="utf-8").splitlines()
    first = len(lines) - 5
    answers = ask(_written(scratch, [line.split("\t")[1] for line in lines[first:]]))
    return {str(number): one["label"] for number, one in enumerate(answers, start=first)}


def _of_web_text(ask, folder, scratch):
    """The pages of a site are asked for together."""
    found = {}
    for kind, suffix in (("news", "txt"), ("forum", "json")):
        pages = folder / "test" / kind
        for line in (pages / "index.tsv").read_text(encoding="utf-8").splitlines()[1:]:
            page, site = line.split("\t")
            (scratch / kind / site).mkdir(parents=True, exist_ok=True)
            (scratch / kind / site / f"{page}.html").write_bytes((pages / "html" / f"{page}.html").read_bytes())
        for site in (scratch / kind).iterdir():
            for one in ask(site):
                name = f"{kind}/{one['name'].removesuffix('.html')}.{suffix}"
                posts = [{field: post[field] for field in ("post_text", "user", "datetime")} for post in one["posts"]]
                found[name] = one["text"] if kind == "news" else posts
    return found


def _of_word_similarity(ask, folder, scratch):
    return {(one["first"], one["second"]): one["similarity"] for one in ask(folder / "test" / "pairs.tsv")}


def _of_power_vocab(ask, folder, scratch):
    answers = ask(folder / "text.txt")
    return {"".join(one["pieces"]): one["words"] for one in answers}


def _written(scratch, lines):
    path = scratch / "asked.txt"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def _write_pictures(scratch, images):
    for row, image in enumerate(images):
        Image.fromarray(image).save(scratch / f"{row}.png")
