"""The kinds of rule: what the small vocabulary of the specification means.

A kind that looks at one record (or at the records it belongs to) is a function that returns, for
each item it may complain about, an expression: true is valid, false is a finding, null is nothing
to say. A kind that looks across records or tables works on what was held of them
(`submissions.rules.across`).
"""
