"""The picture of README, made of what runs on the built-in samples draw; no data are needed.

make train COMP=lamost
make train COMP=captcha
make train COMP=characters model=vgg
make train COMP=fashion_mnist model=wide_resnet
make train COMP=sentiment model=convolution
python -m docs.montage
"""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from common import paths

PICTURES = Path(__file__).parent / "pictures"
SIZE, TITLE = (1160, 530), 22  # pixels
COLOURS = 96  # of the palette, so that the file stays small
CELLS = (  # title, corner (x, y), width, part that is shown (left, top, right, bottom), picture: of the newest run, or of docs
    ("lamost: spectra and their lines", (0, 0), 560, (0, 0, 1, 0.492), "lamost/lightgbm-*/plots/examples.png"),
    ("what speaks for a star", (0, 204), 560, (0, 0, 1, 1), "lamost/dilated-*/plots/saliency_star.png"),
    (
        "sentiment: the words that decided",
        (0, 408),
        560,
        (0, 0.22, 1, 0.9),
        "sentiment/convolution-*/plots/words_integrated.png",
    ),
    ("captcha: its surest mistakes", (580, 0), 290, (0, 0, 1, 0.703), "captcha/columns-*/plots/surest_mistakes.png"),
    ("communities of football teams", (890, 0), 264, (0, 0.05, 1, 0.98), "football.png"),
    ("characters: what looks alike", (580, 236), 580, (0, 0.047, 1, 0.233), "characters/vgg-*/plots/mistakes.png"),
    (
        "fashion_mnist: what speaks for the class",
        (580, 344),
        580,
        (0, 0.12, 1, 1),
        "fashion_mnist/wide_resnet-*/plots/saliency.png",
    ),
)


def newest(pattern):
    """The picture of docs of that name, or that of the run last drawn."""
    if (PICTURES / pattern).is_file():
        return PICTURES / pattern
    found = sorted((paths.home() / "runs").glob(pattern), key=lambda path: path.stat().st_mtime)
    if not found:
        raise SystemExit(f"{paths.home() / 'runs' / pattern} is not there: the commands at the head of {__file__} draw it")
    return found[-1]


def main():
    """Write docs/pictures/montage.png."""
    sheet = Image.new("RGB", SIZE, "white")
    write = ImageDraw.Draw(sheet)
    for title, (x, y), width, (left, top, right, bottom), pattern in CELLS:
        picture = Image.open(newest(pattern)).convert("RGB")
        shown = picture.crop((left * picture.width, top * picture.height, right * picture.width, bottom * picture.height))
        write.text((x + 4, y + 2), title, "black", ImageFont.load_default(16))
        sheet.paste(shown.resize((width, round(width * shown.height / shown.width)), Image.Resampling.LANCZOS), (x, y + TITLE))
    sheet.quantize(COLOURS, dither=Image.Dither.NONE).save(PICTURES / "montage.png", optimize=True)


if __name__ == "__main__":
    main()
