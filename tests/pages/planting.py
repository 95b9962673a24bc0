"""Texts that would do harm on a page that forgot to escape, and how to see that one has."""

from html import unescape
from html.parser import HTMLParser

TEXTS = [
    "<script>planted()</script><img src=x onerror=planted()>",
    "\" onfocus=planted() autofocus x='\"><planted-tag>' onclick='planted()",
    "{{ 'plan' ~ 'ted49' }}{% if 1 %}planted{% endif %}{{ 7*7 }}${planted}",
    "</td></table></select><!--planted--></title>]]>&lt;planted&gt;",
    "\u202eplanted\u2066\u200f\x1b[31m\x07planted\x85",
    '=HYPERLINK("javascript:planted()")+planted@planted\'--',
]
UNSEEN = frozenset(map(chr, [*range(9), 11, 12, *range(14, 32), *range(127, 160), 0x061C])) | {
    *map(chr, [0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
}
ADDRESSES = ("href", "src", "action", "formaction", "hx-get")
HARMFUL = ("javascript:", "data:", "vbscript:")


class Wounds(HTMLParser):
    """Reads a page and notes all that a sender's text must never become."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found = []
        self.text = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if "planted" in tag or tag == "style" or (tag == "script" and not given.get("src")):
            self.found.append(f"element {tag}")
        for name, value in attrs:
            if name.startswith("on") or "planted" in name or name == "style":
                self.found.append(f"attribute {name} of {tag}")
            if name in ADDRESSES and (value or "").strip().lower().startswith(HARMFUL):
                self.found.append(f"address {value}")
            self.text.append(value or "")

    def handle_comment(self, data):
        self.found.append(f"comment {data[:30]}")

    def handle_decl(self, decl):
        if decl.lower() != "doctype html":
            self.found.append(f"declaration {decl[:30]}")

    def unknown_decl(self, data):
        self.found.append(f"declaration {data[:30]}")

    def handle_data(self, data):
        self.text.append(data)


def wounds(page):
    """What a page has that only an unescaped text could have brought."""
    reader = Wounds()
    reader.feed(page)
    reader.close()
    text = "".join(reader.text)
    run = ["a template ran"] if "planted49" in text else []
    hidden = sorted({f"character {ord(one):x}" for one in UNSEEN & set(unescape(page))})
    return [*reader.found, *run, *hidden]


def shown(page):
    """All that a reader of a page sees or hears."""
    reader = Wounds()
    reader.feed(page)
    return "".join(reader.text)
