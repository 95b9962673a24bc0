"""The web application of the instance that PORTAL_INSTANCE names."""

from django.core.wsgi import get_wsgi_application

from portal.environment import choose_instance
from portal.lifeline import tie_to_parent

tie_to_parent()  # the server's worker may not outlive the server
choose_instance()
application = get_wsgi_application()

from portal.checks import refuse_unless_sound  # noqa: E402 - Django is ready only now

refuse_unless_sound()
