"""Packs are unpacked within bounds, and damaged ones are told."""

import struct
import zlib
from hashlib import sha1

import pytest

from shared.adapters.git_pack import unpack
from shared.errors import TooLarge, UpstreamUnavailable
from shared.ports.repository import Blob

_BLOB, _OFFSET_DELTA = 3, 6


def number(value: int) -> bytes:
    """A number as a delta holds it, seven bits a byte."""
    parts = [value & 0x7F]
    while value := value >> 7:
        parts[-1] |= 0x80
        parts.append(value & 0x7F)
    return bytes(parts)


def entry(kind: int, content: bytes, *, says: int | None = None, back: bytes = b"") -> bytes:
    """An object of a pack; `says`: the size that it claims, `back`: where a delta's base is."""
    size = len(content) if says is None else says
    first, rest = kind << 4 | size & 0x0F, size >> 4
    head = bytes([first | 0x80]) + number(rest) if rest else bytes([first])
    return head + back + zlib.compress(content)


def pack(*entries: bytes) -> bytes:
    body = b"PACK" + struct.pack(">LL", 2, len(entries)) + b"".join(entries)
    return body + sha1(body).digest()


def delta_on(base: bytes, makes: int) -> bytes:
    """A pack of a base, and of a delta that copies its first 255 bytes many times."""
    copy = b"\x90\xff"
    delta = number(len(base)) + number(makes) + copy * (makes // 255)
    first = entry(_BLOB, base)
    return pack(first, entry(_OFFSET_DELTA, delta, back=bytes([len(first)])))


def test_objects_come_out_as_they_went_in() -> None:
    contents = [b"", b"a\r\n", bytes(1000)]
    store = unpack(pack(*(entry(_BLOB, content) for content in contents)), 2000)
    assert {sha.decode() for sha in store} == {Blob.of(content).id for content in contents}


def test_a_delta_is_resolved() -> None:
    base = bytes(255)
    store = unpack(delta_on(base, 510), 2000)
    assert {sha.decode() for sha in store} == {Blob.of(base).id, Blob.of(base * 2).id}


def test_no_pack_holds_no_objects() -> None:
    assert list(unpack(b"", 0)) == []


def test_what_unpacks_to_more_than_the_limit_is_too_large_before_it_is_unpacked() -> None:
    small = pack(entry(_BLOB, bytes(5_000_000)))
    assert len(small) < 10_000
    with pytest.raises(TooLarge):
        unpack(small, 4_999_999)


def test_a_delta_that_makes_more_than_the_limit_is_too_large() -> None:
    with pytest.raises(TooLarge):
        unpack(delta_on(bytes(255), 255 * 1000), 200_000)


def test_an_object_larger_than_it_says_is_damage() -> None:
    with pytest.raises(UpstreamUnavailable):
        unpack(pack(entry(_BLOB, bytes(5000), says=10)), 10_000)


@pytest.mark.parametrize("keep", [1, 11, 20, 40, -1])
def test_a_pack_that_was_cut_is_damage(keep: int) -> None:
    with pytest.raises(UpstreamUnavailable):
        unpack(pack(entry(_BLOB, b"content"), entry(_BLOB, b"more"))[:keep], 10_000)


def test_a_flipped_bit_is_damage() -> None:
    whole = bytearray(pack(entry(_BLOB, b"content")))
    whole[-1] ^= 1
    with pytest.raises(UpstreamUnavailable):
        unpack(bytes(whole), 10_000)
