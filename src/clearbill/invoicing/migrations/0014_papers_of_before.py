"""Invoices, credit notes and receipts of before are kept as they stand now; what was given out until then is not known."""

from decimal import Decimal
from itertools import chain, islice

from django.db import migrations

from clearbill import documents
from clearbill.bill import dates, insurers

AT_ONCE = 500


def keep(apps, schema_editor):
    alias = schema_editor.connection.alias
    paper = apps.get_model("billing", "IssuedPaper")
    papers = chain(_invoices(apps, alias), _credit_notes(apps, alias), _receipts(apps, alias))
    while some := [paper(is_kept_late=True, **one) for one in islice(papers, AT_ONCE)]:
        paper.objects.using(alias).bulk_create(some)


def _invoices(apps, alias):
    rows = apps.get_model("billing", "Invoice").objects.using(alias)
    rows = rows.select_related("practice", "client", "practitioner", "site", "share_of", "policy", "authorisation")
    rows = rows.prefetch_related("lines", "client__policies__authorisations").order_by("pk")
    for row in rows.iterator(chunk_size=AT_ONCE):
        lines = tuple(
            documents.Line(
                on=line.treated_on,
                description=line.description,
                code=line.item_code,
                units=line.units,
                price=line.unit_price,
                discount=line.discount,
                vat_rate=line.vat_rate,
                vat=line.vat,
                amount=line.gross - line.discount,
            )
            for line in sorted(row.lines.all(), key=lambda one: (one.position, one.pk))
        )
        told = documents.Invoice(
            number=row.number,
            issued_on=row.issued_on,
            to=_billed_to(row),
            client=_treated(row),
            facts=_facts(row),
            lines=lines,
            paid_before=row.patient_paid,
            total=row.net_total,
            note=row.note,
        )
        page = documents.invoice_page(_sender(row.practice), told)
        yield _paper(row.practice_id, "invoice", row.pk, f"invoice-{row.number}", row.issued_on, page)


def _credit_notes(apps, alias):
    rows = apps.get_model("billing", "CreditNote").objects.using(alias)
    rows = rows.select_related("practice", "invoice__client").prefetch_related("lines__line").order_by("pk")
    for row in rows.iterator(chunk_size=AT_ONCE):
        lines = tuple(
            documents.CreditedLine(
                description=f"{part.line.description}, {dates.show(part.line.treated_on)}",
                vat_rate=part.line.vat_rate,
                vat=part.vat,
                amount=part.amount - part.vat,
            )
            for part in sorted(row.lines.all(), key=lambda one: (one.line.position, one.pk))
        )
        told = documents.CreditNote(
            number=row.number,
            issued_on=row.issued_on,
            invoice_number=row.invoice.number,
            invoiced_on=row.invoice.issued_on,
            to=_billed_to(row.invoice),
            client=_treated(row.invoice),
            lines=lines,
            reason=row.reason,
        )
        page = documents.credit_note_page(_sender(row.practice), told)
        yield _paper(row.practice_id, "credit note", row.pk, f"credit-note-{row.number}", row.issued_on, page)


def _receipts(apps, alias):
    """Of each payment of a patient that was not taken back; it says how its invoice stands today."""
    today = dates.today()
    rows = apps.get_model("billing", "LedgerEntry").objects.using(alias)
    rows = rows.filter(kind="paid", source="patient", takes_back=None, taken_back_by=None)
    rows = rows.select_related("practice", "invoice__client", "invoice__practitioner").order_by("pk")
    for entry in rows.iterator(chunk_size=AT_ONCE):
        row = entry.invoice
        told = documents.Receipt(
            invoice_number=row.number,
            invoiced_on=row.issued_on,
            received_on=entry.on,
            amount=entry.amount,
            reference=entry.reference,
            to=_address(row.client),
            facts=_filled(_treated_by(row.practitioner)),
            total=row.net_total,
            open=Decimal("0.00") if row.voided_at else row.open_total,
            as_of=today,
        )
        page = documents.receipt_page(_sender(entry.practice), told)
        yield _paper(entry.practice_id, "receipt", entry.pk, f"receipt-{row.number}-{entry.pk}", today, page)


