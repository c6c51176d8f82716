"""Bytes that are written while the database is read and sent afterwards, so that a slow reader holds no transaction.

What does not fit into a megabyte goes to a nameless temporary file, encrypted under a key that only this object knows:
nothing readable is on the disk, also when the process is killed.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

IN_MEMORY = 1 << 20
PIECE = 1 << 16


@contextmanager
def spooling() -> Iterator["Spool"]:
    """A spool to be handed on once it is written; forgotten if that fails."""
    spool = Spool()
    try:
        yield spool
    except BaseException:
        spool.close()
        raise


class Spool:
    """Written once from the beginning to the end, then read as often as is needed."""

    def __init__(self) -> None:
        self._file: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (closed by `close`, or when forgotten)
        self._cipher = Cipher(AES(secrets.token_bytes(32)), CTR(secrets.token_bytes(16)))
        self._encryptor = self._cipher.encryptor()
        self._digest = sha256()
        self.size = 0

    def write(self, content: bytes) -> int:
        """Append; as zip files want it."""
        self._file.write(self._encryptor.update(content))
        self._digest.update(content)
        self.size += len(content)
        return len(content)

    def flush(self) -> None:
        """Nothing waits."""

    @property
    def sha256(self) -> str:
        """The digest of everything written."""
        return self._digest.hexdigest()

    def pieces(self, size: int = PIECE) -> Iterator[bytes]:
        """Everything written, from the beginning."""
        decryptor = self._cipher.decryptor()
        self._file.seek(0)
        while piece := self._file.read(size):
            yield decryptor.update(piece)

    def sent(self) -> Iterator[bytes]:
        """The same for an answer, after which it is closed."""
        try:
            yield from self.pieces()
        finally:
            self.close()

    def close(self) -> None:
        """Forget it all."""
        self._file.close()
