"""One POST to an address that somebody typed: to the address that was checked, and to no other.

The name is resolved once, every address of it is looked at, and the connection goes to one of
these: a name that points elsewhere a moment later leads nowhere else. No redirect is followed,
no proxy of the environment is used, little of the answer is read, and it ends in time.
"""

import contextlib
import ipaddress
import socket
import ssl
import threading
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import NamedTuple
from urllib.parse import urlsplit

from requests import certs

from .robot import DeliveryError

# Seconds: for one step, and for all of them.
TIMEOUT, DEADLINE = 10, 20
MAX_ANSWER_BYTES = 64 * 1024
MAX_TRIED = 3
# Addresses that carry one of IPv4 inside: 6to4, Teredo, and two of NAT64.
NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))


class Answer(NamedTuple):
    """What came back: its status, its Retry-After header, and the first part of its body."""

    status: int
    retry_after: str | None
    body: bytes


def classify(address):
    """Whether an address is ``public``, ``internal`` (an administrator may allow it) or ``forbidden``.

    >>> [classify(address) for address in ("93.184.216.34", "2606:2800:220:1::1")]
    ['public', 'public']
    >>> {classify(address) for address in ("127.0.0.1", "10.1.2.3", "192.168.0.9", "100.64.0.1", "::1", "fd00::1")}
    {'internal'}
    >>> classify("::ffff:127.0.0.1"), classify("64:ff9b::7f00:1"), classify("2002:7f00:1::"), classify("fec0::1")
    ('internal', 'forbidden', 'forbidden', 'forbidden')

    Links hold the keys of clouds, and nobody answers on the others:

    >>> {classify(address) for address in ("169.254.169.254", "fe80::1%eth0", "::ffff:169.254.169.254")}
    {'forbidden'}
    >>> {classify(address) for address in ("0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1")}
    {'forbidden'}
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    found = getattr(found, "ipv4_mapped", None) or found
    if found.is_unspecified or found.is_link_local or found.is_multicast or found.is_reserved:
        return "internal" if found.is_loopback else "forbidden"
    if _carries_another(found):
        return "forbidden"
    return "public" if found.is_global and not found.is_private else "internal"


def _carries_another(found):
    if found.version == 4:
        return False
    return bool(found.sixtofour or found.teredo or found.is_site_local) or any(found in network for network in NAT64)


def post(request, allow_internal=False, timeout=TIMEOUT, deadline=DEADLINE):
    """Post a request.

    :param request: with ``url``, ``headers`` and ``body``
    :param allow_internal: True to reach addresses inside, also without TLS
    :raises DeliveryError: when the address is refused, or no answer came
    """
    host, port, is_secure, target = _parse(request.url, allow_internal)
    addresses = _resolve(host, port)
    _check_addresses(addresses, is_secure, allow_internal)
    late = threading.Event()
    try:
        with _connect(host, port, is_secure, addresses, (timeout, deadline, late)) as connection:
            headers = {**request.headers, "Accept-Encoding": "identity", "Connection": "close"}
            connection.request("POST", target, body=request.body, headers=headers)
            response = connection.getresponse()
            body = response.read(MAX_ANSWER_BYTES)
            answer = Answer(response.status, response.headers.get("Retry-After"), body)
    except (OSError, HTTPException, ValueError) as error:
        # Not the error itself: its text may quote the address.
        raise _explain(error, late.is_set()) from None
    if late.is_set():
        raise DeliveryError("timeout")
    return answer


def _parse(url, allow_internal):
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise DeliveryError("address") from None
    is_secure = parts.scheme == "https"
    if not is_secure and not (parts.scheme == "http" and allow_internal):
        raise DeliveryError("scheme")
    # What follows a "#" never reaches the server: a signature that was added to it would be lost.
    if not parts.hostname or "@" in parts.netloc or "#" in url:
        raise DeliveryError("address")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii() or not target.isprintable() or " " in target:
        raise DeliveryError("address")
    return parts.hostname, port or (443 if is_secure else 80), is_secure, target


def _resolve(host, port):
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise DeliveryError("address") from None
    except OSError:
        raise DeliveryError("unknown_host") from None
    return list(dict.fromkeys(entry[4][0] for entry in found))


def _check_addresses(addresses, is_secure, allow_internal):
    """Each of them has to be allowed: a name with a public and an internal address is no public name."""
    kinds = {classify(address) for address in addresses}
    if "forbidden" in kinds:
        raise DeliveryError("forbidden_address")
    if "internal" in kinds and not allow_internal:
        raise DeliveryError("internal_address")
    if "public" in kinds and not is_secure:
        raise DeliveryError("scheme")


@contextlib.contextmanager
def _connect(host, port, is_secure, addresses, limits):
    """A connection to one of the addresses, whose certificate is that of the host; cut at the deadline."""
    timeout, deadline, late = limits
    with contextlib.ExitStack() as stack:
        sock = stack.enter_context(contextlib.closing(_dial(addresses, port, timeout)))
        if is_secure:
            context = ssl.create_default_context()
            context.load_verify_locations(certs.where())
            sock = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
            stack.enter_context(contextlib.closing(sock))
        timer = threading.Timer(deadline, _cut, (sock, late))
        timer.daemon = True
        timer.start()
        stack.callback(timer.cancel)
        if is_secure:
            sock.do_handshake()
        connection = (HTTPSConnection if is_secure else HTTPConnection)(host, port, timeout=timeout)
        connection.sock = sock
        yield connection


def _dial(addresses, port, timeout):
    addresses = addresses[:MAX_TRIED]
    for number, address in enumerate(addresses, 1):
        try:
            return socket.create_connection((address, port), timeout=timeout)
        except OSError:
            if number == len(addresses):
                raise
    raise DeliveryError("unreachable")


def _cut(sock, late):
    """End whatever waits on the socket, also where bytes drip in one by one."""
    late.set()
    with contextlib.suppress(OSError):
        # Past the TLS layer, which another thread is reading from.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _explain(error, is_late):
    if is_late or isinstance(error, TimeoutError):
        return DeliveryError("timeout")
    if isinstance(error, ssl.SSLCertVerificationError):
        return DeliveryError("certificate")
    if isinstance(error, OSError) and not isinstance(error, HTTPException):
        return DeliveryError("unreachable")
    return DeliveryError("answer_unclear")
