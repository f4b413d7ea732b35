"""Pages of the web into a folder, politely.

    make fetch input=https://example.org/1.html to=pages
    make fetch input=addresses.txt to=pages delay=5              an address a line
    make fetch input=addresses.txt to=pages offline=true         whether all of them are saved; asks nobody

What is saved is not asked for again. `make predict COMP=web_text input=pages` takes the folder for pages of one site.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from common.config import override
from common.errors import ConfigError, DataError
from common.web.fetch import Fetcher


@dataclass(frozen=True)
class Settings:
    """What may be said on the command line."""

    input: str = ""  # an address, or a file with one a line
    to: Path | None = None  # folder of saved pages
    delay: float = Fetcher.delay  # seconds between two requests to one host
    largest: int = Fetcher.largest  # bytes of a page at most
    longest: float = Fetcher.longest  # seconds of a request at most
    offline: bool = False  # read what is saved, ask nobody


def main(assignments):
    """Fetch every address; one that fails is named and does not stop the others.

    Raises:
        ConfigError: no input or folder, or a limit that is not positive.
        DataError: no address could be fetched.
    """
    settings = override(Settings, assignments)
    if not settings.input or settings.to is None:
        raise ConfigError("expected an address, or a file with one a line, and a folder: input=addresses.txt to=pages")
    if settings.delay < 0 or settings.largest <= 0 or settings.longest <= 0:
        raise ConfigError("expected delay >= 0, largest > 0 and longest > 0")
    fetcher = Fetcher(settings.to, settings.delay, settings.largest, settings.longest, settings.offline)
    addresses = listed(settings.input)
    saved = 0
    for address in addresses:
        try:
            data, header = fetcher.get(address)
        except DataError as error:
            print(f"left out: {error}", file=sys.stderr)
        else:
            saved += 1
            print(f"{len(data):>9,} bytes  {header:<30} {address}")
    if not saved:
        raise DataError(f"none of {len(addresses)} addresses of {settings.input} could be read")
    print(f"{saved} of {len(addresses)} pages are in {settings.to}")


def listed(given):
    """The addresses of a file, one a line, lines with # left out; or the address that was given."""
    path = Path(given)
    if not path.is_file():
        return [given]
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{given} is not UTF-8: expected an address a line") from error
    found = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not found:
        raise DataError(f"{given} holds no address; expected one a line")
    return found
