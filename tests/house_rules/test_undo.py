"""Undo looks as hard as doing: every undo in the product has its do, and a test that shows what it refuses or keeps.

Whoever adds one names both here, so that the question is asked.
"""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest
from django.urls import get_resolver

from clearbill.web.calendar.appointment import STEPS

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "clearbill"
DOMAIN = ("people", "workspace", "clients", "appointments", "invoicing", "claims", "money", "imports", "exports")

UNDOES = re.compile(
    r"(?:^|[_-])(?:undo|restore|reopen|reverse|revert|unarchive|unignore|deallocate|release|bring[_-]back|take[_-]back"
    r"|unmark|withdraw|again|delete|cancel|void|stop|remove|disconnect|rebuild|set_active|take-out|take[_-]apart|drop|not-usual)(?:[_-]|$)"
)

TESTS = ROOT / "tests"

PAIRS: dict[str, tuple[str, str]] = {
    "people.invitations.withdraw": ("invite", "people/test_invitations.py::test_a_withdrawn_invitation_is_useless_and"),
    "people.audit.append_only.drop": (
        "create",
        "people/audit/test_chain.py::test_the_database_itself_refuses_to_change",
    ),
    "people.audit.chain.rebuild": (
        "append_next",
        "people/audit/test_chain.py::test_a_chain_that_is_cut_off_with_its_head_is_noticed_by_a_head_kept_elsewhere",
    ),
    "people.audit.heads_file.note_restore": (
        "append_next",
        "people/audit/test_chain.py::test_a_chain_that_is_cut_off_with_its_head_is_noticed_by_a_head_kept_elsewhere",
    ),
    "money.bank.account_merge.take_apart": (
        "merge",
        "money/bank/test_account_merge.py::test_a_merge_that_is_taken_apart_leaves_the_accounts_as_they_were",
    ),
    "workspace.code_list.delete": (
        "put",
        "workspace/test_code_list.py::test_the_list_is_deleted_after_a",
    ),
    "workspace.connection.disconnect": (
        "connect",
        "workspace/test_connection.py::test_disconnecting_deletes_the_keys_after_asking",
    ),
    "imports.codes.take_in.undo": (
        "take_in",
        "imports/codes/test_import.py::test_an_undone_file_leaves_the_list_as_it_was_before",
    ),
    "imports.prices.take_in.undo": (
        "take_in",
        "imports/prices/test_import.py::test_an_undone_file_withdraws_its_prices_and_what_they_ended_goes_on",
    ),
    "workspace.contract_prices.services.take_back": (
        "add_prices",
        "imports/prices/test_import.py::test_a_price_that_was_ended_since_stays_and_is_named",
    ),
    "workspace.contract_prices.services.withdraw": ("add", "workspace/contract_prices/test_services.py::test_a_mis"),
    "workspace.contract_prices.services.bring_back": (
        "add",
        "workspace/contract_prices/test_services.py::test_a_mistake_is_withdrawn_with_a_reason_and_brought_back",
    ),
    "workspace.cancellation_policies.take_back": (
        "save",
        "workspace/test_missed_visits.py::test_a_change_from_another_day_follows_and_is_taken_back",
    ),
    "workspace.service_rates.take_back": (
        "follow",
        "workspace/test_service_rates.py::test_a_change_that_is_taken_back_leaves_what_held_before",
    ),
    "invoicing.prices.rate_changes.take_back": (
        "change_service",
        "invoicing/prices/test_rate_changes.py::test_a_change_by_which_something_is_invoiced_is_not_taken_back",
    ),
    "workspace.payees.remove_exception": (
        "set_exception",
        "workspace/test_payees.py::test_an_exception_changes_who_is_paid_and_the_page",
    ),
    "workspace.defaults.set_active": (
        "save",
        "workspace/test_service_catalogue.py::test_a_service_is_deactivated_and_activated_again_w",
    ),
    "clients.services.unmark_as_two_people": (
        "mark_as_two_people",
        "web/clients/test_merge.py::test_two_records_marked_as_two_people_are_no_possible_doubles_until_the_mark_is",
    ),
    "clients.services.unarchive": ("create", "web/clients/test_archiving.py::test_a_client_with_a_namesake_is_brought"),
    "appointments.cancellation_charges.restore_charge": (
        "waive_charge",
        "invoicing/test_missed_visits.py::test_what_is_not_charged_keeps_the_reason_and_can_be_taken_back",
    ),
    "appointments.services.cancel": ("book", "appointments/test_services.py::test_an_invoiced_visit_is_neither_cance"),
    "appointments.services.reopen": ("book", "appointments/test_services.py::test_reopening_asks_as_booking_does_whe"),
    "invoicing.ledger.reverse_shortfalls": (
        "post_many",
        "invoicing/test_claimed_anew.py::test_what_is_written_off_is_no",
    ),
    "invoicing.ledger.restore_shortfalls": (
        "reverse_shortfalls",
        "invoicing/test_claimed_anew.py::test_what_was_short_is_not_short_again_once_it_is_paid",
    ),
    "invoicing.ledger.reverse": ("post", "invoicing/test_ledger.py::test_an_entry_is_taken_back_once"),
    "invoicing.payments.reverse_payment": (
        "record_payment",
        "invoicing/test_services.py::test_a_payment_can_be_taken_back_unless_it_came_in_one_of_the_insurer",
    ),
    "invoicing.services.void": ("create", "invoicing/test_services.py::test_a_void_needs_a_reason_and_no_claim_or"),
    "invoicing.services.restore": (
        "create",
        "invoicing/test_services.py::test_a_void_invoice_is_restored_only_where_it_could_be_made_as_it_is",
    ),
    "invoicing.client_merge.taking_apart.take_apart": (
        "invoicing.client_merge.services.merge",
        "invoicing/client_merge/test_taking_apart.py::test_an_invoice_for_visits_of_both_stands_in_the_way",
    ),
    "claims.bulk.creation.stop": (
        "start",
        "claims/bulk/test_creation.py::test_a_stopped_creation_keeps_what_it_made_an",
    ),
    "claims.bulk.services.stop": (
        "start",
        "claims/bulk/test_services.py::test_a_stop_that_comes_too_late_changes_nothing",
    ),
    "claims.core.services.rebuild": (
        "create",
        "claims/core/cross_checks/test_agreement.py::test_a_claim_that_differs_is_not_subm",
    ),
    "claims.core.services.reopen": (
        "create",
        "claims/core/cross_checks/test_agreement.py::test_a_rejected_claim_of_an_invoice_that_is_billed_to_the_client_by_now_is",
    ),
    "claims.core.services.cancel": (
        "create_follow_on",
        "claims/core/test_services.py::test_cancelling_the_replacement_makes_the_earlier",
    ),
    "money.bank.auto_match.undo_group": (
        "create_matches",
        "money/bank/test_matching.py::test_undoing_works_though_the",
    ),
    "money.bank.manual_match.undo": (
        "match_payments",
        "money/bank/test_matching.py::test_several_payments_in_one_line_are",
    ),
    "money.bank.manual_match.reverse_payment": (
        "record_patient_payment",
        "money/bank/test_matching.py::test_a_payment_taken_back_on_its_invoice_leaves_its_line_to_be_explained_anew",
    ),
    "money.bank.manual_match.unignore_line": ("ignore_line", "web/money/bank/test_pages.py::test_lines_are_set_aside"),
    "money.bank.manual_match.delete_ignore_rule": (
        "ignore_line",
        "money/bank/test_matching.py::test_usual_lines_are_set_aside",
    ),
    "money.bank.manual_match.stop_expecting": ("expect_again", "money/bank/test_outstanding.py"),
    "money.bank.manual_match.expect_again": ("stop_expecting", "money/bank/test_outstanding.py"),
    "money.follow_up.services.undo_dismissal": ("dismiss", "money/follow_up/test_underpayments.py::test_letting_go"),
    "money.follow_up.services.delete_chase": ("record_chase", "web/money/follow_up/test_pages.py::test_a_late_claim"),
    "money.remittances.allocation.manual.deallocate": (
        "allocate",
        "money/remittances/test_two_payers.py::test_a_payment_of_a_claim_that_was_replaced_is_not_undone",
    ),
    "money.remittances.allocation.manual.unignore": ("ignore", "money/remittances/test_manual_allocation.py::test_wha"),
    "money.remittances.allocation.manual.revert_status": ("allocate", "money/remittances/test_two_payers.py::test_a_c"),
    "money.remittances.reversal.reverse_payment": (
        "invoicing.payments.record_payment",
        "money/remittances/test_two_payers.py::test_a_paid_claim_of_which_the_patients_payment_was_taken_back_waits",
    ),
    "money.remittances.void.void": ("money.remittances.store", "imports/test_undo.py::test_what_cannot_be_taken_out"),
    "money.shortfalls.holds.release": ("hold", "money/shortfalls/test_services.py::test_a_dispute_keeps_the_letter"),
    "money.shortfalls.manual_deductions.reverse_deduction": (
        "record_deduction",
        "money/shortfalls/test_services.py::test_a_deduction_that_is_taken_back_after_a_write_off_is_said_and_put",
    ),
    "money.shortfalls.services.undo_write_off": (
        "write_off",
        "money/shortfalls/test_services.py::test_a_write_off_undone_after_the_insurer_paid_it_does_not_fall_short",
    ),
    "imports.bank_statements.services.undo": (
        "commit",
        "imports/bank_statements/test_services.py::test_a_statement_of_which_a_person_settled_a_line_stays_until_that",
    ),
    "imports.remittance_files.services.reopen_file": ("commit", "imports/test_undo.py::test_a_payment_whose_match"),
    "clients.bulk_services.delete_many": (
        "create_many",
        "imports/clients/test_import.py::test_an_import_is_undone_as_if_it_had_never_been",
    ),
    "appointments.bulk_services.delete_many": (
        "create_many",
        "imports/appointments/test_import.py::test_an_import_is_undone_as_if_it_had_never_been",
    ),
    "imports.appointments.undo.undo": (
        "imports.appointments.take_in.take_in",
        "imports/appointments/test_import.py::test_a_visit_that_was_invoiced_or_changed_since_is_kept_and_named",
    ),
    "imports.invoices.take_in.undo": (
        "take_in",
        "imports/invoices/test_import.py::test_an_import_of_invoices_is_undone_but_for_those_in_use",
    ),
    "invoicing.ledger.delete_entries": (
        "post_many",
        "imports/invoices/test_import.py::test_an_import_of_invoices_is_undone_but_for_those_in_use",
    ),
    "invoicing.imported_invoices.services.delete_many": (
        "create_many",
        "imports/invoices/test_import.py::test_an_import_of_invoices_is_undone_but_for_those_in_use",
    ),
    "imports.clients.undo.undo": (
        "imports.clients.take_in.take_in",
        "imports/clients/test_import.py::test_a_client_in_use_is_kept_and_named",
    ),
    "imports.services.check_again": (
        "stop",
        "imports/clients/test_slices.py::test_a_stopped_import_keeps_what_it_took_in_and_goes_on_with_the_rest",
    ),
    "imports.services.drop": (
        "bring",
        "imports/clients/test_import.py::test_nothing_is_left_of_a_file_that_is_not_taken_in",
    ),
    "imports.services.stop": ("take_in", "imports/clients/test_slices.py::test_a_stop_that_comes_too_late_changes_n"),
    "imports.services.undo": (
        "take_in",
        "imports/clients/test_import.py::test_a_client_whom_a_newer_file_changed_stays_until_that_one_is_undone",
    ),
    "exports.jobs.remove": ("ask", "exports/test_jobs.py::test_a_file_is_downloaded_and_deleted_with_an_entry_each"),
    "imports.undo.void_remittance": ("money.remittances.store", "imports/test_undo.py::test_what_cannot_be_taken_out"),
}

