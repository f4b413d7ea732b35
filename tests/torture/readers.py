"""All that reads files of people, and files for it: `READERS`.

What the stage `data` of every contest reads, which is all that training reads, what people hand to `predict`, submissions,
exported folders and runs. Nothing here needs Keras.
"""

import contextlib
import importlib
import json
import os
import resource
import shutil
import signal
import sys
import tarfile
import traceback
import warnings
import zipfile
import zlib
from unittest import mock

import numpy as np

from common import locate, paths, run, targets
from common.config import override
from tests.torture import commands
from tests.torture.damage import DAMAGES, ways_of
from tests.torture.traps import without_rights

SECONDS = 20  # of processor time in which an input must be answered
WAIT = 200  # seconds for the same, where it waits for something or other work makes the machine slow
TIMERS = {signal.ITIMER_PROF: signal.SIGPROF, signal.ITIMER_REAL: signal.SIGALRM}
LONGEST = 20_000  # characters of a message; 20 lines may be shown
MEMORY = 2 << 30  # bytes that it may take beside what is taken already


class NoAnswer(BaseException):
    """Not within the time; no `Exception`, which a reader might take for its own."""


@contextlib.contextmanager
def bounded():
    """Stop what takes longer, and what takes more memory."""

    def stop(*_):
        raise NoAnswer

    before, limits = [(name, signal.signal(name, stop)) for name in TIMERS.values()], resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm") as file:
        taken = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, limits[1]))
    for timer, seconds in zip(TIMERS, (SECONDS, WAIT), strict=True):
        signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        for timer in TIMERS:
            signal.setitimer(timer, 0)
        for name, handler in before:
            signal.signal(name, handler)
        resource.setrlimit(resource.RLIMIT_AS, limits)


def answer(read, *arguments):
    """What is said of a damaged input: the message of its error, or nothing where it is read."""
    try:
        with bounded():
            read(*arguments)
    except Exception as error:
        message = run.said(error)
        if message is None:
            raise
        assert len(message) < LONGEST, f"a message of {len(message)} characters: {message[:200]}"
        return message
    return ""


def part(contest, name):
    """A file of a contest, as a module."""
    return importlib.import_module(f"competitions.{contest}.{name}")


def settings_of(contest):
    """Its smallest plan, without data."""
    return [text for text in part(contest, "config").SMOKE if not text.startswith("data=")]


def write_sample(contest, folder):
    """The smallest built-in sample."""
    size = override(part(contest, "config").Config, settings_of(contest)).sample_size
    part(contest, "sample").write(folder, size, locate.SAMPLE_SEED)


def read_data(contest):
    """What the stage `data` does with a folder."""

    def read(folder):
        config = locate.locate_data(contest, "data", part(contest, "config").Config, [f"data={folder}", *settings_of(contest)])
        part(contest, "data").main(config)

    return read


def lines_of_text(folder):
    """A text as people hand it to `predict`."""
    folder.mkdir()
    (folder / "lines.txt").write_text("研究生命的起源\n送货很快，手机非常好用\nPlain text, too.\n" * 5, encoding="utf-8")


def pairs_of_words(folder):
    folder.mkdir()
    (folder / "pairs.tsv").write_text("电脑\t计算机\t7.5\n虎\t猫\t5\n" * 5, encoding="utf-8")


def pictures(folder):
    """A picture alone, in a folder, and in a zip."""
    from PIL import Image

    (folder / "some").mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype="uint8")
    for place in ("one.png", "some/one.jpg", "some/two.gif", "some/three.tif", "some/four.bmp", "some/five.webp"):
        Image.fromarray(pixels).save(folder / place)
    zip_of(folder / "some", folder / "several.zip")


