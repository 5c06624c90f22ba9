"""The page to try the routes: Swagger UI, whole in one answer."""


def docs_page(spec_url: str) -> str:
    """The page for the OpenAPI document at `spec_url`, relative to the page's own place.

    Imported here because the package reads some 9 MB of scripts and only this page needs them.
    """
    from offapi import OpenAPITemplate

    page: str = OpenAPITemplate.SWAGGER.value.format(spec_url=spec_url)
    return page
