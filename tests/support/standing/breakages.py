"""Ways to break each rule, by batch.

Those of one batch are made at once, in one run of Terraform: each must be noticed beside the
others.
"""

from collections.abc import Sequence
from typing import Final

from tests.support.standing import breakages_access as access
from tests.support.standing import breakages_project as project
from tests.support.standing import breakages_services as services
from tests.support.standing.rules import Breakage

BATCHES: Final[Sequence[Sequence[Breakage]]] = (
    (*access.AT_ONCE, *services.AT_ONCE, *project.AT_ONCE),
    (*access.APART, *services.APART, *project.APART),
)
