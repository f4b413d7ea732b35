"""Data sets of a contest's official size, or a share of it, from a small one: its records again and again with changed content.

Each function reads the official layout in a folder and writes it into another. Copies differ as real records do where that
matters for time and memory: in texts some characters stand for others, copy by copy, so that words, n-grams and candidates grow
with the size; ids, names of files and answers are changed so that no record is taken for another's double. Scores on such a set
say nothing.
"""

import itertools
import re
import shutil
import zipfile
from dataclasses import dataclass

import numpy as np
import orjson
import pandas as pd

from common.text.characters import HAN, any_of
from competitions.lamost import data as spectra
from competitions.power_vocab import data as vocabulary
from competitions.webqa import data as questions

HAN_CHARACTER = re.compile(any_of(HAN))
EXCHANGED = 0.03  # share of the characters, or ids, that a copy exchanges
PASSAGES = 12  # of a question, on average, in WebQA and SogouQA
NOISE = 0.02  # of the spectra of a copy, in units of their root mean square


@dataclass(frozen=True)
class Official:
    """What the organisers hand out.

    Attributes:
        train, test: records.
        unit: what a record is.
    """

    train: int
    test: int
    unit: str


SIZES = {
    "lamost": Official(484_000, 100_000, "spectra"),
    "webqa": Official(72_000, 8_000, "questions"),
    "baidu_ie": Official(173_000, 10_000, "sentences"),
    "power_vocab": Official(340_000_000, 0, "characters"),
    "ppd": Official(254_000, 173_000, "pairs"),
}


