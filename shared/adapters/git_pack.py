"""Packs unpacked in memory, within bounds."""

import zlib
from io import BytesIO

from dulwich.errors import ChecksumMismatch, ObjectFormatException
from dulwich.object_format import DEFAULT_OBJECT_FORMAT
from dulwich.object_store import MemoryObjectStore
from dulwich.pack import PackData, PackInflater, UnresolvedDeltas, unpack_object_at

from shared.adapters.git_transport import SERVICE
from shared.errors import TooLarge, UpstreamUnavailable

_HEADER_BYTES = 12
_CHECKSUM_BYTES = 20
_DAMAGED = (
    AssertionError,
    ChecksumMismatch,
    IndexError,
    KeyError,
    ObjectFormatException,
    StopIteration,
    UnresolvedDeltas,
    ValueError,
    zlib.error,
)


def unpack(pack: bytes, max_bytes: int) -> MemoryObjectStore:
    """The objects of a pack; an empty one has none.

    Raises:
        TooLarge: they are more than `max_bytes` unpacked.
        UpstreamUnavailable: the pack is damaged.
    """
    store = MemoryObjectStore()
    if not pack:
        return store
    try:
        _check_size(pack, max_bytes)
        data = PackData.from_file(BytesIO(pack), DEFAULT_OBJECT_FORMAT, len(pack))
        with data:
            data.check()
            for each in PackInflater.for_pack_data(data, store.get_raw):
                store.add_object(each)
    except _DAMAGED as error:
        raise UpstreamUnavailable("The git host's answer is damaged.", SERVICE) from error
    return store


def _check_size(pack: bytes, max_bytes: int) -> None:
    """Refuse a pack that would unpack to more than the limit, before it does.

    Sizes stand before each object, and in a delta before what it makes
    (https://git-scm.com/docs/gitformat-pack).
    """
    size, at = 0, _HEADER_BYTES
    while at < len(pack) - _CHECKSUM_BYTES:
        size += _within(_number(pack, at, first_bits=4)[0], max_bytes - size)
        entry, at = unpack_object_at(pack, at, DEFAULT_OBJECT_FORMAT.hash_func)
        if entry.delta_base is not None:
            delta = b"".join(entry.decomp_chunks)
            _, after_source = _number(delta, 0, first_bits=7)
            size += _within(_number(delta, after_source, first_bits=7)[0], max_bytes - size)


def _within(size: int, limit: int) -> int:
    if size > limit:
        raise TooLarge("The repository's answer is larger than what is read at once.")
    return size


def _number(data: bytes, at: int, first_bits: int) -> tuple[int, int]:
    """A number of git's and where it ends: seven bits a byte, of the first `first_bits`."""
    value, shift = data[at] & ((1 << first_bits) - 1), first_bits
    while data[at] & 0x80:
        at += 1
        value |= (data[at] & 0x7F) << shift
        shift += 7
    return value, at + 1
