"""The addresses of the API, one module for each kind of object."""

from dev.notion_standin.call import Route
from dev.notion_standin.routes import (
    blocks,
    comments,
    data_sources,
    databases,
    file_uploads,
    markdown,
    oauth,
    pages,
    search,
    users,
    views,
)

ROUTES: list[Route] = [
    *users.ROUTES,
    *search.ROUTES,
    *pages.ROUTES,
    *markdown.ROUTES,
    *blocks.ROUTES,
    *databases.ROUTES,
    *data_sources.ROUTES,
    *comments.ROUTES,
    *file_uploads.ROUTES,
    *views.ROUTES,
    *oauth.ROUTES,
]
