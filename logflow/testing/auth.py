"""The conformance kits for authentication: rules AU1 to AU7 of the contract.  Provisional."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import pytest

from logflow.interfaces.auth import Authenticator, Authorizer, DataGrant, Identity

__all__ = ["AuthenticatorConformance", "AuthorizerConformance"]

ODD = ["", " ", "\0", "\ud800", "\udcff", "é", "x" * 100_000, "Bearer", "Basic Og=="]


class AuthenticatorConformance(ABC):
    """Subclass it in a plugin's tests, and pytest checks every rule of the contract.

    * *known*: credentials, and the name of the identity that they prove.
    * *unknown*: credentials that prove nothing.
    * *secrets*: texts that must not be seen in what is printed or logged.
    """

    known: ClassVar[Sequence[tuple[Mapping[str, str], str]]]
    unknown: ClassVar[Sequence[Mapping[str, str]]] = ()
    secrets: ClassVar[Sequence[str]] = ()

    @abstractmethod
    def make(self) -> Authenticator:
        """A new authenticator."""

    def test_au1_known(self) -> None:
        """AU1: credentials that are right prove an identity with a name."""
        for credentials, name in self.known:
            identity = self.make().authenticate(credentials)
            assert isinstance(identity, Identity)
            assert identity.name == name

    def test_au2_unknown(self) -> None:
        """AU2: credentials that are wrong, or none, prove nothing: ``None``, without an error."""
        for credentials in self.unknown:
            assert self.make().authenticate(credentials) is None

    def test_au3_header_names_in_any_case(self) -> None:
        """AU3: the names of credentials are those of headers: letter case does not matter."""
        for credentials, name in self.known:
            for case in (str.lower, str.upper, str.title):
                spelled = {case(key): value for key, value in credentials.items()}
                identity = self.make().authenticate(spelled)
                assert identity is not None
                assert identity.name == name

    @pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
    def test_au4_odd_credentials(self, odd: str) -> None:
        """AU4: no text in the place of a credential raises, and none proves what it should not."""
        expected = self.make().authenticate({})
        names = {key for credentials, _ in self.known for key in credentials} | {"Authorization"}
        for name in sorted(names):
            assert self.make().authenticate({name: odd}) == expected
            assert self.make().authenticate({name: odd, odd: odd}) == expected

    def test_au5_secrets_stay_secret(self) -> None:
        """AU5: neither the authenticator nor an identity shows a secret when it is printed."""
        authenticator = self.make()
        shown = [repr(authenticator), str(vars(authenticator))]
        shown += [repr(authenticator.authenticate(credentials)) for credentials, _ in self.known]
        assert not [secret for secret in self.secrets for text in shown if secret in text]


class AuthorizerConformance(ABC):
    """Subclass it in a plugin's tests, and pytest checks every rule of the contract."""

    @abstractmethod
    def make(self) -> Authorizer:
        """A new authorizer."""

    def test_au6_decisions(self) -> None:
        """AU6: every question has an answer, yes or no, the same when it is asked again."""
        authorizer = self.make()
        for action in ("read", "write", "no such action", *ODD):
            for resource in ("shop.orders", *ODD):
                answers = {
                    authorizer.authorize(Identity(name="ada"), action, resource) for _ in "12"
                }
                assert answers in ({True}, {False})

    def test_au7_grants(self) -> None:
        """AU7: a grant says which columns and rows of a table, or ``None``: nothing at all."""
        for table in ("shop.orders", *ODD):
            grant = self.make().authorize_data(Identity(name="ada"), table)
            assert grant is None or isinstance(grant, DataGrant)
