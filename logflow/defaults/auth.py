"""Who asks and what they may see, where that is simple: anybody everything, or keys."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

from logflow.errors import OptionError
from logflow.interfaces.auth import DataGrant, Identity

__all__ = ["AllowAll", "ApiKeyAuthenticator", "NoAuthenticator"]


class NoAuthenticator:
    """Everybody is ``anonymous``.

    >>> NoAuthenticator().authenticate({}).name
    'anonymous'
    """

    def authenticate(self, credentials: Mapping[str, str]) -> Identity:
        """The same identity for all credentials."""
        return Identity(name="anonymous")


class ApiKeyAuthenticator:
    """Knows people by a secret, in ``X-Api-Key`` or as a bearer token in ``Authorization``.

    *keys* maps each key, or ``sha256:`` and the 64 hexadecimal digits of its hash, to a name.
    Only hashes are kept, and all of them are compared in constant time.  A hash without salt is
    enough for keys that a machine drew, not for passwords.

    >>> authenticator = ApiKeyAuthenticator(keys={"s3cret": "ada"})
    >>> authenticator.authenticate({"X-Api-Key": "s3cret"}).name
    'ada'
    """

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._names = tuple((_stored_digest(key), name) for key, name in keys.items())

    def authenticate(self, credentials: Mapping[str, str]) -> Identity | None:
        """The identity whose key is in *credentials*; header names in any letter case."""
        digest = _digest(_key_in(credentials))
        found = None
        for known, name in self._names:
            if hmac.compare_digest(known, digest):
                found = name
        return None if found is None else Identity(name=found)


def _stored_digest(key: str) -> bytes:
    hashed = re.fullmatch(r"sha256:([0-9a-fA-F]{64})", key)
    if hashed:
        return bytes.fromhex(hashed[1])
    if not key.strip() or key.startswith("sha256:"):
        raise OptionError("an API key is some text, or sha256: and 64 digits", name="keys")
    return _digest(key)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode(errors="surrogatepass")).digest()


def _key_in(credentials: Mapping[str, str]) -> str:
    headers = {name.lower(): value for name, value in credentials.items()}
    if "x-api-key" in headers:
        return headers["x-api-key"]
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


class AllowAll:
    """Everybody may do everything."""

    def authorize(self, identity: Identity, action: str, resource: str) -> bool:
        """Always."""
        return True

    def authorize_data(self, identity: Identity, table: str) -> DataGrant:
        """All columns and rows."""
        return DataGrant()