"""Each undo of a service: what it undoes, of the same module where no other is named, and where a test holds it."""

PAGES = {
    "appointment-restore-charge": ("appointment-waive", "appointments.cancellation_charges.restore_charge"),
    "appointment-step": ("appointment-new", "appointments.services.reopen"),
    "bank-account-take-apart": ("bank-account-merge", "money.bank.account_merge.take_apart"),
    "bank-bring-back": ("bank-aside", "money.bank.manual_match.unignore_line"),
    "bank-expect-again": ("bank-excuse", "money.bank.manual_match.expect_again"),
    "bank-not-usual": ("bank-aside", "money.bank.manual_match.delete_ignore_rule"),
    "bank-take-out": ("bank-take-in", "imports.bank_statements.services.undo"),
    "bank-undo": ("bank-match", "money.bank.manual_match.undo"),
    "claim-cancel": ("claim-create", "claims.core.services.cancel"),
    "claims-batch-stop": ("claims-ready", "claims.bulk.services.stop"),
    "claims-creation-stop": ("claims-to-create", "claims.bulk.creation.stop"),
    "client-merge-take-apart": ("client-merge-review", "invoicing.client_merge.taking_apart.take_apart"),
    "client-two-people-unmark": ("client-two-people", "clients.services.unmark_as_two_people"),
    "client-unarchive": ("client-archive", "clients.services.unarchive"),
    "codes-delete": ("import-take-in", "workspace.code_list.delete"),
    "contract-price-bring-back": ("contract-price-new", "workspace.contract_prices.services.bring_back"),
    "contract-price-withdraw": ("contract-price-new", "workspace.contract_prices.services.withdraw"),
    "expected-chase-undo": ("expected-chase", "money.follow_up.services.delete_chase"),
    "expected-dismissal-undo": ("expected-dismiss", "money.follow_up.services.undo_dismissal"),
    "export-remove": ("export-new", "exports.jobs.remove"),
    "healthcode-disconnect": ("healthcode-connect", "workspace.connection.disconnect"),
    "import-drop": ("imports", "imports.services.drop"),
    "import-stop": ("import-take-in", "imports.services.stop"),
    "import-undo": ("import-take-in", "imports.services.undo"),
    "invitation-withdraw": ("user-invite", "people.invitations.withdraw"),
    "invoice-restore": ("invoice-new", "invoicing.services.restore"),
    "invoice-void": ("invoice-new", "invoicing.services.void"),
    "money-bring-back": ("money-set-aside", "money.remittances.allocation.manual.unignore"),
    "money-undo": ("money-match", "money.remittances.allocation.manual.deallocate"),
    "money-upload-drop": ("money-import", "imports.remittance_files.services.reopen_file"),
    "money-withdraw": ("money-type-in", "imports.undo.void_remittance"),
    "payee-exception-remove": ("payee-exception-add", "workspace.payees.remove_exception"),
    "payment-take-back": ("invoice-payment", "money.bank.manual_match.reverse_payment"),
    "shortfall-take-back": ("shortfall-note", "money.shortfalls.manual_deductions.reverse_deduction"),
    "missed-visits-take-back": ("missed-visits", "workspace.cancellation_policies.take_back"),
    "service-rate-take-back": ("service-edit", "invoicing.prices.rate_changes.take_back"),
    "shortfall-undo": ("shortfall-write-off", "money.shortfalls.services.undo_write_off"),
}

