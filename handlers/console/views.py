"""The route map of the console, in one place."""

from __future__ import annotations

from flask import Blueprint

from handlers.console import (
    account,
    activities,
    announcement_acts,
    announcement_approval,
    announcement_budget,
    announcement_files,
    announcement_form,
    announcement_print,
    announcement_texts,
    announcement_when,
    announcement_whom,
    announcements,
    approvals,
    audit,
    budget,
    calendar,
    circular_views,
    city,
    city_settings,
    confirm,
    desk_views,
    entries,
    entry_acts,
    entry_form,
    exchange,
    feeds,
    figures,
    first_use_views,
    health,
    help_pages,
    home,
    imports,
    inquiries,
    inquiry_acts,
    invited,
    line_link,
    moderation,
    opinions,
    organisations,
    passkey,
    places,
    poll_doors,
    poll_tickets,
    polls,
    privacy,
    questions,
    rain_plans,
    referrals,
    residents,
    round_table_acts,
    round_table_entries,
    round_table_form,
    round_table_matters,
    round_tables,
    schedule,
    search,
    sign_in,
    staff,
    statement_forms,
    weather,
)

PLACE = "/<municipality>"
ANNOUNCEMENT = f"{PLACE}/announcements/<int:announcement_id>"
INQUIRY = f"{PLACE}/inquiries/<int:inquiry_id>"
PERSON = f"{PLACE}/staff/<int:staff_id>"
ROUND_TABLE = f"{PLACE}/round-tables/<int:round_table_id>"
REFERRAL = f"{PLACE}/referrals/<int:referral_id>"
STATEMENT = f"{PLACE}/statements/<int:statement_id>"


def add_all(console: Blueprint) -> None:
    """Every page with its address. What each needs is declared at the view."""
    _add_ways_in(console)
    _add_announcements(console)
    _add_officers(console)
    _add_budget(console)
    _add_schedule(console)
    _add_lists(console)
    circular_views.add(console)
    places.add(console, PLACE)
    organisations.add(console, PLACE)
    city_settings.add(console, PLACE)
    desk_views.add(console)
    _add_poll_doors(console)
    _add_activities(console)
    _add_entries(console)
    _add_imports(console)
    _add_round_tables(console)
    _add_inquiries(console)
    _add_statements(console)
    _add_staff(console)
    _add_weather(console)
    first_use_views.add(console)
    help_pages.add(console)
    console.add_url_rule("/<path:anything>", "missing", home.missing)


def _add_ways_in(console: Blueprint) -> None:
    add = console.add_url_rule
    add("/sign-in", "sign_in", sign_in.sign_in, methods=["GET", "POST"])
    add("/sign-in/code", "sign_in_code", sign_in.code, methods=["GET", "POST"])
    add("/sign-out", "sign_out", sign_in.sign_out, methods=["POST"])
    add("/sign-in/passkey", "sign_in_passkey", passkey.enter, methods=["POST"])
    add("/sign-in/passkey/options", "sign_in_passkey_options", passkey.enter_options, methods=["POST"])
    add("/sign-in/city", "sign_in_city", city.leave, methods=["GET", "POST"])
    add("/sign-in/city/back", "sign_in_city_back", city.back)
    _add_account(console)
    add("/account/password", "password", account.password, methods=["GET", "POST"])
    add("/account/totp", "totp", account.totp, methods=["GET", "POST"])
    add("/", "choose", home.choose)
    add(f"{PLACE}/", "home", home.home)
    add(f"{PLACE}/calendar", "calendar", calendar.month)
    add(f"{PLACE}/search", "search", search.everything)


