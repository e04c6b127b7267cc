"""Moving the end of what a lease holds."""

from __future__ import annotations

from contextlib import suppress

from pytest_fmbench.errors import CredentialsFault, Gone
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.aws.tags import EXPIRES, as_list, tags_of
from pytest_fmbench.platforms.sagemaker.asking import KINDS, ask
from pytest_fmbench.platforms.sagemaker.ending import attempts_of, deadman_of
from pytest_fmbench.platforms.sagemaker.making import sagemaker


def renew(lease: Lease) -> None:
    """Move the dead-man of ``lease``, and the end that its tags tell, to its own.

    :raises CloudFault: when that cannot be done.
    """
    here = sagemaker(lease.place["region"], lease.place.get("profile", ""))
    expiry, words = as_list({EXPIRES: tags_of(lease)[EXPIRES]}), {kind.word for kind in KINDS}
    for one in lease.resources:
        if one.kind in words and one.identity:
            with suppress(Gone):  # which whoever measures on it finds out
                ask(here, "add_tags", ResourceArn=one.identity, Tags=expiry)
    deadman = deadman_of(lease)
    if deadman is not None:
        with suppress(CredentialsFault):  # SageMaker has just taken them: there is none, as was said at the start
            deadman.move(lease, attempts_of(lease))
