"""Ways in which a file can be damaged, each as `damage(path, generator)`."""

import functools
import os
import re
import shutil
import struct
import zlib

RUN = 200  # bytes that are cut out, repeated or overwritten at once
LONG = 10 << 20  # characters of a line
DEEP = 100_000  # brackets, one in the other
DIGITS = b"9" * 5000
CHECKSUM_OF_GIGABYTE = 0x5B64C2B0  # of zeros
ODD_NUMBERS = b"-1 0 -0.0 nan inf -inf 1e400 1e-400 0x10 1_0 1. .5 +5 07 1,5 2147483648 9223372036854775808 null true".split()
ODD_NUMBERS += [b"", b" ", "١٢".encode(), "１２".encode(), "²".encode(), "½".encode()]


def place(content, generator):
    """Somewhere in a content."""
    return int(generator.integers(len(content) + 1))


def rewritten(change):
    """A damage of a file's content: `change(content, generator)`."""

    def damage(path, generator):
        path.write_bytes(change(path.read_bytes(), generator))

    return damage


def shuffled(content, generator):
    lines = content.splitlines(keepends=True)
    generator.shuffle(lines)
    return b"".join(lines)


def flipped(content, generator):
    found = bytearray(content)
    for at in generator.integers(max(1, len(found)), size=5):
        if found:
            found[at] ^= 1 << int(generator.integers(8))
    return bytes(found)


def inserted(what):
    def change(content, generator):
        at = place(content, generator)
        return content[:at] + what + content[at:]

    return change


def repeated(content, generator):
    at = place(content, generator)
    return content[: at + RUN] + content[at:]


def cut(content, generator):
    at = place(content, generator)
    return content[:at] + content[at + RUN :]


def number_of_many_digits(content, generator):
    digits = [at for at in range(len(content)) if content[at : at + 1].isdigit()]
    at = int(generator.choice(digits)) if digits else 0
    return content[:at] + DIGITS + content[at:]


def odd_numbers(content, generator):
    """Some numbers as nobody expects them."""
    found = list(re.finditer(rb"\d+(?:\.\d+)?", content))
    for at in sorted(generator.integers(len(found), size=3), reverse=True) if found else ():
        content = content[: found[at].start()] + ODD_NUMBERS[generator.integers(len(ODD_NUMBERS))] + content[found[at].end() :]
    return content


def keys_doubled(content, generator):
    """One key of JSON, or one cell of a table, in the place of another."""
    found = list(re.finditer(rb'"[^"\n]{1,40}"(?=:)', content)) or list(re.finditer(rb"[^,\t\n]{1,40}(?=[,\t\n])", content))
    if found:
        at, other = (found[place] for place in generator.integers(len(found), size=2))
        content = content[: at.start()] + other[0] + content[at.end() :]
    return content


def separators_lost(content, generator):
    """Commas, tabs, quotes, brackets or ends of lines that are gone, or doubled."""
    found = list(re.finditer(rb"[][,\t\n\"{}:<>=/&;]", content))
    for at in sorted(generator.integers(len(found), size=3), reverse=True) if found else ():
        content = content[: found[at].start()] + found[at][0] * 2 * int(generator.integers(2)) + content[found[at].end() :]
    return content


def in_another_encoding(content, generator):
    return content.decode("utf-8", "replace").encode("utf-16")


def locked(content, generator):
    """The members of a zip as if they were encrypted; of other files nothing changes."""
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content = re.sub(
            rb"(%s.{%d})." % (re.escape(mark), place - 4), lambda found: found[1] + b"\x01", content, flags=re.DOTALL
        )
    return content


def climbing_out(content, generator):
    """The members of a zip with names that lead out of it."""
    names = re.findall(rb"PK\x01\x02.{42}([\w./-]{7,})", content, flags=re.DOTALL)
    for name in names[:1]:
        content = content.replace(name, b"../../" + name[6:])
    return content


@functools.cache
def gigabyte():
    """A gigabyte of zeros in a megabyte, as gzip has them: one packed piece, a thousand times."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    piece = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    return head + piece * (1 << 10) + packer.flush() + struct.pack("<LL", CHECKSUM_OF_GIGABYTE, 1 << 30)


def becomes_bomb(path, generator):
    """A file that unpacks to much more than it seems."""
    path.unlink()
    path.with_name(f"{path.name.removesuffix('.gz')}.gz").write_bytes(gigabyte())


def becomes_folder(path, generator):
    path.unlink()
    path.mkdir()


def becomes_pipe(path, generator):
    path.unlink()
    os.mkfifo(path)


def becomes_circle(path, generator):
    path.unlink()
    path.symlink_to(path.name)


def loses_its_end(path, generator):
    path.unlink()
    path.symlink_to(path.with_name("gone"))


def removed(path, generator):
    path.unlink()


def of_another(path, generator):
    """The content of a neighbour."""
    others = sorted(one for one in path.parent.iterdir() if one.is_file() and one != path)
    if others:
        shutil.copyfile(others[int(generator.integers(len(others)))], path)


REWRITING = {  # what is still a file
    "truncated": rewritten(lambda content, generator: content[: place(content, generator)]),
    "empty": rewritten(lambda content, generator: b""),
    "bits flipped": rewritten(flipped),
    "cut out": rewritten(cut),
    "repeated": rewritten(repeated),
    "lines shuffled": rewritten(shuffled),
    "NUL inserted": rewritten(inserted(b"\0")),
    "byte order mark inside": rewritten(inserted("\ufeff".encode())),
    "broken UTF-8": rewritten(inserted(b"\xff\xfe\x80")),
    "line separators": rewritten(inserted("\u2028\x85\r\r\n\n".encode())),
    "UTF-16": rewritten(in_another_encoding),
    "long line": rewritten(inserted(b"x" * LONG)),
    "deep nesting": rewritten(inserted(b"[" * DEEP)),
    "many digits": rewritten(number_of_many_digits),
    "odd numbers": rewritten(odd_numbers),
    "keys doubled": rewritten(keys_doubled),
    "separators lost": rewritten(separators_lost),
    "half a character": rewritten(inserted(rb"\ud800")),
    "random bytes": rewritten(lambda content, generator: generator.bytes(len(content))),
    "a neighbour's content": of_another,
    "locked": rewritten(locked),
    "climbing out": rewritten(climbing_out),
}
DAMAGES = REWRITING | {
    "a gzip bomb": becomes_bomb,
    "a folder": becomes_folder,
    "a pipe": becomes_pipe,
    "a link in a circle": becomes_circle,
    "a link to nothing": loses_its_end,
    "removed": removed,
    "no permission": lambda path, generator: path.chmod(0),
}
SLOW = ("long line", "a gzip bomb", "deep nesting")  # megabytes each: of twenty rounds, one


def ways_of(number, ways, generator):
    """In which ways to damage the file of an input: each alone for two rounds, then what rewrites it after another such."""
    quick = [way for way in ways if way not in SLOW]
    if number < 2 * len(ways):
        return [ways[number % len(ways)]]
    place, rounds = number % len(quick), number // len(quick)
    way = SLOW[place] if place < len(SLOW) and rounds % 20 == 0 else quick[place]
    before = [other for other in quick if other in REWRITING]
    return [before[generator.integers(len(before))], way]
