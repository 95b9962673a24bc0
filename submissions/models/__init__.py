"""What the submissions room keeps in the database. No value of any record is among it."""

from submissions.models.calendar import Expectation, MailChoice, Message, NilReturn
from submissions.models.credentials import AccessToken, Credential, UsedAssertion
from submissions.models.deletion import DeletionCertificate
from submissions.models.explaining import Explanation
from submissions.models.life import Move, StoredFile, Submission, Transfer
from submissions.models.report import ItemScore, RuleCount, TableCount
from submissions.models.uploads import Piece, Upload
from submissions.models.webhooks import Webhook

__all__ = [
    "AccessToken",
    "Credential",
    "DeletionCertificate",
    "Expectation",
    "Explanation",
    "ItemScore",
    "MailChoice",
    "Message",
    "Move",
    "NilReturn",
    "Piece",
    "RuleCount",
    "StoredFile",
    "Submission",
    "TableCount",
    "Transfer",
    "Upload",
    "UsedAssertion",
    "Webhook",
]