def _add_announcements(console: Blueprint) -> None:
    add, forms, acts = console.add_url_rule, announcement_form, announcement_acts
    add(f"{PLACE}/announcements", "announcements", announcements.listing)
    add(f"{PLACE}/announcements/new", "announcements_new", forms.new, methods=["GET", "POST"])
    add(f"{PLACE}/announcements/reach", "announcements_reach", announcement_whom.reach)
    add(f"{PLACE}/announcements/preview", "announcements_preview", forms.preview, methods=["POST"])
    add(ANNOUNCEMENT, "announcements_show", announcements.show_one)
    add(f"{ANNOUNCEMENT}/edit", "announcements_edit", forms.edit, methods=["GET", "POST"])
    add(f"{ANNOUNCEMENT}/submit", "announcements_submit", acts.submit, methods=["POST"])
    add(f"{ANNOUNCEMENT}/approve", "announcements_approve", acts.approve, methods=["GET", "POST"])
    add(f"{ANNOUNCEMENT}/return", "announcements_return", acts.send_back, methods=["POST"])
    add(f"{ANNOUNCEMENT}/cancel", "announcements_cancel", acts.cancel, methods=["GET", "POST"])
    add(f"{ANNOUNCEMENT}/delete", "announcements_delete", acts.delete, methods=["POST"])
    add(f"{ANNOUNCEMENT}/texts", "announcements_texts", announcement_texts.texts, methods=["GET", "POST"])
    add(f"{ANNOUNCEMENT}/files", "announcements_files", announcement_files.files, methods=["GET", "POST"])
    add(f"{ANNOUNCEMENT}/print", "announcements_print", announcement_print.page)
    add(f"{ANNOUNCEMENT}/print.pdf", "announcements_pdf", announcement_print.pdf)


def _add_officers(console: Blueprint) -> None:
    add, post, both = console.add_url_rule, ["POST"], ["GET", "POST"]
    add(f"{ANNOUNCEMENT}/take-back", "announcements_take_back", announcement_approval.take_back, methods=post)
    add(f"{ANNOUNCEMENT}/emergency", "announcements_emergency", announcement_approval.send_emergency, methods=post)
    add(f"{PLACE}/announcements/emergencies", "announcements_emergencies", approvals.emergencies)
    add(f"{PLACE}/approval", "approval", approvals.settings, methods=both)
    add(f"{PLACE}/line", "line", line_link.show)
    add(f"{PLACE}/line/code", "line_code", line_link.new_code, methods=post)
    add(f"{PLACE}/line/cut", "line_cut", line_link.cut, methods=post)
    add(f"{PERSON}/line-cut", "staff_line_cut", staff.cut_line, methods=post)
    one = f"{PLACE}/activities/<int:activity_id>/rain"
    add(one, "activities_rain", rain_plans.show)
    add(f"{one}/save", "activities_rain_save", rain_plans.save, methods=post)
    plan = f"{PLACE}/rain-plans/<int:rain_plan_id>"
    add(plan, "rain_plans_show", rain_plans.show_one)
    add(f"{plan}/submit", "rain_plans_submit", rain_plans.submit, methods=post)
    add(f"{plan}/approve", "rain_plans_approve", rain_plans.approve, methods=post)
    add(f"{plan}/return", "rain_plans_send_back", rain_plans.send_back, methods=post)
    add(f"{plan}/withdraw", "rain_plans_withdraw", rain_plans.withdraw, methods=post)
    add(f"{plan}/decide", "rain_plans_decide", rain_plans.decide, methods=both)


def _add_schedule(console: Blueprint) -> None:
    add, post = console.add_url_rule, ["POST"]
    add(f"{ANNOUNCEMENT}/when", "announcements_when", announcement_when.when, methods=["GET", "POST"])
    add(f"{ANNOUNCEMENT}/correct", "announcements_correct", announcement_when.correct, methods=post)
    add(f"{PLACE}/schedule", "schedule", schedule.listing)
    add(f"{PLACE}/schedule/cap", "schedule_cap", schedule.cap, methods=post)
    one = f"{PLACE}/series/<int:series_id>"
    add(one, "series_show", schedule.show_one)
    add(f"{one}/ask-stop", "series_ask_stop", schedule.ask_stop, methods=post)
    add(f"{one}/stop", "series_stop", schedule.stop, methods=post)
    add(f"{one}/keep", "series_keep", schedule.keep, methods=post)
    add(f"{one}/change", "series_change", schedule.change, methods=post)


def _add_budget(console: Blueprint) -> None:
    add, post = console.add_url_rule, ["POST"]
    add(f"{PLACE}/budget", "budget", budget.show)
    add(f"{PLACE}/budget", "budget_settle", budget.settle, methods=post)
    add(f"{ANNOUNCEMENT}/narrow", "announcements_narrow", announcement_budget.narrow, methods=post)
    add(f"{ANNOUNCEMENT}/resume", "announcements_resume", announcement_budget.resume, methods=post)
    add(f"{ANNOUNCEMENT}/trial", "announcements_trial", announcement_budget.trial, methods=post)


