"""What the parts of logflow ask of each other: Protocols of live objects, a module a kind.

Firm, each proven by two implementations: :mod:`~logflow.interfaces.source`,
:mod:`~logflow.interfaces.decoder`, :mod:`~logflow.interfaces.sink`,
:mod:`~logflow.interfaces.executor`, :mod:`~logflow.interfaces.storage`.

Provisional, which means that they may change in a minor release:
:mod:`~logflow.interfaces.codec`, :mod:`~logflow.interfaces.catalog`,
:mod:`~logflow.interfaces.auth`, :mod:`~logflow.interfaces.metrics`.

There is no base class to inherit: an object that has the methods is an implementation.
Optional powers are Protocols of their own, named ``Supports…``.
"""
