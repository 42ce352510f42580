"""The addresses of circulars, the 部数表, liaison slips and the handover."""

from __future__ import annotations

from flask import Blueprint

from handlers.console import associations, circular_files, circular_forms, circulars, handover, slips

PLACE = "/<municipality>"
CIRCULAR = f"{PLACE}/circulars/<int:circular_id>"
SLIP = f"{PLACE}/slips/<int:announcement_id>"


def add(console: Blueprint) -> None:
    """Put them in; what each needs is declared at the view."""
    add, both, post = console.add_url_rule, ["GET", "POST"], ["POST"]
    add(f"{PLACE}/circulars", "circulars", circulars.listing)
    add(f"{PLACE}/circulars/rules/<int:district_id>", "circulars_rule", circular_forms.rule, methods=both)
    add(CIRCULAR, "circulars_show", circulars.show_one)
    add(f"{CIRCULAR}/act", "circulars_act", circulars.act, methods=post)
    add(f"{CIRCULAR}/items/new", "circulars_item_new", circular_forms.item_new, methods=both)
    add(f"{PLACE}/circulars/items/<int:item_id>", "circulars_item", circular_forms.item_edit, methods=both)
    add(f"{PLACE}/circulars/items/<int:item_id>/files", "circulars_item_files", circular_files.files, methods=both)
    add(f"{CIRCULAR}/print", "circulars_print", circular_files.paper)
    add(f"{CIRCULAR}/print.pdf", "circulars_pdf", circular_files.pdf)
    add(f"{CIRCULAR}/papers", "circulars_papers", associations.papers)
    add(f"{CIRCULAR}/papers/mark", "circulars_mark", associations.mark, methods=post)
    add(f"{CIRCULAR}/papers.csv", "circulars_papers_file", associations.papers_file)
    add(f"{PLACE}/associations/<int:district_id>", "associations", associations.table, methods=both)
    add(f"{PLACE}/associations/<int:district_id>/codes", "holders_codes", associations.codes, methods=post)
    add(f"{PLACE}/slips", "slips", slips.listing)
    add(f"{PLACE}/slips/new", "slips_new", slips.new, methods=both)
    add(SLIP, "slips_show", slips.show_one)
    add(f"{SLIP}/edit", "slips_edit", slips.edit, methods=both)
    add(f"{SLIP}/answers", "slips_enter", slips.enter, methods=post)
    add(f"{PLACE}/handover", "handover", handover.overview)
    add(f"{PLACE}/handover/<int:district_id>", "handover_sheet", handover.sheet_page)
    add(f"{PLACE}/handover/<int:district_id>/sheet.pdf", "handover_pdf", handover.sheet_pdf)
