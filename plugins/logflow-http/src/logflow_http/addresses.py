"""Where a name leads to, and whether that is a private network."""

from __future__ import annotations

import ipaddress
import socket

from logflow.errors import StorageError

__all__ = ["public_address"]


def public_address(host: str, port: int) -> str:
    """An address of *host* to connect to, all of which are public.

    The connection has to be made to that address: asked again, the name could lead elsewhere.
    Raises :exc:`~logflow.errors.StorageError` where one is not public, or there is none.

    >>> public_address("127.0.0.1", 80)
    Traceback (most recent call last):
    ...
    logflow.errors.StorageError: 127.0.0.1 is 127.0.0.1, which is no public address
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as err:
        raise StorageError(f"{host}: no address is known: {err}") from err
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if not ipaddress.ip_address(address.partition("%")[0]).is_global:
            raise StorageError(f"{host} is {address}, which is no public address")
    return addresses[0]
