import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from submissions import reading, scanning
from submissions.reading import UnreadableFile, scan
from submissions.sources import from_bytes
from tests.structure.making import LIMITS, read, read_strictly, table_of

CELLS = st.text(alphabet='ab1é,"\n 李', max_size=8)
SPOILERS = st.sampled_from([b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"\x80", b"x", b""])


@st.composite
def files(draw):
    width = draw(st.integers(2, 5))
    rows = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=8))
    columns = [f"c{number}" for number in range(width)]
    text = io.StringIO(newline="")
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    quoting = draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
    writer = csv.writer(text, lineterminator=ending, quoting=quoting)
    writer.writerows([columns, *rows])
    data = text.getvalue().encode()
    mark = b"\xef\xbb\xbf" if draw(st.booleans()) else b""
    return mark + (data.removesuffix(ending.encode()) if draw(st.booleans()) else data), columns


@pytest.fixture(params=[310, 1_000, scanning.BLOCK], ids=["small", "middle", "large"])
def blocks(request, monkeypatch):
    """Read in blocks of several sizes: every boundary must fall everywhere."""
    whole = scanning.chunks
    monkeypatch.setattr(
        reading, "chunks", lambda stream, survey, begun: whole(stream, survey, begun, request.param)
    )


@settings(max_examples=120, deadline=None)
@given(files())
def test_what_is_well_formed_is_read_cell_for_cell_as_python_reads_it(file):
    data, columns = file

    assert read(data, *columns) == read_strictly(data)


@settings(max_examples=200, deadline=None)
@given(files(), st.data(), SPOILERS)
def test_what_is_spoilt_is_refused_or_read_exactly_as_python_reads_it(file, data, spoiler):
    text, columns = file
    place = data.draw(st.integers(0, len(text) - 1))
    spoilt = text[:place] + spoiler + text[place + data.draw(st.integers(0, 1)) :]
    scanned = scan(from_bytes("table.csv", spoilt), table_of(*columns), LIMITS)

    if scanned.fault_count:
        with pytest.raises(UnreadableFile):
            read(spoilt, *columns)
    else:
        assert read(spoilt, *columns) == _by_name(spoilt, columns)


def _by_name(data, columns):
    heading = next(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    return [
        (line, tuple(dict(zip(heading, record, strict=True)).get(name) for name in columns))
        for line, record in read_strictly(data)
    ]


@pytest.mark.usefixtures("blocks")
def test_block_boundaries_change_nothing():
    rows = [f'{number},"a\n""{number}"",b",x' for number in range(200)]
    data = ("c0,c1,c2\n" + "\n".join(rows)).encode()

    assert read(data, "c0", "c1", "c2") == read_strictly(data)


@pytest.mark.usefixtures("blocks")
def test_every_fault_is_found_on_its_physical_line():
    lines = ["a,b", '1,"x\ny"', "2", "", "3,4,5", '6,"', "7,n\0", '8,q"q', "9,\xff"]
    data = "\n".join(lines).encode("latin-1")

    found = scan(from_bytes("t.csv", data), table_of("a", "b"), LIMITS)

    assert [(fault.line, fault.code) for fault in found.faults] == [
        (4, "too-few-fields"),
        (5, "blank-line"),
        (6, "too-many-fields"),
        (7, "unclosed-quote"),
        (8, "nul-byte"),
        (9, "stray-quote"),
        (10, "not-utf-8"),
    ]


def test_an_unclosed_quotation_mark_costs_its_own_line_only():
    data = b'a,b\n1,"2\n' + b"3,4\n" * 50

    found = scan(from_bytes("t.csv", data), table_of("a", "b"), LIMITS)

    assert [(fault.line, fault.code) for fault in found.faults] == [(2, "unclosed-quote")]
    assert found.records == 51


def test_faults_are_all_counted_and_the_first_are_kept():
    data = b"a,b\n" + b"1\n" * 2_500

    found = scan(from_bytes("t.csv", data), table_of("a", "b"), LIMITS)

    assert found.fault_counts == {"too-few-fields": 2_500}
    assert len(found.faults) == 1_000


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty-file"),
        (b"\xef\xbb\xbf\n", "empty-file"),
        (b"a,b\n", "header-only"),
        (b"PK\x03\x04" + b"x" * 50, "undeclared-compression"),
        (b"PK\x03\x04....xl/workbook.xml", "not-csv-spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not-csv-spreadsheet"),
        (b"%PDF-1.7\n", "not-csv-pdf"),
        (b"\x89PNG\r\n\x1a\n", "not-csv-image"),
        (b"\x1f\x8b\x08\x00", "undeclared-compression"),
        (b"7z\xbc\xaf\x27\x1c", "not-csv-archive"),
        ("a,b\n1,2\n".encode("utf-16"), "utf-16"),
        ("a,b\n1,2\n".encode("utf-16-le"), "utf-16"),
        ("a,b\n1,2\n".encode("utf-32"), "utf-32"),
        (b"a,b\r1,2\r3,4\r", "bare-carriage-return"),
        (b"a,b\n1,2\r3\n", "bare-carriage-return"),
        (b"a,b\n1," + b"x" * 250 + b"\n", "cell-too-long"),
        (b"a,b\n" + b"x," * 400 + b"\n", "line-too-long"),
        (b"a,b\n1," + b"x" * 5_000, "line-too-long"),
        ("a,caf\xe9\n1,2\n".encode("latin-1"), "not-utf-8"),
    ],
)
def test_a_file_that_is_not_plain_csv_is_refused_with_its_own_code(data, code):
    found = scan(from_bytes("t.csv", data), table_of("a", "b"), LIMITS)

    assert code in found.fault_counts


