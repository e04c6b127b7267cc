"""How many vCPUs of a family an account may run in a region at once.

Source: https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html; codes as ``aws service-quotas
list-service-quotas --service-code ec2`` lists them.
"""

from __future__ import annotations

import re

from pytest_fmbench.errors import CloudFault, OverQuota
from pytest_fmbench.hardware.instances import Instance
from pytest_fmbench.platforms.base import Progress
from pytest_fmbench.platforms.ec2.account import Account
from pytest_fmbench.platforms.ec2.settings import ON_DEMAND, SPOT, Wanted

_CODES = {
    ON_DEMAND: {
        r"(g|gr|vt)\d": "L-DB2E81BA",
        r"p\d": "L-417A185B",
        r"inf\d": "L-1945791B",
        r"trn\d": "L-2C3B7624",
        r"[acdhimrtz]\d": "L-1216C47A",
    },
    SPOT: {
        r"(g|gr|vt)\d": "L-3819A6DF",
        r"p[234]": "L-7212CCBC",
        r"p5": "L-C4BD4855",
        r"inf\d": "L-B5D1601B",
        r"trn\d": "L-6B0D517C",
        r"[acdhimrtz]\d": "L-34B43A08",
    },
}


def quota_code(kind: str, market: str) -> str | None:
    """Of the quota that an instance type counts towards; None where it is not known, or where it needs none."""
    codes = _CODES.get(market, {})
    return next((code for family, code in codes.items() if re.match(family, kind)), None)


def see_that_the_quota_allows(account: Account, hardware: Instance, wanted: Wanted, progress: Progress) -> None:
    """See that what is wanted is not more by itself than the account may run; what runs already, only a launch tells.

    Where the quota cannot be read, which is told, that is left to the launch as well.

    :raises OverQuota: when it is.
    """
    code = quota_code(hardware.name, wanted.market)
    if code is None:
        return
    try:
        told = account.ask("service-quotas", "get_service_quota", ServiceCode="ec2", QuotaCode=code)
    except CloudFault as error:
        progress(f"the quota {code} of {account.region} cannot be read, so a launch tells whether it allows: {error}")
        return
    allowed = float(told["Quota"]["Value"])
    vcpus = hardware.vcpus * wanted.hosts
    if vcpus > allowed:
        what = hardware.name if wanted.hosts == 1 else f"{wanted.hosts} x {hardware.name}"
        raise OverQuota(
            f"{what} has {vcpus} vCPUs, and the quota {code} "
            f"({told['Quota'].get('QuotaName', wanted.market)}) allows {allowed:g} in {account.region}: have it "
            "raised under Service Quotas"
        )
