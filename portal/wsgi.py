"""The web application of the instance that PORTAL_INSTANCE names."""

from django.core.wsgi import get_wsgi_application

from portal.bodies import sparing
from portal.environment import choose_instance
from portal.lifeline import tie_to_parent

tie_to_parent()  # the server's worker may not outlive the server
choose_instance()
everything = get_wsgi_application()
application = sparing(everything)

from django.conf import settings  # noqa: E402 - Django is ready only now

from portal.checks import refuse_unless_sound  # noqa: E402 - as above

refuse_unless_sound()
if settings.UPLOAD_LISTENER:
    from portal.uploads import listen

    listen(everything)
