"""Where the patients are, for pages as for loading; it needs no data frame."""

from portal.specification import DataSet, ItemType, Table


def patient_table(data_set: DataSet) -> Table:
    """Return the table whose rows are patients: the one that holds NHS numbers."""
    return next(table for table in data_set.order if any(table.items_of(ItemType.NHS_NUMBER)))
