"""From where an instance may be asked: never from everywhere."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError

from pytest_fmbench.errors import CloudFault, UsageError

_INSIDE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8")))
"""Networks that are nobody's on the internet: RFC 1918, RFC 6598, RFC 1122."""
_WIDEST = 16
_ASKED = "https://checkip.amazonaws.com"
_PATIENCE_S = 10.0


def checked_source(where: str, text: str) -> str:
    """``text`` as a network, once it is seen to be no large part of the internet.

    :param where: what messages call the place that it was given for.
    :raises UsageError: when it is, or no IPv4 network at all.
    """
    try:
        network = IPv4Network(text)
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        raise UsageError(f"{where}: source={text} is no IPv4 network, such as 203.0.113.7/32: {error}") from None
    if not _lies_inside(network) and network.prefixlen < _WIDEST:
        raise UsageError(
            f"{where}: source={text} would open the server to {network.num_addresses:,} addresses; name your own, such "
            f"as 203.0.113.7/32, or leave it out: at most a /{_WIDEST} is let in"
        )
    return str(network)


def is_inside(source: str) -> bool:
    """Whether ``source`` is a network of the caller's own, from which an instance is asked at its private address."""
    return _lies_inside(IPv4Network(source))


def own_address() -> str:
    """The caller's address, as the internet sees it, as a network of just that.

    :raises CloudFault: when it cannot be found out.
    """
    import httpx

    try:
        text = httpx.get(_ASKED, timeout=_PATIENCE_S).raise_for_status().text.strip()
        return f"{IPv4Address(text)}/32"
    except (httpx.HTTPError, ValueError) as error:
        raise CloudFault(
            f"{_ASKED} does not tell this machine's address, which alone is to be let in: {error}; give source= with "
            "the instance, or access=ssm"
        ) from None


def _lies_inside(network: IPv4Network) -> bool:
    return any(network.subnet_of(one) for one in _INSIDE)