def _add_lists(console: Blueprint) -> None:
    add = console.add_url_rule
    add(f"{PLACE}/polls", "polls", polls.listing)
    add(f"{PLACE}/polls/<int:poll_id>", "polls_show", polls.show_one)
    add(f"{PLACE}/polls/<int:poll_id>/file", "polls_file", polls.download)
    add(f"{PLACE}/polls/<int:poll_id>/texts", "polls_text", polls.show_text, methods=["POST"])
    add(f"{PLACE}/questions", "questions", questions.listing)
    add(f"{PLACE}/questions/<int:question_id>/close", "questions_close", questions.close, methods=["POST"])
    add(f"{PLACE}/questions/<int:question_id>/draft", "questions_draft", questions.draft, methods=["POST"])
    add(f"{PLACE}/residents", "residents", residents.counts)
    add(f"{PLACE}/residents/lift", "residents_lift", residents.lift, methods=["POST"])
    add(f"{PLACE}/figures", "figures", figures.show)
    add(f"{PLACE}/figures/file", "figures_file", figures.download)
    add(f"{PLACE}/health", "health", health.overview)
    add(f"{PLACE}/health/events/<int:event_id>/retry", "health_retry", health.retry, methods=["POST"])
    add(f"{PLACE}/health/events/<int:event_id>/drop", "health_drop", health.drop, methods=["POST"])
    add(f"{PLACE}/health/alerts/<int:alert_id>/clear", "health_clear", health.clear, methods=["POST"])
    add(f"{PLACE}/audit", "audit", audit.listing)
    add(f"{PLACE}/audit/record", "audit_record", audit.record)
    add(f"{PLACE}/audit/export", "audit_export", audit.export, methods=["POST"])
    add(f"{PLACE}/audit/check", "audit_check", audit.check, methods=["POST"])
    add(f"{PLACE}/privacy", "privacy", privacy.page)
    add(f"{PLACE}/privacy/texts", "privacy_texts", privacy.texts)
    add(f"{PLACE}/privacy/leaflet", "privacy_leaflet", privacy.leaflet)


def _add_poll_doors(console: Blueprint) -> None:
    add, one = console.add_url_rule, f"{PLACE}/polls/<int:poll_id>"
    add(f"{one}/doors", "polls_doors", poll_doors.doors)
    add(f"{one}/slips", "polls_slips", poll_doors.slips, methods=["GET", "POST"])
    add(f"{one}/tickets", "polls_tickets", poll_tickets.tickets, methods=["POST"])
    add(f"{one}/ballot", "polls_ballot", poll_doors.ballot)
    add(f"{one}/ballot.pdf", "polls_ballot_pdf", poll_doors.ballot_pdf)
    add(f"{one}/poster", "polls_poster", poll_doors.poster)
    add(f"{one}/export", "polls_export", exchange.texts)
    add(f"{one}/export/all", "polls_export_all", exchange.texts_all, methods=["POST"])
    add(f"{ROUND_TABLE}/export", "statements_export", exchange.statements)
    add(f"{ROUND_TABLE}/export/all", "statements_export_all", exchange.statements_all, methods=["POST"])


def _add_activities(console: Blueprint) -> None:
    add, one = console.add_url_rule, f"{PLACE}/activities/<int:activity_id>"
    add(f"{PLACE}/activities", "activities", activities.listing)
    add(one, "activities_show", activities.show_one)
    add(f"{one}/change", "activities_change", activities.change, methods=["POST"])


def _add_entries(console: Blueprint) -> None:
    add, one = console.add_url_rule, f"{PLACE}/entries/<int:entry_id>"
    add(f"{PLACE}/entries", "entries", entries.listing)
    add(f"{PLACE}/entries/scores", "entries_scores", entries.scores)
    add(f"{PLACE}/entries/new", "entries_new", entry_form.new, methods=["GET", "POST"])
    add(f"{PLACE}/entries/preview", "entries_preview", entry_form.preview, methods=["POST"])
    add(one, "entries_show", entries.show_one)
    add(f"{one}/edit", "entries_edit", entry_form.edit, methods=["GET", "POST"])
    add(f"{one}/publish", "entries_publish", entry_acts.publish, methods=["POST"])
    add(f"{one}/withdraw", "entries_withdraw", entry_acts.withdraw, methods=["POST"])
    add(f"{one}/check", "entries_check", entry_acts.check, methods=["POST"])
    add(f"{one}/pack", "entries_pack", entry_acts.pack, methods=["POST"])
    add(f"{one}/history", "entries_history", entry_acts.history)