def zip_of(source, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(source.rglob("*")):
            archive.write(file, file.relative_to(source))


def read_pictures(folder):
    from common.images.given import read_given

    several = [answer(read_given, str(path), lambda name, picture: picture) for path in sorted(folder.iterdir())]
    assert not all(several), "what is whole is read"


def pages(folder):
    folder.mkdir()
    for name in ("one.html", "two.html"):
        body = "".join(f"<p class=x>段落 {number}, a <b>sentence</b> with words.</p>" for number in range(20))
        (folder / name).write_text(
            f"<html><head><meta charset=utf-8><title>{name}</title></head><body>{body}", encoding="utf-8"
        )


def read_pages(folder):
    part("web_text", "predict").main(part("web_text", "config").Config(), str(folder), way="density")


def spectra(folder):
    """Those of the sample, as `predict` takes them: a zip, a folder of texts, a FITS."""
    from astropy.io import fits

    write_sample("lamost", folder)
    flux = np.random.default_rng(0).normal(size=3000).astype("float32")
    primary = fits.PrimaryHDU(flux)
    primary.header["COEFF0"], primary.header["COEFF1"] = 3.57, 1e-4
    primary.writeto(folder / "one.fits")
    (folder / "two.csv").write_text("".join(f"{3700 + number},{value}\n" for number, value in enumerate(flux)))


def packed_pages(ending):
    """Makes the sample of web_text with its sets packed."""

    def make(folder):
        write_sample("web_text", folder)
        for path in sorted(path.parent for path in folder.rglob("index.tsv")):
            with tarfile.open(f"{path}.tar.{ending}", f"w:{ending}") as archive:
                archive.add(path, path.name)
            shutil.rmtree(path)

    return make


def read_spectra(folder):
    from competitions.lamost.grid import Grid
    from competitions.lamost.spectra import read_input

    for path in sorted(folder.iterdir()):
        answer(read_input, path, Grid.parse(part("lamost", "config").Config().grid))


def questions(folder):
    write_sample("webqa", folder)
    (folder / "asked.txt").write_text("谁写了红楼梦？\t《红楼梦》的作者是曹雪芹。\n" * 5, encoding="utf-8")


def read_questions(folder):
    from competitions.webqa.questions import read_asked

    for path in sorted(path for path in folder.iterdir() if path.suffix in (".json", ".txt")):
        answer(read_asked, str(path))


def files_of_its_own(folder):
    """Of the sample of ppd: `predict` takes pairs by number and by text."""
    write_sample("ppd", folder)


def read_asked_pairs(folder):
    part("ppd", "data").read_asked(folder / "test.csv", folder)


def submission(folder):
    """One of baidu_ie."""
    folder.mkdir()
    triple = {"subject": "红楼梦", "predicate": "作者", "object": "曹雪芹", "subject_type": "书", "object_type": "人"}
    lines = [
        json.dumps({"text": f"《红楼梦》的作者是曹雪芹{number}", "spo_list": [triple]}, ensure_ascii=False)
        for number in range(9)
    ]
    with zipfile.ZipFile(folder / "baidu_ie.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("result.json", "\n".join(lines) + "\n")


def lines_of_answers(folder):
    """A submission of webqa."""
    folder.mkdir()
    (folder / "webqa.tsv").write_text("".join(f"Q_{number}\t曹雪芹\n" for number in range(9)), encoding="utf-8")


def trained(folder):
    """A home with the toy's finished run and ensemble."""
    status, shown = commands.toy(folder, "submit", *commands.SETTINGS)
    assert status == 0, shown


def exported(folder):
    """What the toy has learnt, as it is carried elsewhere."""
    home = folder.with_name("trained")
    trained(home)
    assert commands.Command(home, ("toy", "export", f"to={folder}")).finish()[0] == 0
    shutil.rmtree(home)


def read_exported(folder):
    from common import experiment

    with mock.patch.object(paths, "contests", lambda: ["toy"]):
        assert experiment.load(folder).predict(np.ones((1, 2))).shape == (1, 2)


def read_runs(folder):
    with mock.patch.object(paths, "contests", lambda: ["toy"]), mock.patch.dict(os.environ, PODIUM_HOME=str(folder)):
        targets.leaderboard([])
        run.run_command(["toy", "predict", "input=1,1"])


def read_lines(folder):
    from common.text.corpus import given_lines

    given_lines(folder / "lines.txt", "text")


def every_line(contest, *names):
    """Reads each file of a folder with a function of a contest's `predict`."""

    def read(folder):
        for path in sorted(folder.iterdir()):
            getattr(part(contest, "predict"), names[0])(*(path if one is None else one for one in names[1:]))

    return read


READERS = {
    f"{contest} data": (lambda folder, one=contest: write_sample(one, folder), read_data(contest))
    for contest in paths.contests()
}
READERS |= {
    "web_text xz data": (packed_pages("xz"), read_data("web_text")),
    "web_text gz data": (packed_pages("gz"), read_data("web_text")),
    "baidu_ie predict": (lines_of_text, every_line("baidu_ie", "read_sentences", "", None)),
    "exported folder": (exported, read_exported),
    "stored runs": (trained, read_runs),
    "baidu_ie submission": (submission, lambda folder: part("baidu_ie", "metric").read_submission(folder / "baidu_ie.zip")),
    "webqa submission": (lines_of_answers, lambda folder: part("webqa", "metric").read_answers(folder / "webqa.tsv")),
    "lamost labels": (lambda folder: write_sample("lamost", folder), lambda folder: part("lamost", "data").read_labels(folder)),
    "lamost predict": (spectra, read_spectra),
    "pictures predict": (pictures, read_pictures),  # of captcha, characters, fashion_mnist and generation
    "power_vocab predict": (lines_of_text, every_line("power_vocab", "lines_of", None, "utf-8")),
    "ppd predict": (files_of_its_own, read_asked_pairs),
    "segmentation predict": (lines_of_text, every_line("segmentation", "asked", "", None, "", "utf-8")),
    "sentiment predict": (lines_of_text, read_lines),  # as of webqa with question=
    "web_text predict": (pages, read_pages),
    "webqa predict": (questions, read_questions),
    "word_similarity predict": (
        pairs_of_words,
        lambda folder: [part("word_similarity", "data").read_pairs(path, False) for path in folder.iterdir()],
    ),
}


def copied(whole, folder, damaged):
    """A copy of a folder that shares its files but the one that is to be damaged."""
    shutil.copytree(whole, folder, copy_function=os.link)
    (folder / damaged).unlink()
    shutil.copyfile(whole / damaged, folder / damaged)


def of_person(reader):
    """Whether people hand it their own files, and may hand in a pipe, as input=<(command) is one: it is waited for."""
    return not reader.endswith("data")


def damaged(reader, files, number, folder, generator):
    """Damage one file of a folder; gives which, and how."""
    ways = [way for way in DAMAGES if way != "a pipe" or not of_person(reader)]
    file, chosen = files[generator.integers(len(files))], ways_of(number, ways, generator)
    copied(folder.with_name("whole"), folder, file)
    for way in chosen:
        DAMAGES[way](folder / file, generator)
    return f"{file}, {' and '.join(chosen)}, input {number}"


def read_damaged(reader, place, numbers):
    """Have a reader read damaged inputs: for each, `[whether it was refused, its fault]` as a line of `progress`.

    Args:
        reader: of `READERS`.
        place: folder that has `whole`, the reader's files, and `progress`.
        numbers: of the inputs, each of which is always damaged alike.
    """
    os.environ["PODIUM_HOME"], read = str(place / "home"), READERS[reader][1]
    sys.stdout = sys.stderr = open(os.devnull, "w", errors="replace")  # noqa: SIM115  as `run.main` has them
    without_rights()
    files = sorted(path.relative_to(place / "whole") for path in (place / "whole").rglob("*") if path.is_file())
    assert answer(read, place / "whole") == ""  # and what it needs is imported
    warnings.simplefilter("error")
    with open(place / "progress", "a", encoding="utf-8", buffering=1) as progress:
        for number in numbers:
            generator, refused, fault = np.random.default_rng([zlib.crc32(reader.encode()), number]), False, None
            what = damaged(reader, files, number, place / "damaged", generator)
            try:
                refused = bool(answer(read, place / "damaged"))
            except (Exception, NoAnswer) as error:
                fault = f"{what}:\n{''.join(traceback.format_exception(error, limit=-4))}"
            progress.write(json.dumps([refused, fault]) + "\n")
            shutil.rmtree(place / "damaged")
            shutil.rmtree(place / "home", ignore_errors=True)


def finished(process, progress):
    """Wait for the end of a process, or end it where it says nothing for too long."""
    while process.is_alive():
        before = progress.stat().st_size
        process.join(2 * WAIT)
        if process.is_alive() and progress.stat().st_size == before:
            process.kill()
            process.join()
    return process.exitcode
