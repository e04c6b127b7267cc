"""``python -m tests.support.paid reap``: the ``fmbench`` command where the toys are."""

import sys

from pytest_fmbench.cli import main
from tests.support.paid import install

install()
sys.exit(main())