def _add_imports(console: Blueprint) -> None:
    add, both = console.add_url_rule, ["GET", "POST"]
    one, feed = f"{PLACE}/imports/<int:run_id>", f"{PLACE}/feeds/<int:feed_id>"
    add(f"{PLACE}/imports", "imports", imports.listing)
    add(f"{PLACE}/imports/new", "imports_upload", imports.upload, methods=["POST"])
    add(one, "imports_show", imports.show_one)
    add(f"{one}/again", "imports_again", imports.again, methods=["POST"])
    add(f"{one}/take", "imports_take", imports.take, methods=["POST"])
    add(f"{one}/drop", "imports_drop", imports.drop, methods=["POST"])
    add(f"{one}/remarks.csv", "imports_remarks", imports.remarks)
    add(f"{PLACE}/feeds/new", "imports_feed_new", feeds.new, methods=both)
    add(feed, "imports_feed", feeds.edit, methods=both)
    add(f"{feed}/read", "imports_feed_read", feeds.read_now, methods=["POST"])
    add(f"{feed}/remove", "imports_feed_remove", feeds.remove, methods=["POST"])


def _add_round_tables(console: Blueprint) -> None:
    add, both = console.add_url_rule, ["GET", "POST"]
    add(f"{PLACE}/round-tables", "round_tables", round_tables.listing)
    add(f"{PLACE}/round-tables/new", "round_tables_new", round_table_form.new, methods=both)
    add(ROUND_TABLE, "round_tables_show", round_tables.show_one)
    add(f"{ROUND_TABLE}/edit", "round_tables_edit", round_table_form.edit, methods=both)
    add(f"{ROUND_TABLE}/entries", "round_tables_entries", round_table_entries.entries, methods=both)
    add(f"{ROUND_TABLE}/record", "round_tables_record", round_table_entries.record, methods=both)
    add(f"{ROUND_TABLE}/matters", "round_tables_matters", round_table_matters.edit, methods=both)
    add(f"{ROUND_TABLE}/sheet", "round_tables_sheet", round_tables.sheet_page)
    add(f"{ROUND_TABLE}/sheet.pdf", "round_tables_pdf", round_tables.sheet_pdf)
    add(f"{ROUND_TABLE}/newsletter", "round_tables_newsletter", round_tables.newsletter)
    add(f"{ROUND_TABLE}/opinions", "round_tables_opinions", opinions.show_one)
    add(f"{ROUND_TABLE}/opinions/file", "round_tables_opinions_file", opinions.download)
    add(f"{ROUND_TABLE}/act", "round_tables_act", round_table_acts.act, methods=["POST"])
    add(f"{ROUND_TABLE}/approve", "round_tables_approve", round_table_acts.approve, methods=["POST"])
    add(f"{ROUND_TABLE}/tell", "round_tables_tell", round_table_acts.tell, methods=["POST"])
    add(f"{PLACE}/referrals", "referrals", referrals.listing)
    add(REFERRAL, "referrals_show", referrals.show_one, methods=both)
    add(f"{REFERRAL}/publish", "referrals_publish", referrals.publish, methods=["POST"])


def _add_inquiries(console: Blueprint) -> None:
    add, acts = console.add_url_rule, inquiry_acts
    add(f"{PLACE}/inquiries", "inquiries", inquiries.listing)
    add(INQUIRY, "inquiries_show", inquiries.show_one)
    add(f"{INQUIRY}/take", "inquiries_take", acts.take, methods=["POST"])
    add(f"{INQUIRY}/refer", "inquiries_refer", acts.refer, methods=["POST"])
    add(f"{INQUIRY}/draft", "inquiries_draft", acts.draft, methods=["POST"])
    add(f"{INQUIRY}/answer", "inquiries_answer", acts.answer, methods=["POST"])
    add(f"{INQUIRY}/close", "inquiries_close", acts.close, methods=["POST"])
    add(f"{INQUIRY}/reopen", "inquiries_reopen", acts.reopen, methods=["POST"])


