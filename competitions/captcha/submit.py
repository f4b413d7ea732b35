"""Write `submissions/captcha.csv`: header `file,label`, file = `STYLE/picture.png`, all styles in their order.

python -m competitions.captcha.submit
"""

import csv
import io
from functools import partial

from common import run
from common.experiment.submission import publish, to_answer
from competitions.captcha import ensemble, train

HEADER = ["file", "label"]


def main(config):
    """Answer the test pictures with the blend; without any, the validation part."""
    plan = train.plan(config)
    table, blended = plan.dataset.table, ensemble.blend(plan)
    part, rows, probability = to_answer(plan, blended, "pictures")
    pictures = plan.parts[part]
    names, styles = [pictures.names[row] for row in rows], pictures.styles[rows]
    answers = table.decode(table.answers(styles, probability)[0])
    check = partial(faults, names=names, styles=[table.styles[number] for number in styles])
    path = publish("captcha", ".csv", [HEADER, *zip(names, answers, strict=True)], check, blended, write)
    print(f"Wrote {path} ({len(names)} lines below the header) and a copy in {blended.path}")


def write(path, rows):
    """Write a CSV; what holds a comma or a quote stands in quotes."""
    held = io.StringIO(newline="")
    csv.writer(held, lineterminator="\n").writerows(rows)
    path.write_text(held.getvalue(), encoding="utf-8")


def faults(path, names, styles):
    """What breaks the rules: every picture stands once and in order, with signs of its style, as many as its labels have."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    found = [] if rows[:1] == [HEADER] else [f"line 1: the header must be {','.join(HEADER)}"]
    if len(rows) != len(names) + 1:
        return [*found, f"{len(names)} pictures need as many lines below the header, found {len(rows) - 1}"]
    for number, (row, name, style) in enumerate(zip(rows[1:], names, styles, strict=True), start=2):
        if len(row) != 2 or row[0] != name:
            found.append(f"line {number}: expected {name} and its label, found {','.join(row)[:60]}")
        elif not style.lengths[0] <= len(row[1]) <= style.lengths[1] or set(row[1]) - set(style.signs):
            found.append(f"line {number}: '{row[1]}' is no label of {style.name}")
    return found


if __name__ == "__main__":
    run.stage(__spec__)
