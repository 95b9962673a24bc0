"""Keep the key ring in a HashiCorp Vault: one secret of a KV version 2 mount."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import hvac

from pseudonymisation.keys import KeyFault

FIELD = "ring"
TIMEOUT_SECONDS = 10


class VaultStore:
    """A secret at vault://host:port/mount/path, read with the token of VAULT_TOKEN(_FILE).

    A write must follow the version that was read, so that of two ceremonies one fails.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.mount, _, self.path = parts.path.strip("/").partition("/")
        scheme = "http" if parts.scheme == "vault+http" else "https"
        self.client = hvac.Client(
            url=f"{scheme}://{parts.netloc}", token=_token(), timeout=TIMEOUT_SECONDS
        )
        self.version = 0

    def read(self) -> str:
        """The text of the secret. Raises KeyFault when the vault does not give it."""
        try:
            answer = self.client.secrets.kv.v2.read_secret_version(
                path=self.path, mount_point=self.mount, raise_on_deleted_version=True
            )
        except hvac.exceptions.InvalidPath:
            raise KeyFault("KEY_FILE_MISSING") from None
        except (hvac.exceptions.VaultError, OSError):
            raise KeyFault("VAULT_REFUSED") from None
        self.version = int(answer["data"]["metadata"]["version"])
        return str(answer["data"]["data"][FIELD])

    def write(self, text: str) -> None:
        """Put a new version of the secret after the one there is now."""
        try:
            self.read()
        except KeyFault as fault:
            if fault.code != "KEY_FILE_MISSING":
                raise
        try:
            self.client.secrets.kv.v2.create_or_update_secret(
                path=self.path, mount_point=self.mount, secret={FIELD: text}, cas=self.version
            )
        except (hvac.exceptions.VaultError, OSError):
            raise KeyFault("VAULT_REFUSED") from None


def _token() -> str:
    if path := os.environ.get("VAULT_TOKEN_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get("VAULT_TOKEN", "")
