"""The files of a folder or of a zip, alike: names and contents, nothing unpacked."""

import lzma
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from common import paths
from common.errors import DataError

FAULTS = (  # of a damaged or locked member
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, OSError, RuntimeError, NotImplementedError, ValueError),
)
LARGEST = 1 << 26  # bytes of one file: some KB of a zip may hold GB


class Files:
    """The files of a folder or zip. Hidden ones, and what macOS puts beside files, are passed over.

    Args:
        path: of the folder or zip.

    Attributes:
        names: of all files, sorted; folders inside are separated by `/`.

    Raises:
        DataError: it is no complete zip, or a name in it leads out of it.
    """

    def __init__(self, path):
        self.path = Path(path)
        self._members, self._archive = {}, None
        if self.path.is_dir():
            found = {file.relative_to(self.path).as_posix(): file for file in self.path.rglob("*") if file.is_file()}
        else:
            try:
                self._archive = zipfile.ZipFile(self.path)
            except (OSError, zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, struct.error) as error:
                raise DataError(
                    f"{path} is no complete zip file ({error}); a download that broke off? Fetch it again"
                ) from None
            found = {name_of(info): info for info in self._archive.infolist() if not info.is_dir()}
            for name in found:
                if name.startswith(("/", "\\")) or ":" in name.split("/")[0] or ".." in name.replace("\\", "/").split("/"):
                    raise DataError(f"{path} holds a file that leads out of it, '{name}'; do not unpack it, take another copy")
        for name, member in found.items():
            if not any(part == "__MACOSX" or paths.hidden(part) for part in PurePosixPath(name).parts):
                self._members[name] = member
        self.names = sorted(self._members)

    def read(self, name):
        """Bytes of a file.

        Raises:
            DataError: it is damaged, locked or larger than 64 MB.
        """
        member = self._members[name]
        size = member.stat().st_size if self._archive is None else member.file_size
        if size > LARGEST:
            raise DataError(f"{self.path}: {name} has {size:,} bytes; at most {LARGEST:,} are read")
        if self._archive is None:
            return member.read_bytes()
        try:
            with self._archive.open(member) as file:  # ends at `file_size`, whatever the packed bytes hold
                return file.read()
        except FAULTS as error:
            raise DataError(f"{self.path}: {name} cannot be unpacked ({error}); damaged or locked? Fetch it again") from None


def name_of(info):
    """The name of a zip's member; one without the mark of UTF-8 is in truth often UTF-8, or in China GBK."""
    if info.flag_bits & 0x800 or info.filename.isascii():
        return info.filename
    raw = info.filename.encode("cp437")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename
