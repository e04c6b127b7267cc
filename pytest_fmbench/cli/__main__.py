"""``python -m pytest_fmbench.cli``: the ``fmbench`` command where the script is not on the path."""

import sys

from pytest_fmbench.cli import main

sys.exit(main())
