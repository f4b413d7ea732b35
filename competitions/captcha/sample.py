"""Makes three small styles in the official layout: a folder of digits, a zip of letters in either case, a zip of sums."""

import csv
import io
import zipfile

import numpy as np
from PIL import Image, ImageDraw

from competitions.captcha.drawing import coloured, curve, face


def write(folder, size, seed):
    """Write `size` training pictures of each style, and half as many for the test with labels for `evaluate`."""
    (folder / "test").mkdir(parents=True)
    for number, (style, label_of) in enumerate({"digits": digits, "letters": letters, "sums": sums}.items()):
        generator = np.random.default_rng([seed, number])
        for part, count in ((folder, size), (folder / "test", max(1, size // 2))):
            files, lines = {}, [("file", "label")]
            for place in range(count):
                shown = label_of(generator)
                held = io.BytesIO()
                Image.fromarray(draw(shown, (24, 60), generator)).save(held, "PNG")
                files[f"{place}.png"] = held.getvalue()
                lines.append((f"{place}.png", shown.lower()))
            text = io.StringIO()
            csv.writer(text).writerows(lines)
            put(part / style, files | {"labels.csv": text.getvalue().encode()}, zipped=style != "digits")


def digits(generator):
    """Three digits of five."""
    return "".join(generator.choice(list("13478"), 3))


def letters(generator):
    """Two letters, shown in either case; the labels are lower."""
    return "".join(
        str(letter).upper() if generator.random() < 0.5 else str(letter) for letter in generator.choice(list("abekx"), 2)
    )


def sums(generator):
    """Three or four signs, such as `3+7` and `13+7`."""
    first, second = generator.choice(["1", "3", "7", "13"]), generator.choice(list("137"))
    return f"{first}{generator.choice(list('+x'))}{second}"


def draw(text, size, generator):
    """One picture `(height, width, 3)`: signs side by side, a thin curve, two colours."""
    height, width = size
    page = Image.new("L", (width, height), 255)
    for place, sign in enumerate(text):
        x = (place + 0.5) * width / len(text) + generator.normal(0, 1)
        y = height / 2 + generator.normal(0, 1)
        ImageDraw.Draw(page).text(
            (x, y), sign, fill=0, font=face("DejaVuSans-Bold", int(generator.integers(15, 19))), anchor="mm"
        )
    curve(page, 60, 1, generator)
    return coloured(page, generator.uniform(0, 90, 3), generator.uniform(200, 255, 3))


def put(path, files, zipped):
    """Write files into a folder, or into a zip of its name."""
    if zipped:
        with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return
    path.mkdir()
    for name, content in files.items():
        (path / name).write_bytes(content)