@pytest.mark.parametrize(
    ("heading", "codes"),
    [
        ("b,a", {}),
        ("a,b,a", {"duplicate-column": 1}),
        ("a,c", {"unknown-column": 1}),
        ("A,b", {"column-case": 1}),
        ("a, b", {"column-case": 1}),
    ],
)
def test_the_heading_is_held_against_the_specification(heading, codes):
    record = ",".join("1" * len(heading.split(",")))
    data = f"{heading}\n{record}\n".encode()

    found = scan(from_bytes("t.csv", data), table_of("a", "b"), LIMITS)

    assert found.fault_counts == codes


BODY = b"1,2\n1\n1,\xff\n1,\0\n\n1,2,3\n"
BEHIND = ["blank-line", "not-utf-8", "nul-byte", "too-few-fields", "too-many-fields"]


@pytest.mark.parametrize(
    ("heading", "told", "behind"),
    [
        (b"a,b\0\n", ["nul-byte"], BEHIND),
        (b"a,b\xff\n", ["not-utf-8"], BEHIND),
        (b"a\xff,b\0\n", ["not-utf-8", "nul-byte"], BEHIND),
        (b'a,"b\n', ["stray-quote"], BEHIND[:3]),
        (b'a,b"c\n', ["stray-quote"], BEHIND[:3]),
        (b"a\rb,c\n", ["bare-carriage-return"], BEHIND[:3]),
        (b"\xef\xbb\xbfa,b\0\n", ["nul-byte"], BEHIND),
    ],
)
def test_behind_a_broken_heading_every_record_is_still_looked_at(heading, told, behind):
    scanned = scan(from_bytes("table.csv", heading + BODY), table_of("a", "b"), LIMITS)

    assert [fault.code for fault in scanned.faults if fault.line == 1] == told
    assert sorted(fault.code for fault in scanned.faults if fault.line > 1) == sorted(behind)
    lines = {fault.code: fault.line for fault in scanned.faults if fault.line > 1}
    assert (lines["not-utf-8"], lines["blank-line"]) == (4, 6)
    assert scanned.fault_count == len(told) + len(behind)
    with pytest.raises(UnreadableFile):
        read(heading + BODY, "a", "b")


def test_too_many_columns_do_not_hide_what_is_behind():
    heading = b",".join([b"c"] * (LIMITS.columns + 1))
    data = heading + b"\n1,2\n"

    scanned = scan(from_bytes("table.csv", data), table_of("a"), LIMITS)

    assert [(f.code, f.line) for f in scanned.faults] == [
        ("too-many-columns", 1),
        ("too-few-fields", 2),
    ]


def test_a_missing_heading_does_not_put_a_patient_into_the_error_report():
    data = b"9434765919,Smith\n9434765870,Jones\n"

    found = scan(from_bytes("t.csv", data), table_of("NHSNumber", "b"), LIMITS)

    said = " ".join(fault.sentence + fault.fix for fault in found.faults)
    assert found.fault_counts == {"unknown-column": 2}
    assert "9434765919" not in said
    assert "Smith" not in said


def test_a_column_nearly_right_is_told_its_name():
    data = b"NHSNumbr,b\n1,2\n"

    found = scan(from_bytes("t.csv", data), table_of("NHSNumber", "b"), LIMITS)

    assert "Did you mean NHSNumber?" in found.faults[0].sentence


def test_too_many_records_stop_the_scan():
    found = scan(
        from_bytes("t.csv", b"a,b\n" + b"1,2\n" * 50), table_of("a", "b"), replace(LIMITS, rows=10)
    )

    assert found.fault_counts == {"too-many-rows": 1}


@pytest.mark.parametrize(
    ("data", "ends"),
    [(b"a,b\n1,2\n", "LF"), (b"a,b\r\n1,2\r\n", "CRLF"), (b"a,b\r\n1,2\r\n3,4\n", "mixed")],
)
def test_line_ends_are_told(data, ends):
    assert scan(from_bytes("t.csv", data), table_of("a", "b"), LIMITS).line_ends == ends


def test_a_quoted_empty_value_is_empty():
    assert read(b'a,b\n"",x\n', "a", "b") == [(2, (None, "x"))]


def test_a_column_that_was_not_sent_is_null():
    assert read(b"b\n2\n", "a", "b") == [(2, (None, "2"))]


def test_the_exception_names_codes_and_counts_only():
    with pytest.raises(UnreadableFile, match=r"^1 structural faults: too-few-fields$"):
        read(b"a,b\n9434765919\n", "a", "b")
