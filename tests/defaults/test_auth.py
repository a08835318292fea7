from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

import pytest

from logflow.defaults.auth import AllowAll, ApiKeyAuthenticator, NoAuthenticator
from logflow.errors import OptionError
from logflow.interfaces.auth import Authenticator, Authorizer, DataGrant, Identity
from logflow.testing.auth import AuthenticatorConformance, AuthorizerConformance

HASHED = "sha256:" + hashlib.sha256(b"hashed key").hexdigest()
KEYS = {"s3cret": "ada", "schlüssel": "grace", HASHED: "alan", HASHED.upper()[7:]: "a digest"}


class TestNoAuthenticator(AuthenticatorConformance):
    known = (({}, "anonymous"), ({"X-Api-Key": "anything"}, "anonymous"))

    def make(self) -> Authenticator:
        return NoAuthenticator()


class TestApiKeys(AuthenticatorConformance):
    known = (
        ({"X-Api-Key": "s3cret"}, "ada"),
        ({"Authorization": "Bearer s3cret"}, "ada"),
        ({"Authorization": "bearer  s3cret "}, "ada"),
        ({"X-Api-Key": "schlüssel"}, "grace"),
        ({"X-Api-Key": "hashed key", "Accept": "*/*"}, "alan"),
    )
    unknown = (
        {},
        {"Accept": "*/*"},
        {"X-Api-Key": ""},
        {"X-Api-Key": "S3CRET"},
        {"X-Api-Key": "s3cret "},
        {"X-Api-Key": HASHED},
        {"X-Api-Key": "ada"},
        {"Authorization": "s3cret"},
        {"Authorization": "Basic s3cret"},
        {"Authorization": "Bearer"},
        {"X-Api-Key": "wrong", "Authorization": "Bearer s3cret"},
    )
    secrets = ("s3cret", "schlüssel", "hashed key")

    def make(self) -> Authenticator:
        return ApiKeyAuthenticator(keys=KEYS)


class TestAllowAll(AuthorizerConformance):
    def make(self) -> Authorizer:
        return AllowAll()


def test_all_is_allowed() -> None:
    authorizer = AllowAll()
    assert authorizer.authorize(Identity(name="anonymous"), "write", "everything")
    assert authorizer.authorize_data(Identity(name="anonymous"), "t") == DataGrant()


@pytest.mark.parametrize("key", ["", "  ", "sha256:", "sha256:12", "sha256:" + "x" * 64])
def test_bad_keys(key: str) -> None:
    with pytest.raises(OptionError, match="an API key is some text") as caught:
        ApiKeyAuthenticator(keys={key: "ada"})
    assert key.strip() in ("", "sha256:") or key not in str(caught.value)


@pytest.mark.parametrize("credentials", [{"X-Api-Key": "s3cret"}, {"X-Api-Key": "wrong"}])
def test_every_key_is_compared(
    credentials: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []

    def compare(known: bytes, given: bytes) -> bool:
        compared.append((len(known), len(given)))
        return known == given

    authenticator = ApiKeyAuthenticator(keys=KEYS)
    monkeypatch.setattr(hmac, "compare_digest", compare)
    authenticator.authenticate(credentials)
    assert compared == [(32, 32)] * len(KEYS)
