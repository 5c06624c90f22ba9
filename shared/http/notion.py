"""All routes of the function `notion`."""

from shared.http.notion_conflicts import CONFLICT_ROUTES
from shared.http.notion_docs import DOCS_ROUTES
from shared.http.notion_setup import SETUP_ROUTES
from shared.http.notion_sync import SYNC_ROUTES
from shared.http.notion_tasks import TASK_ROUTES
from shared.http.operations import OPERATION_ROUTES
from shared.http.route import Routes
from shared.http.webhooks import WEBHOOK_ROUTES

NOTION_ROUTES: Routes = (
    *SETUP_ROUTES,
    *SYNC_ROUTES,
    *CONFLICT_ROUTES,
    *TASK_ROUTES,
    *DOCS_ROUTES,
    *OPERATION_ROUTES,
    *WEBHOOK_ROUTES,
)
