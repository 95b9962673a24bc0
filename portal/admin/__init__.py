"""What administrators keep in order, through the same functions as the pages. No data is here."""

from portal.admin import access, evidence, organisations, people
from portal.administration import site

__all__ = ["access", "evidence", "organisations", "people", "site"]
