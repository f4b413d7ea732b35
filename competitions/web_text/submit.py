"""Write `submissions/web_text.zip`: `SET/ID.txt` for every page of text, `SET/ID.json` for every thread.

python -m competitions.web_text.submit
"""

import zipfile
from collections import Counter
from functools import partial

import orjson

from common import run
from common.experiment.submission import publish
from competitions.web_text import ensemble, train

FIELDS = ("post_text", "user", "datetime")
STAMP = (1980, 1, 1, 0, 0, 0)  # of all files: the same answers give the same archive


def main(config):
    """Answer the test pages with the blend; without any, the validated pages, from out-of-fold predictions."""
    plan = train.plan(config)
    blended = ensemble.blend(plan)
    part = "test" if "test" in plan.parts else "oof"
    if part == "oof":
        print("There are no test pages: the submission answers the validated pages, from out-of-fold predictions.")
    answers = ensemble.saved(blended, part)
    sheets = plan.parts["test" if part == "test" else "train"]
    kinds = {(sheet.set, sheet.record.id): sheet.record.kind for sheet in sheets}
    files = {name_of(*key, kinds[key]): as_bytes(answer, kinds[key]) for key, answer in answers.items()}
    path = publish("web_text", ".zip", files, partial(faults, names=list(files)), blended, write)
    print(f"Wrote {path} ({len(files)} pages) and a copy in {blended.path}")


def name_of(name, page, kind):
    """File of a page's answer."""
    return f"{name}/{page}.{'json' if kind == 'posts' else 'txt'}"


def as_bytes(answer, kind):
    """A text, or posts as JSON lines."""
    if kind != "posts":
        return answer.encode()
    return b"".join(orjson.dumps({field: post[field] for field in FIELDS}) + b"\n" for post in answer)


def write(path, files):
    """Write a zip of `{name: bytes}`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, STAMP), content, zipfile.ZIP_DEFLATED)


def faults(path, names):
    """What breaks the rules: every page has its file and no other is there; texts are UTF-8, posts JSON lines."""
    with zipfile.ZipFile(path) as archive:
        held = archive.namelist()
        found = [f"{name}: stands twice" for name, count in sorted(Counter(held).items()) if count > 1]
        found += [f"{name}: is missing" for name in names if name not in set(held)]
        found += [f"{name}: is no page of the index" for name in held if name not in set(names)]
        for name in held:
            try:
                text = archive.read(name).decode("utf-8")
                for line in text.split("\n")[:-1] if name.endswith(".json") else ():
                    if not set(FIELDS) <= set(orjson.loads(line)):
                        found.append(f"{name}: a post needs {', '.join(FIELDS)}")
            except (UnicodeDecodeError, orjson.JSONDecodeError) as error:
                found.append(f"{name}: {error}")
    return found


if __name__ == "__main__":
    run.stage(__spec__)