def _add_account(console: Blueprint) -> None:
    add, post = console.add_url_rule, ["POST"]
    one = "/account/passkeys/<int:passkey_id>"
    add("/invited/<token>", "invited", invited.accept, methods=["GET", "POST"])
    add("/confirm", "confirm", confirm.confirm, methods=["GET", "POST"])
    add("/confirm/options", "confirm_options", confirm.options, methods=post)
    add("/account", "account", account.show)
    add("/account/totp/remove", "totp_remove", account.totp_remove, methods=post)
    add("/account/codes", "recovery_codes", account.codes, methods=post)
    add("/account/passkeys/new", "passkey_new", passkey.new)
    add("/account/passkeys/options", "passkey_options", passkey.options, methods=post)
    add("/account/passkeys", "passkeys", passkey.add, methods=post)
    add(f"{one}/name", "passkey_rename", passkey.rename, methods=post)
    add(f"{one}/remove", "passkey_remove", passkey.remove, methods=post)
    add("/account/sessions/<int:session_id>/end", "session_end", account.end_session, methods=post)
    add("/account/sessions/end", "sessions_end", account.end_others, methods=post)


def _add_staff(console: Blueprint) -> None:
    add = console.add_url_rule
    add(f"{PLACE}/staff", "staff", staff.listing)
    add(f"{PLACE}/staff/new", "staff_new", staff.new, methods=["GET", "POST"])
    one = f"{PLACE}/staff/invitations/<int:invitation_id>"
    add(f"{one}/renew", "staff_invitation_renew", staff.renew_invitation, methods=["POST"])
    add(f"{one}/withdraw", "staff_invitation_withdraw", staff.withdraw_invitation, methods=["POST"])
    add(PERSON, "staff_show", staff.show_one)
    add(f"{PERSON}/roles", "staff_role", staff.role, methods=["GET", "POST"])
    add(f"{PERSON}/roles/<int:role_id>", "staff_role_change", staff.change_role, methods=["GET", "POST"])
    add(f"{PERSON}/roles/<int:role_id>/revoke", "staff_role_revoke", staff.revoke_role, methods=["POST"])
    add(f"{PERSON}/password", "staff_password", staff.reset_password, methods=["POST"])
    add(f"{PERSON}/totp", "staff_totp", staff.reset_totp, methods=["POST"])
    add(f"{PERSON}/active", "staff_active", staff.set_active, methods=["POST"])


def _add_statements(console: Blueprint) -> None:
    add, forms = console.add_url_rule, statement_forms
    add(f"{PLACE}/statements", "statements", moderation.listing)
    add(f"{PLACE}/statements/new", "statements_new", forms.new, methods=["GET", "POST"])
    add(f"{PLACE}/statements/log", "statements_log", moderation.log)
    add(f"{PLACE}/statements/log.csv", "statements_log_csv", moderation.log_csv)
    add(f"{PLACE}/statements/settings", "statements_settings", forms.settings, methods=["GET", "POST"])
    add(f"{PLACE}/statements/elections", "statements_elections", forms.elections, methods=["GET", "POST"])
    add(
        f"{PLACE}/statements/elections/<int:election_id>/remove",
        "statements_election_remove",
        forms.remove_election,
        methods=["POST"],
    )
    add(STATEMENT, "statements_show", moderation.show_one)
    add(f"{STATEMENT}/approve", "statements_approve", moderation.approve, methods=["POST"])
    add(f"{STATEMENT}/refuse", "statements_refuse", moderation.refuse, methods=["POST"])
    add(f"{STATEMENT}/merge", "statements_merge", moderation.merge, methods=["POST"])
    add(f"{STATEMENT}/reword", "statements_reword", moderation.reword, methods=["POST"])
    add(f"{STATEMENT}/hide", "statements_hide", moderation.hide, methods=["POST"])


def _add_weather(console: Blueprint) -> None:
    add = console.add_url_rule
    add(f"{PLACE}/weather", "weather", weather.page)
    add(f"{PLACE}/weather/rule", "weather_rule", weather.rule, methods=["POST"])
    add(f"{PLACE}/weather/file", "weather_file", weather.file, methods=["POST"])