def lamost(source, folder, train, test, generator):
    """Spectra, each copy with some more noise; the index files and zips of one round."""
    for part, count in (("train", train), ("test", test)):
        index_path, spectra_path = spectra.find_part(source, part)
        index = pd.read_csv(index_path, dtype=str)
        members = spectra.zip_members(spectra_path) if spectra_path.suffix == ".zip" else spectra.folder_members(spectra_path)
        index = index[index["id"].isin(members)].reset_index(drop=True)
        flux = np.empty((len(index), spectra.POINTS), "float32")
        with open(spectra_path, "rb") as archive:
            for row, name in enumerate(index["id"]):
                flux[row] = spectra.parse(spectra.read_member(archive, members[name]))
        level = NOISE * np.sqrt(np.mean(flux**2, axis=1, keepdims=True))
        rows = np.arange(count) % len(index)
        index.iloc[rows].assign(id=np.arange(count)).to_csv(folder / f"grown_{part}_index.csv", index=False)
        with zipfile.ZipFile(folder / f"grown_{part}_data.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for number, row in enumerate(rows):
                made = flux[row] + level[row] * generator.standard_normal(spectra.POINTS, dtype="float32")
                archive.writestr(f"{number}.txt", ",".join(map("{:.5g}".format, made.tolist())))


def webqa(source, folder, train, test, generator):
    """Questions with their passages, in the layout of WebQA v1.0; where they have few, those of other questions beside them."""
    dataset = questions.load(source, report=False)
    for part, found, count in (("train", dataset.train, train), ("test.ir", dataset.valid or dataset.test, test)):
        records, change = {}, changes(generator, "".join(one.text for one in found))
        for number, one in zip(range(count), itertools.cycle(found)):
            letters = change(number // len(found))
            strangers = (passage for other in found[number % len(found) + 1 :] + found for passage in other.passages)
            lacking = itertools.islice(strangers, max(0, PASSAGES - len(one.passages)))
            passages = {
                f"{number}#{place}": {
                    "evidence": passage.text.translate(letters),
                    "answer": [answer.translate(letters) for answer in answers] or ["no_answer"],
                }
                for place, (passage, answers) in enumerate(
                    [*((own, own.answers) for own in one.passages), *((other, ()) for other in lacking)]
                )
            }
            text = (
                f"{one.text.translate(letters)}{number // len(found)}"  # else a question of few letters is one of another copy
            )
            records[f"Q{number}"] = {"question": text, "evidences": passages}
        (folder / f"me_{part}.json").write_bytes(orjson.dumps(records))


def baidu_ie(source, folder, train, test, generator):
    """Sentences with their triples, all in the layout of the contest; those of DuIE 2.0 are learnt as its own."""
    shutil.copy(source / "all_50_schemas", folder)
    for target, path, count in (("train_data.json", "train_data.json", train), ("test1_data.json", "dev_data.json", test)):
        records = [orjson.loads(line) for line in (source / path).read_bytes().split(b"\n") if line.strip()]
        change = changes(generator, "".join(record["text"] for record in records))
        with open(folder / target, "wb") as file:
            for number, record in zip(range(count), itertools.cycle(records)):
                letters = change(number // len(records))
                text = f"{record['text'].translate(letters)}（{number // len(records)}）"
                triples = [
                    spo | {name: spo[name].translate(letters) for name in ("subject", "object")} for spo in record["spo_list"]
                ]
                words = [word | {"word": word["word"].translate(letters)} for word in record.get("postag") or ()]
                made = {"text": text, "postag": words} | ({} if target.startswith("test") else {"spo_list": triples})
                file.write(orjson.dumps(made) + b"\n")


def power_vocab(source, folder, train, test, generator):
    """The domain's text, copy after copy; the background as it is."""
    dataset = vocabulary.load(source)
    lines = list(dataset.domain_lines())
    change = changes(generator, "".join(lines))
    written = 0
    with open(folder / "data.txt", "w", encoding="utf-8", newline="\n") as file:
        for copy in itertools.count():
            letters = change(copy)
            for line in lines:
                if written >= train:
                    break
                file.write(line.translate(letters) + "\n")
                written += len(line)
            if written >= train:
                break
    for path in source.glob("background*"):
        (shutil.copytree if path.is_dir() else shutil.copy)(path, folder / path.name)


def ppd(source, folder, train, test, generator):
    """Questions and pairs of them, copy after copy, as many questions for a pair as there were; the vectors as they are."""
    asked, pairs = (pd.read_csv(source / f"{name}.csv", dtype=str, keep_default_na=False) for name in ("question", "train"))
    used = asked["qid"].isin(set(pairs["q1"]) | set(pairs["q2"]))
    asked = asked[used]
    tokens = {unit: np.unique(" ".join(asked[unit]).split()) for unit in ("words", "chars")}
    made = {"question": [], "train": []}
    for copy in range(-(-(train + test) // len(pairs))):
        more = asked.assign(qid=asked["qid"] + f"-{copy}")
        for unit, known in tokens.items() if copy else ():
            out = generator.choice(known, int(EXCHANGED * len(known)), replace=False)
            exchanged = dict(zip(out, generator.permutation(out), strict=True))
            more[unit] = [" ".join(exchanged.get(token, token) for token in text.split()) for text in more[unit]]
        made["question"].append(more)
        made["train"].append(pairs.assign(q1=pairs["q1"] + f"-{copy}", q2=pairs["q2"] + f"-{copy}"))
    pairs = pd.concat(made["train"])[: train + test]
    pairs[:train].to_csv(folder / "train.csv", index=False)
    pairs[train:][["q1", "q2"]].to_csv(folder / "test.csv", index=False)
    pd.concat(made["question"]).to_csv(folder / "question.csv", index=False)
    for path in source.glob("*_embed*"):
        shutil.copy(path, folder)


def changes(generator, text):
    """A function from the number of a copy to what `str.translate` takes; copy 0 is as it was."""
    letters = np.array(sorted(set(HAN_CHARACTER.findall(text))))

    def of_copy(copy):
        if copy not in known:
            out = generator.choice(letters, int(EXCHANGED * len(letters)), replace=False) if copy else letters[:0]
            known[copy] = str.maketrans(dict(zip(out.tolist(), generator.permutation(out).tolist(), strict=True)))
        return known[copy]

    known = {}
    return of_copy