"""Each address that undoes: the address that does, and the service behind it."""


def _undoing_services() -> set[str]:
    found = set()
    for package in DOMAIN:
        for path in (SRC / package).rglob("*.py"):
            if "migrations" in path.parts or path.stem.endswith("queries"):
                continue
            module = ".".join(path.relative_to(SRC).with_suffix("").parts)
            found |= {
                f"{module}.{node.name}"
                for node in ast.parse(path.read_text()).body
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and UNDOES.search(node.name)
            }
    return found - {"claims.core.bill_builder.rebuild_bill"}


def _names() -> set[str]:
    return {name for name in get_resolver().reverse_dict if isinstance(name, str)}


def test_every_service_that_undoes_has_its_pair() -> None:
    assert _undoing_services() == set(PAIRS)


def test_every_address_that_undoes_has_its_pair() -> None:
    undoing = {name for name in _names() if UNDOES.search(name)}
    # Behind a passkey there is no service of ours: django-allauth keeps it.
    assert undoing - set(PAGES) == {"mfa_remove_webauthn"}
    assert set(STEPS) == {"complete", "miss", "cancel", "reopen", "invoice-here"}


@pytest.mark.parametrize("undo", PAIRS)
def test_both_of_a_pair_are_there_and_a_test_holds_them(undo: str) -> None:
    do, held_by = PAIRS[undo]
    module, _, name = undo.rpartition(".")
    assert hasattr(import_module(f"clearbill.{module}"), name)
    where, _, test = held_by.partition("::")
    assert (TESTS / where).exists()
    if test:
        assert f"def {test}" in (TESTS / where).read_text()
    else:
        assert any(re.search(rf"\b{name}\(", path.read_text()) for path in TESTS.rglob("test_*.py"))
    if "." in do:
        package, _, function = do.rpartition(".")
        assert (SRC / Path(*do.split("."))).with_suffix(".py").exists() or (
            hasattr(import_module(f"clearbill.{package}"), function)
        )
    else:
        assert hasattr(import_module(f"clearbill.{module}"), do), do


@pytest.mark.parametrize("address", PAGES)
def test_the_address_of_an_undo_leads_to_one_of_the_services(address: str) -> None:
    do, service = PAGES[address]
    assert {address, do} <= _names()
    assert service in PAIRS
