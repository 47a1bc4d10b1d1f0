"""What machines do to the bytes of a file, by seed."""

from __future__ import annotations

from random import Random

__all__ = ["damaged", "flipped"]


def damaged(data: bytes, rng: Random) -> bytes:
    """One to three of: a bit flipped, a cut, bytes overwritten, lost, put in, written twice, zeros."""
    for _ in range(rng.randint(1, 3)):
        data = rng.choice(KINDS)(data, rng)
    return data


def _span(data: bytes, rng: Random) -> tuple[int, int]:
    at = rng.randint(0, len(data))
    return at, min(len(data), at + int(2 ** rng.uniform(0, 13)))


def flipped(data: bytes, rng: Random) -> bytes:
    """One bit is the other."""
    if not data:
        return data
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def _cut(data: bytes, rng: Random) -> bytes:
    return data[: rng.randint(0, len(data))]


def _overwritten(data: bytes, rng: Random) -> bytes:
    at, end = _span(data, rng)
    return data[:at] + rng.randbytes(end - at) + data[end:]


def _lost(data: bytes, rng: Random) -> bytes:
    at, end = _span(data, rng)
    return data[:at] + data[end:]


def _put_in(data: bytes, rng: Random) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + rng.randbytes(rng.randint(1, 100)) + data[at:]


def _twice(data: bytes, rng: Random) -> bytes:
    at, end = _span(data, rng)
    return data[:end] + data[at:]


def _zeros(data: bytes, rng: Random) -> bytes:
    at, end = _span(data, rng)
    return data[:at] + bytes(end - at) + data[end:]


def _zero_end(data: bytes, rng: Random) -> bytes:
    return data + bytes(4096 * rng.randint(1, 4))


KINDS = (flipped, _cut, _overwritten, _lost, _put_in, _twice, _zeros, _zero_end)
