"""All rules, by id, in the order of their numbers."""

from collections.abc import Mapping

from tasks_service.core.rules.of_calendars import CALENDARS
from tasks_service.core.rules.of_files import FILES
from tasks_service.core.rules.of_jobs import JOBS
from tasks_service.core.rules.of_keys import KEYS
from tasks_service.core.rules.of_schedules import SCHEDULES
from tasks_service.core.rules.of_secrets import SECRETS
from tasks_service.core.rules.rule import Rule

CATALOGUE: Mapping[str, Rule] = {rule.id: rule for rule in (*FILES, *KEYS, *JOBS, *SCHEDULES, *SECRETS, *CALENDARS)}
