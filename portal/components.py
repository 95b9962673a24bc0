"""NHS components for our templates: the one place that knows nhsuk-frontend-jinja."""

from collections.abc import Callable
from functools import cache

from jinja2 import ChainableUndefined, Environment, PackageLoader
from markupsafe import Markup

from portal.wording import seen

# The port reads absent parameters freely, so it has an environment of its own; ours is strict.
_kit = Environment(
    loader=PackageLoader("nhsuk_frontend_jinja"),
    autoescape=True,
    undefined=ChainableUndefined,
    finalize=seen,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Components:
    """Every NHS component as a function: `nhs.error_summary(titleText=…)` returns its markup."""

    def __getattr__(self, name: str) -> Callable[..., Markup]:
        """Return the component of a name such as `button` or `date_input`."""
        if name.startswith("_") or name in _NOT_COMPONENTS:
            raise AttributeError(name)
        return _component(name)


# What Jinja itself asks of anything it calls.
_NOT_COMPONENTS = frozenset({"contextfunction", "environmentfunction", "jinja_pass_arg"})


@cache
def _component(name: str) -> Callable[..., Markup]:
    """Return a component's macro as a function of keywords."""
    head, *rest = name.split("_")
    template = _kit.get_template(f"nhsuk/components/{name.replace('_', '-')}/macro.jinja")
    macro = getattr(template.module, head + "".join(word.capitalize() for word in rest))

    def drawn(**parameters: object) -> Markup:
        return Markup(str(macro(parameters)).strip())  # noqa: S704 - escaped by the component

    return drawn
