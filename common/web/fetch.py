"""Fetch pages politely, where somebody asks for it: nothing else in `common.web` knows a network.

    fetcher = Fetcher("pages")                   # a folder: what was fetched once is read from it
    data, header = fetcher.get("https://example.org/1.html")

robots.txt is kept, a site is asked once in `delay` seconds, and a page is cut off at a size and a time. With `offline=True` the
saved pages alone are read.
"""

import hashlib
import json
import time
import urllib.error
import urllib.request
import urllib.robotparser
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from common import paths
from common.errors import DataError

ROBOTS = 500_000  # bytes of robots.txt that are read, as crawlers do (RFC 9309)
AGENT = "podium-web"  # what robots.txt may name


@dataclass
class Fetcher:
    """Fetches pages into a folder.

    Attributes:
        folder: of saved pages: `HASH.html`, and `HASH.json` with address, header and time.
        delay: seconds between two requests to one host; longer where robots.txt asks for it.
        largest: bytes of a page at most; more are cut off.
        longest: seconds that one request may take.
        offline: read saved pages alone.
    """

    folder: Path
    delay: float = 2.0
    largest: int = 8_000_000
    longest: float = 20.0
    offline: bool = False
    _rules: dict = field(default_factory=dict, repr=False)
    _asked: dict = field(default_factory=dict, repr=False)

    def get(self, address):
        """The bytes of a page and its `Content-Type`.

        Raises:
            DataError: the address is none of the web, robots.txt forbids it, the site does not answer, or it is not saved.
        """
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise DataError(f"{address}: expected an address that begins with http:// or https://")
        name = hashlib.sha256(address.encode()).hexdigest()[:16]
        page, about = (Path(self.folder) / f"{name}{suffix}" for suffix in (".html", ".json"))
        if about.exists():
            return page.read_bytes(), json.loads(about.read_text(encoding="utf-8"))["header"]
        if self.offline:
            raise DataError(f"{address} is not among the saved pages of {self.folder}")
        if not self.rules(parts).can_fetch(AGENT, address):
            raise DataError(f"{address}: robots.txt of {parts.netloc} forbids it")
        self._wait(parts)
        data, header = self._request(address, self.largest)
        with paths.atomic(page) as temporary:
            temporary.write_bytes(data)
        with paths.atomic(about) as temporary:  # last: it says that the page is whole
            kept = {"address": address, "header": header, "fetched": time.strftime("%Y-%m-%dT%H:%M:%S%z")}
            temporary.write_text(json.dumps(kept), encoding="utf-8")
        return data, header

    def rules(self, parts):
        """What robots.txt of a site allows; everything where there is none, nothing where it is forbidden or broken."""
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._rules:
            rules = urllib.robotparser.RobotFileParser()
            try:
                data, _ = self._request(f"{site}/robots.txt", ROBOTS)
                rules.parse(data.decode("utf-8", "replace").splitlines())
            except DataError as error:
                missing = isinstance(error.__cause__, urllib.error.HTTPError) and error.__cause__.code in (404, 410)
                rules.parse([] if missing else ["User-agent: *", "Disallow: /"])
            self._rules[site] = rules
        return self._rules[site]

    def _wait(self, parts):
        """Sleep until the host may be asked again."""
        pause = max(self.delay, float(self.rules(parts).crawl_delay(AGENT) or 0))
        left = self._asked.get(parts.netloc, 0) + pause - time.monotonic()
        if parts.netloc in self._asked and left > 0:
            time.sleep(left)
        self._asked[parts.netloc] = time.monotonic()

    def _request(self, address, most):
        request = urllib.request.Request(address, headers={"User-Agent": AGENT})  # noqa: S310  http or https: `get` saw to it
        ends, data = time.monotonic() + self.longest, b""
        try:
            with urllib.request.urlopen(request, timeout=self.longest) as answer:  # noqa: S310
                while len(data) < most and time.monotonic() < ends:
                    block = answer.read(min(1 << 16, most - len(data)))
                    if not block:
                        break
                    data += block
                return data, answer.headers.get("Content-Type", "")
        except (urllib.error.URLError, TimeoutError, OSError) as error:
            raise DataError(f"{address} cannot be fetched: {error}") from error
