"""What a specification that makes no sense is refused with."""


class SpecificationError(ValueError):
    """The specification cannot be used; the message names the file, the item and what is wrong."""
