"""Kinds of rule that need reference data. Without it they are reported as not checked."""

from datetime import date

import polars as pl

from portal.specification import OfHeader, OfRow, Rule
from submissions.rules.operands import value_of
from submissions.rules.scene import NotAsked, Periods, Scene, row_kind

NOT_LOADED = "No reference data of {} is loaded."


def _open_on(periods: Periods, day: date) -> list[str]:
    """The codes that were open on a day."""
    return [
        code
        for code, (opened, closed) in periods.items()
        if (opened is None or opened <= day) and (closed is None or day <= closed)
    ]


def _was_open(item: str, periods: Periods, at: OfHeader, scene: Scene) -> pl.Expr:
    """Whether the code of an item was open on a day of the header."""
    day = scene.header.get(at.item)
    if not isinstance(day, date):
        raise NotAsked(f"The header's {at.item} cannot be read.")
    return _known(item, _open_on(periods, day), scene)


def _known(item: str, codes: list[str], scene: Scene) -> pl.Expr:
    """Whether an item is among the codes; the item's own default values are always known."""
    text = value_of(OfRow(item), scene).expression
    known = pl.Series(sorted({*codes, *scene.item(item).default_values}), dtype=pl.String)
    return text.is_in(known.implode())


@row_kind
def org_live(rule: Rule, scene: Scene) -> dict[str, pl.Expr]:
    """The organisation was open on the day."""
    said = rule.settings
    if scene.context.organisations is None:
        raise NotAsked(NOT_LOADED.format("organisations"))
    known = {**scene.context.organisations, **dict.fromkeys(said["also_allowed"], (None, None))}
    return {said["item"]: _was_open(said["item"], known, said["at"], scene)}


@row_kind
def site_live(rule: Rule, scene: Scene) -> dict[str, pl.Expr]:
    """The site was open on the day."""
    said = rule.settings
    if scene.context.sites is None:
        raise NotAsked(NOT_LOADED.format("sites"))
    return {said["item"]: _was_open(said["item"], scene.context.sites, said["at"], scene)}


@row_kind
def postcode_known(rule: Rule, scene: Scene) -> dict[str, pl.Expr]:
    """The postcode is in the directory, or is one of the pseudo postcodes."""
    item = rule.settings["item"]
    if scene.context.postcodes is None:
        raise NotAsked(NOT_LOADED.format("postcodes"))
    value_of(OfRow(item), scene)
    packed = pl.col(item).str.replace_all(" ", "", literal=True)
    known = _packed(scene.context.postcodes)
    pseudo = [text.removesuffix("*") for text in scene.item(item).default_values]
    allowed = [packed.str.starts_with(text) for text in pseudo]
    return {item: pl.any_horizontal(packed.is_in(known.implode()), *allowed)}


def _packed(postcodes: frozenset[str] | pl.Series) -> pl.Series:
    """Postcodes without their blanks."""
    if isinstance(postcodes, pl.Series):
        return postcodes
    return pl.Series([code.replace(" ", "") for code in postcodes], dtype=pl.String)


@row_kind
def known_assessment(rule: Rule, scene: Scene) -> dict[str, pl.Expr]:
    """The assessment scale is one of those collected."""
    item = rule.settings["item"]
    if scene.context.assessments is None:
        raise NotAsked(NOT_LOADED.format("assessment scales"))
    return {item: _known(item, sorted(scene.context.assessments), scene)}
