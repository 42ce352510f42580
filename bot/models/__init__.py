"""All tables, one file per aggregate. Importing this package makes every table known to `Base.metadata`."""

from bot.models.alert import Alert, Heartbeat
from bot.models.announcement import (
    Announcement,
    AnnouncementBatch,
    AnnouncementDistrict,
    AnnouncementRecipient,
    AnnouncementText,
)
from bot.models.announcement_file import AnnouncementFile
from bot.models.audience import RoundAudience
from bot.models.audit import AuditRow
from bot.models.district import District
from bot.models.entry import Desk, Entry, EntryRating, EntryVersion
from bot.models.inbox import InboxEvent, SourceLease
from bot.models.inquiry import Inquiry, InquiryLetter, InquiryLink, InquiryReferral
from bot.models.municipality import Channel, Municipality
from bot.models.outbox import OutboxMessage
from bot.models.poll import Ballot, Participation, Poll, PollChoice, PollDoor, PollText, PollTicket
from bot.models.question import QuestionAsker, UnansweredQuestion
from bot.models.resident import Conversation, Resident, ResidentDistrict, ResidentTopic, RoleHolder
from bot.models.rich_menu import RichMenu
from bot.models.round_table import (
    AgendaItem,
    DoorCount,
    Matter,
    Referral,
    Response,
    RoundTable,
    RoundTableReport,
)
from bot.models.sign_up import ChangeNotice, Reminder, SignUp
from bot.models.staff import Staff, StaffDistrict, StaffRole
from bot.models.statement import (
    ElectionPeriod,
    Listening,
    ModerationAct,
    RoundParticipation,
    Statement,
    StatementLink,
    StatementQuota,
    StatementUnsend,
    StatementVote,
)
from bot.models.vector import PassageVector

__all__ = [
    "AgendaItem",
    "Alert",
    "Announcement",
    "AnnouncementBatch",
    "AnnouncementDistrict",
    "AnnouncementRecipient",
    "AnnouncementText",
    "AuditRow",
    "Ballot",
    "ChangeNotice",
    "Channel",
    "Conversation",
    "Desk",
    "District",
    "DoorCount",
    "ElectionPeriod",
    "Entry",
    "EntryRating",
    "EntryVersion",
    "AnnouncementFile",
    "Heartbeat",
    "InboxEvent",
    "Inquiry",
    "InquiryLetter",
    "InquiryLink",
    "InquiryReferral",
    "Listening",
    "Matter",
    "ModerationAct",
    "Municipality",
    "OutboxMessage",
    "Participation",
    "PassageVector",
    "Poll",
    "PollChoice",
    "PollDoor",
    "PollText",
    "PollTicket",
    "QuestionAsker",
    "Referral",
    "Reminder",
    "Resident",
    "ResidentDistrict",
    "ResidentTopic",
    "Response",
    "RichMenu",
    "RoleHolder",
    "RoundAudience",
    "RoundParticipation",
    "RoundTable",
    "RoundTableReport",
    "SignUp",
    "SourceLease",
    "Staff",
    "StaffDistrict",
    "StaffRole",
    "Statement",
    "StatementLink",
    "StatementQuota",
    "StatementUnsend",
    "StatementVote",
    "UnansweredQuestion",
]
