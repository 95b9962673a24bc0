"""The pages for what went wrong, as Django looks for them beside the addresses."""

handler400 = "portal.error_pages.bad_request"
handler403 = "portal.error_pages.forbidden"
handler404 = "portal.error_pages.not_found"
handler500 = "portal.error_pages.failed"
handler429 = "portal.error_pages.too_many"  # allauth looks for this one
