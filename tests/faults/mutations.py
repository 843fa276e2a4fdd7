"""Malformed inputs made of sound ones, at random but from a seed."""

import random
import re
from collections.abc import Callable

#: The part of a file in which most formats say how long what is.
_HEADER = 256
_NUMBER = re.compile(rb"-?\d+(\.\d+)?")
#: What stands in the place of a number in text.
_ODD_NUMBERS = (
    *(
        b"-1",
        b"0",
        b"1e999",
        b"-0.0",
        b"nan",
        b"NaN",
        b"Infinity",
        b"-inf",
        b"true",
        b"null",
        b"~",
        b"''",
        b"[]",
        b"{}",
        b"1.5",
    ),
    *(
        b"0x10",
        b"1_000",
        b"255",
        b"256",
        b"4294967296",
        b"9223372036854775807",
        b"18446744073709551616",
        b"9" * 400,
        b"9" * 5000,
    ),
)
#: What stands in the place of a few bytes: ends of ranges, and what text formats take as marks.
_ODD_BYTES = (
    *(
        b"\0",
        b"\0\0\0\0",
        b"\xff",
        b"\xff\xff\xff\xff",
        b"\x7f\xff\xff\xff",
        b"\x80\0\0\0",
        b"\xff\xff\xff\xff\xff\xff\xff\x7f",
    ),
    *(
        b"\n",
        b"\r",
        b'"',
        b"'",
        b",",
        b":",
        b"{",
        b"}",
        b"[",
        b"]",
        b"&a ",
        b"*a ",
        b"!!python/object ",
        b"%",
        b"\t",
        b"#",
        b"\\",
    ),
    *(b"\xef\xbb\xbf", b"\xc3", b"\xed\xa0\x80", rb"\ud800", "\u2028".encode(), b"\x1b[31m"),
)

Mutation = Callable[[bytearray, random.Random], None]


def _flip(content: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def _truncate(content: bytearray, chance: random.Random) -> None:
    del content[chance.randrange(len(content)) :]


def _insert(content: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(content) + 1)
    content[at:at] = chance.randbytes(chance.choice((1, 2, 16, 1000)))


def _insert_odd(content: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(content) + 1)
    content[at:at] = chance.choice(_ODD_BYTES)


def _remove(content: bytearray, chance: random.Random) -> None:
    begin, end = _part(content, chance)
    del content[begin:end]


def _repeat(content: bytearray, chance: random.Random) -> None:
    begin, end = _part(content, chance)
    content[begin:begin] = content[begin:end] * chance.choice((1, 2, 50))


def _swap(content: bytearray, chance: random.Random) -> None:
    begin, end = _part(content, chance)
    part = content[begin:end]
    del content[begin:end]
    at = chance.randrange(len(content) + 1)
    content[at:at] = part


def _overwrite_header(content: bytearray, chance: random.Random) -> None:
    odd = chance.choice(_ODD_BYTES)
    at = chance.randrange(min(_HEADER, len(content)))
    content[at : at + len(odd)] = odd


def _change_number(content: bytearray, chance: random.Random) -> None:
    found = list(_NUMBER.finditer(content))
    if found:
        number = chance.choice(found[:20] if chance.random() < 0.5 else found)
        content[number.start() : number.end()] = chance.choice(_ODD_NUMBERS)


def _part(content: bytearray, chance: random.Random) -> tuple[int, int]:
    begin = chance.randrange(len(content))
    return begin, begin + chance.choice((1, 4, 16, 100, 1000))


_MUTATIONS: tuple[Mutation, ...] = (
    *(_flip, _truncate, _insert, _insert_odd, _remove, _repeat, _swap, _overwrite_header),
    *(_change_number, _change_number),
)


def mutate(sound: bytes, chance: random.Random) -> bytes:
    """Change a file in one to three of these ways."""
    content = bytearray(sound)
    for _ in range(chance.choice((1, 1, 2, 3))):
        if content:
            chance.choice(_MUTATIONS)(content, chance)
    return bytes(content)
