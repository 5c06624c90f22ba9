"""All rules of what stands, and what it is to break one."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from tests.support.standing import access, delivery, monitoring, places, project, services
from tests.support.standing.made import Standing

Rule = Callable[[Standing], Iterator[str]]
RULES: Final[tuple[Rule, ...]] = (
    access.grants_too_many_or_too_few,
    access.accounts_that_are_shared,
    delivery.pushes_that_miss,
    delivery.deliveries_that_are_given_up,
    delivery.ticks_that_do_not_come,
    places.things_in_another_place,
    places.names_of_others,
    services.sizes_that_do_not_fit,
    services.functions_unlike_what_was_built,
    services.doors_that_are_open,
    services.conversations_that_break,
    services.values_that_are_wrong,
    services.keys_that_cannot_be_changed,
    project.services_that_are_off,
    project.a_database_of_another_kind,
    project.queries_without_their_index,
    project.fields_that_stay,
    project.rules_that_are_not_ours,
    project.sources_that_anybody_changes,
    monitoring.alarms_that_are_silent,
    monitoring.alarms_of_something_else,
    monitoring.metrics_that_do_not_exist,
    monitoring.alarms_of_other_queues,
    monitoring.errors_that_are_no_share,
    monitoring.pages_that_nobody_asks_for,
    monitoring.money_that_nobody_watches,
)


class Breakage(NamedTuple):
    """A rule, a text of Terraform's files, what it becomes there, and what the rule then says.

    The text is changed wherever it stands, in any file.
    """

    rule: Rule
    old: str
    new: str
    said: str
