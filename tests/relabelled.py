"""Samples whose scored parts are labelled otherwise: what was trained and chosen must not notice."""

import json


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
