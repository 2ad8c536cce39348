"""The trustees' copy of the keys that a poll hangs on: a second vault on a medium that may be away while people vote.

With the setting VAULT_COPY_DIR the keys of polls are put into both. If the vault is lost, what the copy has is taken
from there; at closing the copy dies first, and while it is away nothing is counted: no key may be left anywhere.
"""

from __future__ import annotations

from pathlib import Path

from gateway.kernel.errors import NotFound, RuleError
from gateway.kernel.vault import Vault

# Put on the medium by hand: an empty folder where it is usually mounted is not mistaken for it.
MARK = "xiangyin-copy"
COPIED = "poll-"


class CopiedVault(Vault):
    """A vault of which the names that begin with `poll-` have a copy in another folder.

    RuleError("vault_copy_away") where that folder is needed and not there: to put, to destroy, to get what is lost.
    """

    def __init__(self, directory: Path, copy: Path) -> None:
        super().__init__(directory)
        self._copy = Vault(copy)
        self._mark = copy / MARK

    @property
    def has_copy(self) -> bool:
        """Whether the medium with the copy is there."""
        return self._mark.exists()

    def put(self, name: str, secret: bytes) -> None:
        """Store `secret` in both; what was there first wins in both."""
        if not name.startswith(COPIED):
            super().put(name, secret)
            return
        self._need_copy()
        super().put(name, secret)
        self._copy.put(name, super().get(name))

    def get(self, name: str) -> bytes:
        """The secret called `name`, from the copy where it is lost here, to where it is brought back."""
        try:
            return super().get(name)
        except NotFound:
            if not name.startswith(COPIED):
                raise
            self._need_copy()
            secret = self._copy.get(name)
        super().put(name, secret)
        return secret

    def holds(self, name: str) -> bool:
        """Whether there is a secret called `name`, as far as one can know: a copy that is away may have it."""
        if super().holds(name) or not name.startswith(COPIED):
            return super().holds(name)
        return not self.has_copy or self._copy.holds(name)

    def destroy(self, name: str) -> None:
        """Destroy the copy, then the secret itself."""
        if name.startswith(COPIED):
            self._need_copy()
            self._copy.destroy(name)
        super().destroy(name)

    def _need_copy(self) -> None:
        if not self.has_copy:
            raise RuleError("vault_copy_away")
