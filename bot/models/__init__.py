"""All tables, one file per aggregate. Importing this package makes every table known to `Base.metadata`."""

from bot.models.alert import Alert, Heartbeat
from bot.models.announcement import (
    Announcement,
    AnnouncementBatch,
    AnnouncementDistrict,
    AnnouncementText,
)
from bot.models.announcement_file import AnnouncementFile
from bot.models.audience import RoundAudience
from bot.models.audit import AuditChain, AuditRow
from bot.models.budget import BudgetRule, TrialCode
from bot.models.circular import (
    Circular,
    CircularFile,
    CircularItem,
    CircularPaper,
    CircularReading,
    CircularRule,
    NeighbourhoodAssociation,
)
from bot.models.desk import InquiryAssignment, InquiryNote, ReplyTemplate
from bot.models.district import District, DistrictChange, DistrictName
from bot.models.entry import Desk, Entry, EntryRating, EntryVersion
from bot.models.figures import DailyCount
from bot.models.first_use import PracticeMessage, SetupProgress
from bot.models.group_chat import GroupChat, GroupNotice
from bot.models.inbox import InboxEvent, SourceLease
from bot.models.inquiry import Inquiry, InquiryLetter, InquiryLink, InquiryReferral
from bot.models.ledger import DigestRecipient, LedgerSheet
from bot.models.municipality import Channel, Municipality
from bot.models.officer import ApprovalRule, LinkCode, OfficerLink, StaffNotice
from bot.models.open_data import Feed, ImportedEntry, ImportRun
from bot.models.outbox import OutboxMessage
from bot.models.poll import Ballot, Participation, Poll, PollChoice, PollDoor, PollText, PollTicket
from bot.models.privacy import ConsentSeen, DataLink, RetentionRun
from bot.models.process import Process
from bot.models.question import QuestionAsker, UnansweredQuestion
from bot.models.rain_plan import RainPlan, RainPlanOfficer, RainRecipient, Reminded
from bot.models.resident import Conversation, Resident, ResidentDistrict, ResidentTopic, RoleHolder, VoicePause
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
from bot.models.schedule import AnnouncementSeries, DeadlineReminder
from bot.models.sign_up import ChangeNotice, Reminder, SignUp, WebSignUp
from bot.models.slip import HolderCode, HolderLink, Slip, SlipAnswer
from bot.models.staff import Staff, StaffDistrict, StaffRole
from bot.models.staff_access import Invitation, KeptForm, Passkey, RecoveryCode, StaffIdentity, StaffSession
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
from bot.models.weather import WeatherFeed, WeatherRule, WeatherState, WeatherTelegram

__all__ = [
    "AgendaItem",
    "Alert",
    "Announcement",
    "AnnouncementBatch",
    "AnnouncementDistrict",
    "AnnouncementFile",
    "AnnouncementSeries",
    "AnnouncementText",
    "ApprovalRule",
    "AuditChain",
    "AuditRow",
    "Ballot",
    "BudgetRule",
    "ChangeNotice",
    "Channel",
    "Circular",
    "CircularFile",
    "CircularItem",
    "CircularPaper",
    "CircularReading",
    "CircularRule",
    "ConsentSeen",
    "Conversation",
    "DailyCount",
    "DataLink",
    "DeadlineReminder",
    "Desk",
    "DigestRecipient",
    "District",
    "DistrictChange",
    "DistrictName",
    "DoorCount",
    "ElectionPeriod",
    "Entry",
    "EntryRating",
    "EntryVersion",
    "Feed",
    "GroupChat",
    "GroupNotice",
    "Heartbeat",
    "HolderCode",
    "HolderLink",
    "ImportRun",
    "ImportedEntry",
    "InboxEvent",
    "Inquiry",
    "InquiryAssignment",
    "InquiryLetter",
    "InquiryLink",
    "InquiryNote",
    "InquiryReferral",
    "Invitation",
    "KeptForm",
    "LedgerSheet",
    "LinkCode",
    "Listening",
    "Matter",
    "ModerationAct",
    "Municipality",
    "NeighbourhoodAssociation",
    "OfficerLink",
    "OutboxMessage",
    "Participation",
    "PassageVector",
    "Passkey",
    "Poll",
    "PollChoice",
    "PollDoor",
    "PollText",
    "PollTicket",
    "PracticeMessage",
    "Process",
    "QuestionAsker",
    "RainPlan",
    "RainPlanOfficer",
    "RainRecipient",
    "RecoveryCode",
    "Referral",
    "Reminded",
    "Reminder",
    "ReplyTemplate",
    "Resident",
    "ResidentDistrict",
    "ResidentTopic",
    "Response",
    "RetentionRun",
    "RichMenu",
    "RoleHolder",
    "RoundAudience",
    "RoundParticipation",
    "RoundTable",
    "RoundTableReport",
    "SetupProgress",
    "SignUp",
    "Slip",
    "SlipAnswer",
    "SourceLease",
    "Staff",
    "StaffDistrict",
    "StaffIdentity",
    "StaffNotice",
    "StaffRole",
    "StaffSession",
    "Statement",
    "StatementLink",
    "StatementQuota",
    "StatementUnsend",
    "StatementVote",
    "TrialCode",
    "UnansweredQuestion",
    "VoicePause",
    "WeatherFeed",
    "WeatherRule",
    "WeatherState",
    "WeatherTelegram",
    "WebSignUp",
]
