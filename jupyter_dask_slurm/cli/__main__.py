"""``python -m jupyter_dask_slurm.cli``."""

import sys

from . import main

sys.exit(main())