def _paper(practice_id, kind, subject_id, name, issued_on, page):
    return {
        "practice_id": practice_id,
        "kind": kind,
        "subject_id": str(subject_id),
        "name": f"{name}.pdf",
        "issued_on": issued_on,
        "page": documents.to_json(page),
    }


def _sender(practice):
    return documents.Sender(
        name=practice.name,
        address=_lines(practice),
        phone=practice.phone,
        email=practice.email,
        vat_number=practice.vat_number,
        account_name=practice.account_name,
        sort_code=practice.sort_code,
        account_number=practice.account_number,
        footer=practice.footer,
    )


def _lines(of):
    return tuple(line for line in (of.address_1, of.address_2, of.address_3, of.address_4, of.postcode) if line)


def _address(client):
    name = " ".join(part for part in (client.title, client.first_name, client.last_name) if part)
    return (name, *_lines(client))


def _billed_to(row):
    return (insurers.name_of(row.insurer_slug),) if row.insurer_slug else _address(row.client)


def _treated(row):
    if not row.insurer_slug:
        return ()
    born = [f"Born {dates.show(row.client.birth_date)}"] if row.client.birth_date else []
    return (*_address(row.client), *born)


def _facts(row):
    policy = _policy(row) if row.insurer_slug else None
    authorisation = _authorisation(row, policy) if policy else None
    return _filled(
        (
            *_treated_by(row.practitioner),
            ("Site", row.site.name if row.site else ""),
            ("Client number", row.client.number),
            ("Membership Number", policy.membership_number if policy else ""),
            ("Authorisation", authorisation.code if authorisation else ""),
            ("Share of invoice", row.share_of.number if row.share_of else ""),
        )
    )


def _treated_by(one):
    number = one.registration_number
    return ("Practitioner", one.name), ("Registration", f"{one.registration_body} {number}".strip() if number else "")


def _filled(facts):
    return tuple((name, value) for name, value in facts if value)


def _policy(row):
    """What was chosen, else the one policy with this insurer that was valid on every day of treatment."""
    if row.policy and row.policy.insurer_slug == row.insurer_slug and not row.policy.entered_in_error:
        return row.policy
    there = [one for one in row.client.policies.all() if one.insurer_slug == row.insurer_slug]
    found = set()
    for line in row.lines.all():
        valid = [one for one in there if _is_valid_on(one, line.treated_on)]
        valid = [one for one in valid if one.is_primary] or valid
        found.add(valid[0] if len(valid) == 1 else None)
    return found.pop() if len(found) == 1 else None


def _authorisation(row, policy):
    """What was chosen, else the one authorisation under the policy that covers every line."""
    chosen = row.authorisation
    if chosen and chosen.policy_id == policy.pk and not chosen.entered_in_error:
        return chosen
    there = next((one for one in row.client.policies.all() if one.pk == policy.pk), policy).authorisations.all()
    found = set()
    for line in row.lines.all():
        fits = [one for one in there if _is_valid_on(one, line.treated_on) and _covers(one, line.item_code)]
        found.add(fits[0] if len(fits) == 1 else None)
    return found.pop() if len(found) == 1 else None


def _covers(one, item_code):
    return not one.codes or item_code in [code.strip() for code in one.codes.split(",")]


def _is_valid_on(one, day):
    begun = one.valid_from is None or one.valid_from <= day
    return begun and (one.valid_to is None or day <= one.valid_to) and not one.entered_in_error


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0013_issued_papers'),
        ('clients', '0009_numbers_in_capitals'),
        ('people', '0005_visits_beyond_cover'),
        ('practice', '0003_names'),
    ]

    operations = [
        migrations.RunPython(keep, migrations.RunPython.noop),
    ]
