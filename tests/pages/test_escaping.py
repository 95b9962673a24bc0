from html.parser import HTMLParser
from types import SimpleNamespace

from django.template import engines
from hypothesis import given, settings
from hypothesis import strategies as st

from portal import quality_words
from portal.quality_charts import lost_by_table, small_trend
from portal.quality_reports import (
    Common,
    Fault,
    ItemQuality,
    NotChecked,
    QualityReport,
    Reconciled,
    RuleResult,
    TableCounts,
)

FRAGMENTS = [
    "<script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "=HYPERLINK(1)",
    "</td></table>",
    "<!--",
    "&lt;",
    "\x00\u202e",
]
PAGE = """
{% import "components/quality_report.html" as quality %}
{{ quality.verdict(words.verdict(report)) }}
{{ quality.rules_table(report.rules, words, links, "Rules") }}
{{ quality.faults(report.faults, 1) }}
{{ quality.tables(report) }}{{ quality.items(words.make_ups(report), text) }}
{{ quality.reconciliation(report) }}{{ quality.not_checked(report) }}
{{ quality.not_run(words.reasons(report), text) }}
{{ lost(report) }}{{ small([1.0, 2.0], 95.0, text) }}
{{ nhs.error_summary(titleText=text, errorList=[{"text": text, "href": "#x"}]) }}
{{ nhs.tag(text=text) }}{{ nhs.inset_text(text=text) }}
<p title="{{ text }}">{{ text }}</p>
"""


class Skeleton(HTMLParser):
    """The elements of a page and the names of their attributes, without any text."""

    def __init__(self, page):
        super().__init__()
        self.seen = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, tuple(name for name, _ in attrs)))

    def handle_endtag(self, tag):
        self.seen.append((tag,))

    def handle_comment(self, data):
        self.seen.append("comment")


def draw(text):
    rule = RuleResult(
        code=text,
        table=text,
        item=text,
        kind="format",
        severity="reject_record",
        message=text,
        fix=text,
        basis="",
        verified=True,
        count=3,
        rejected=3,
        commonest=(Common(text, 3),),
    )
    report = QualityReport(
        provider="Z9A",
        data_set="community_pilot",
        version="2.0",
        period_start=None,
        period_end=None,
        outcome="accepted_with_rejections",
        received_at=None,
        records=3,
        faults=(Fault(text, text, 1, 1, None, text, text),),
        fault_count=1,
        rules=(rule,),
        tables=(TableCounts(text, text, 3, 0, 3, 0, 0),),
        items=(ItemQuality(text, text, text, 1, 1, 1, 1, 1, scored=True, score=50.0),),
        reconciliation=(Reconciled(text, text, ((text, text),), 1, 2, within=False),),
        not_checked=(NotChecked(text, text, text, text, 1),),
    )
    links = SimpleNamespace(rows_shown=True, rows=lambda _: f"/rows/?x={text}", rule=lambda _: text)
    page = engines["jinja2"].from_string(PAGE)
    shown = {"report": report, "words": quality_words, "links": links, "text": text}
    return page.render(shown | {"lost": lost_by_table, "small": small_trend})


EMPTY = Skeleton(draw("x")).seen


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.sampled_from(FRAGMENTS), st.text(min_size=1, max_size=40)))
def test_no_text_of_a_sender_changes_what_a_page_is_made_of(text):
    assert Skeleton(draw(text)).seen == EMPTY
