"""The administrator's limits, as they stood when the cluster was created: its record has them."""

from __future__ import annotations

import logging
import os

from ..cluster_files.record import Record
from ..errors import InvalidOptions
from ..logs import one_line
from ..model.template import Template
from ..site_rules import policy

logger = logging.getLogger(__name__)


def check_limits(record: Record, script: str) -> None:
    """Raise InvalidOptions unless the administrator allows a cluster of jobs with that script."""
    found = policy.check_limits(
        record.settings,
        record.options,
        script,
        record.scaling,
        batch_system=record.batch_system,
        environ=os.environ if record.batch_system == "slurm" else {},
    )
    found.raise_problems()


def fallback(record: Record, template: Template, script: str) -> str | None:
    """Return the script for the default partition, where another will do, and may be used."""
    other = template.otherwise(script)
    if other is not None:
        try:
            check_limits(record, other)
        except InvalidOptions as error:
            logger.info("does not fall back to the default partition: %s", one_line(error))
            return None
    return other
