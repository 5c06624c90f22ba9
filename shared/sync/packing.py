"""Long texts as fields of documents."""

import gzip


def pack(text: str) -> bytes:
    """A text as a field of a document: compressed, and the same bytes for the same text."""
    return gzip.compress(text.encode("utf-8", "surrogatepass"), compresslevel=6, mtime=0)


def unpack(packed: bytes) -> str:
    """The text that was packed."""
    return gzip.decompress(packed).decode("utf-8", "surrogatepass")
