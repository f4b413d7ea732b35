"""Makes three small styles in the official layout: a folder of digits, a zip of letters in either case, a zip of sums."""

import zipfile

import numpy as np

from common.images.pictures import png
from common.images.writing.lettering import plain


def write(folder, size, seed):
    """Write `size` training pictures of each style, and half as many for the test with labels for `evaluate`."""
    (folder / "test").mkdir(parents=True)
    for number, (style, label_of) in enumerate({"digits": digits, "letters": letters, "sums": sums}.items()):
        generator = np.random.default_rng([seed, number])
        for part, count in ((folder, size), (folder / "test", max(1, size // 2))):
            files, lines = {}, ["file,label"]
            for place in range(count):
                shown = label_of(generator)
                files[f"{place}.png"] = png(plain(shown, (24, 60), generator))
                lines.append(f"{place}.png,{shown.lower()}")
            put(part / style, files | {"labels.csv": "\r\n".join([*lines, ""]).encode()}, zipped=style != "digits")


def digits(generator):
    """Three digits of five."""
    return "".join(generator.choice(list("13478"), 3))


def letters(generator):
    """Two letters, shown in either case; the labels are lower."""
    chosen = map(str, generator.choice(list("abekx"), 2))
    return "".join(letter.upper() if generator.random() < 0.5 else letter for letter in chosen)


def sums(generator):
    """Three or four signs, such as `3+7` and `13+7`."""
    first, second = generator.choice(["1", "3", "7", "13"]), generator.choice(list("137"))
    return f"{first}{generator.choice(list('+x'))}{second}"


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
