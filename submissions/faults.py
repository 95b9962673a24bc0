"""The catalogue of structural faults: for each code a plain sentence and how to put it right."""

from collections.abc import Mapping

FAULTS: Mapping[str, tuple[str, str]] = {
    "empty-file": ("The file is empty.", "Send the file with its heading and at least one record."),
    "header-only": (
        "The file has a heading and no record.",
        "Send at least one record, or leave the file out.",
    ),
    "not-csv-spreadsheet": (
        "The file is a spreadsheet, not CSV.",
        "Save it as CSV UTF-8 (comma delimited) and send that file.",
    ),
    "not-csv-pdf": ("The file is a PDF document, not CSV.", "Send the data as CSV."),
    "not-csv-image": ("The file is an image, not CSV.", "Send the data as CSV."),
    "not-csv-archive": (
        "The file is an archive of a kind that is not accepted here.",
        "Send CSV files, CSV compressed with gzip, or one zip of CSV files.",
    ),
    "not-csv-program": ("The file is a program or binary file, not CSV.", "Send the data as CSV."),
    "undeclared-compression": (
        "The file is compressed but its name does not say so.",
        "Name it .csv.gz or .zip, or send it without compression.",
    ),
    "wrong-compression": (
        "The name says the file is compressed, but it is not, or it is damaged.",
        "Compress the file again, or send it as plain CSV.",
    ),
    "not-utf-8": (
        "The text is not UTF-8{looks_like}.",
        "Save the file with encoding UTF-8.",
    ),
    "utf-16": ("The file is written in UTF-16.", "Save the file with encoding UTF-8."),
    "utf-32": ("The file is written in UTF-32.", "Save the file with encoding UTF-8."),
    "nul-byte": (
        "The line holds a NUL byte, which no text has.",
        "Find out which system writes it, and remove it.",
    ),
    "bare-carriage-return": (
        "A carriage return stands alone, without a line feed after it.",
        "End every line with a line feed, or with a carriage return and a line feed.",
    ),
    "stray-quote": (
        "A quotation mark stands where none may be.",
        'Put the whole value in quotation marks and double those inside it: "the ""big"" one".',
    ),
    "unclosed-quote": (
        "A quotation mark is opened and never closed.",
        "Close it, or remove it.",
    ),
    "too-damaged": (
        "So many quotation marks are wrong that counting stopped at this line.",
        "Mend the faults above, then check the file again.",
    ),
    "too-few-fields": (
        "The record has fewer values than the heading has columns.",
        "Look for a missing comma or a line broken in two.",
    ),
    "too-many-fields": (
        "The record has more values than the heading has columns.",
        "Look for a comma inside a value that is not in quotation marks.",
    ),
    "blank-line": ("The line is blank.", "Delete the line."),
    "line-too-long": (
        "The record is longer than the {limit} bytes a record may have.",
        "Look for a quotation mark that is not closed, or for missing line ends.",
    ),
    "cell-too-long": (
        "A value is longer than the {limit} bytes a value may have.",
        "Shorten the value, or look for a quotation mark that is not closed.",
    ),
    "too-many-columns": (
        "The heading has more than {limit} columns.",
        "Send the columns of the specification and no other.",
    ),
    "too-many-rows": (
        "The file has more than {limit} records.",
        "Send the reporting period in smaller parts.",
    ),
    "too-large": (
        "The file is larger than the {limit} bytes that are accepted.",
        "Send the reporting period in smaller parts.",
    ),
    "unpacks-too-large": (
        "The file unpacks to more than the {limit} bytes that are accepted.",
        "Send the reporting period in smaller parts.",
    ),
    "ratio-too-high": (
        "The file unpacks to more than {limit} times its size, as no table of records does.",
        "Send the file without compression.",
    ),
    "duplicate-column": (
        "The column {name} occurs more than once.",
        "Keep one column of that name.",
    ),
    "unknown-column": (
        "The column {name} is not in the specification.{hint}",
        "Correct the name or remove the column.",
    ),
    "column-case": (
        "The column {name} is written differently in the specification: {expected}.",
        "Write the name exactly as the specification does.",
    ),
    "missing-column": (
        "The column {name} is mandatory and missing.",
        "Add the column.",
    ),
    "unknown-file": (
        "The file name is not a table of the specification.{hint}",
        "Name each file as its table, for example <Table>.csv.",
    ),
    "duplicate-file": (
        "Two files stand for the same table.",
        "Send one file for each table.",
    ),
    "no-header": (
        "The submission has no readable header record.",
        "Send the header table with exactly one record, or manifest.json in the zip.",
    ),
    "unknown-version": (
        "The version in the header is not a version of the specification.",
        "Write a version that is in force for the reporting period.",
    ),
    "archive-unreadable": ("The zip cannot be read.", "Make the zip again."),
    "archive-unsafe-path": (
        "A member of the zip has an absolute path or leads outside it.",
        "Put the files at the top of the zip.",
    ),
    "archive-link": ("A member of the zip is a link.", "Put the files themselves in the zip."),
    "archive-encrypted": (
        "A member of the zip is encrypted.",
        "Make the zip without a password; the connection and the store are encrypted.",
    ),
    "archive-duplicate": ("Two members of the zip have the same name.", "Keep one of them."),
    "archive-nested": (
        "A member of the zip is itself an archive.",
        "Put the CSV files into one zip, and no zip in it.",
    ),
    "archive-overlap": (
        "Members of the zip share the same bytes, as no honest zip does.",
        "Make the zip again.",
    ),
    "archive-too-many": (
        "The zip has more than {limit} members.",
        "Put only the tables of the specification into it.",
    ),
    "archive-damaged": ("A member of the zip is damaged.", "Make the zip again."),
    "not-checked-further": (
        "The rest of the file was not checked, because of the fault before.",
        "Mend that fault, then check the file again.",
    ),
}


def describe(code: str, facts: Mapping[str, object]) -> tuple[str, str]:
    """Return the sentence and the fix of a fault, with its facts filled in."""
    sentence, fix = FAULTS[code]
    defaults = {"hint": "", "looks_like": ""}
    return sentence.format(**{**defaults, **facts}), fix
