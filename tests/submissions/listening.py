"""What the web server of a test serves: the application, and its listener for uploads if asked."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application


def application():
    """The application, which also listens where UPLOAD_LISTENER says."""
    everything = get_wsgi_application()
    if settings.UPLOAD_LISTENER:
        from portal.uploads import listen  # noqa: PLC0415 - Django is ready only now

        listen(everything)
    return everything
