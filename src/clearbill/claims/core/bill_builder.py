"""Build a bill from the invoice, the client and their cover, the providers and their numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Prefetch

from clearbill.bill import Bill, Diagnosis, Episode, Line, Patient, Providers, Totals
from clearbill.bill import Cover as BillCover
from clearbill.bill.insurers import bare, by_slug
from clearbill.bill.json_codec import from_json
from clearbill.claims.models import Claim
from clearbill.clients.models import Client
from clearbill.invoicing import cover as invoice_cover
from clearbill.invoicing.cover import InvoiceCover
from clearbill.invoicing.models import Invoice, InvoiceLine
from clearbill.workspace import provider_numbers
from clearbill.workspace.models import Practitioner, Site
from clearbill.workspace.provider_numbers import PayeeChoice, PractitionerChoice

EPISODE_TYPES = {"I": "3", "D": "2", "O": "5"}


def read_invoice(invoice_id: UUID) -> Invoice:
    """Return the invoice as it stands now with everything that its bill is built of, read together."""
    heads = ("practice", "client", "policy", "authorisation", "practitioner__site", "practitioner__payee", "site")
    rows = Invoice.objects.select_related(*heads).prefetch_related(
        Prefetch("lines", InvoiceLine.objects.select_related("appointment")),
        "practitioner__numbers",
        "client__diagnoses",
        "client__policies__authorisations",
    )
    return rows.get(pk=invoice_id)


def build_bill(invoice: Invoice, *, on: date) -> tuple[Bill, PayeeChoice, PractitionerChoice]:
    """Return the bill for an invoice, from `read_invoice`, and who is paid and in charge, each with the reason.

    `on` is the UK date of today: an invoice is billed under that date at the latest. Nothing is checked here.
    """
    practice, slug, site = invoice.practice, invoice.insurer_slug, treating_site(invoice)
    payee = provider_numbers.payee_for(practice, invoice.practitioner, slug)
    setting = provider_numbers.insurer_setting(practice, slug)
    specialist = provider_numbers.chosen_specialist(setting, invoice.practitioner, slug, site)
    rows = list(invoice.lines.all())
    bill = Bill(
        insurer_id=provider_numbers.chosen_insurer_id(setting, by_slug(slug)),
        invoice_number=invoice.number,
        invoice_date=min(invoice.issued_on, on),
        patient=patient_of(invoice.client),
        cover=cover_section(invoice_cover.of_invoice(invoice)),
        providers=Providers(
            payee_provider_number=payee.number,
            controlling_specialist_number=specialist.number,
            treating_site_number=site.site_number if site else "",
        ),
        episode=_episode_of(rows),
        diagnoses=_diagnoses_of(invoice.client, setting.diagnosis_scheme if setting else "ICD10"),
        lines=tuple(_line(number, row, invoice, site) for number, row in enumerate(rows, 1)),
        totals=Totals(
            gross_total=invoice.gross_total,
            discount_total=invoice.discount_total or None,
            vat_total=invoice.vat_total or None,
            patient_paid_amount=invoice.patient_paid or None,
            net_total=invoice.net_total,
        ),
    )
    return bill, payee, specialist


def treating_site(invoice: Invoice) -> Site | None:
    """Return where the invoice's services were given: its own site, the practitioner's, or the practice's default."""
    return invoice.site or provider_numbers.usual_site(invoice.practitioner)


def rebuild_bill(claim: Claim, *, on: date) -> tuple[Bill, PayeeChoice, PractitionerChoice]:
    """Return the bill that collecting the claim's data on this UK day gives, with who is paid and in charge.

    The claim's invoice is read anew. What lives on the claim alone stays: the claim form, the note, and the date of
    a claim made in place of another.
    """
    claim.invoice = read_invoice(claim.invoice_id)
    bill, payee, specialist = build_bill(claim.invoice, on=on)
    kept = from_json(claim.bill)[0]
    bill = replace(bill, invoice_number=claim.number, claim_form=kept.claim_form, note=kept.note)
    return (replace(bill, invoice_date=kept.invoice_date) if claim.replaces_id else bill), payee, specialist


def patient_of(client: Client) -> Patient:
    """Return the client as the bill's patient."""
    return Patient(
        patient_last_name=client.last_name,
        patient_first_name=client.first_name,
        patient_other_initials=client.other_names,
        patient_title=client.title,
        patient_birth_date=client.birth_date,
        patient_sex=client.sex,
        patient_address_1=client.address_1,
        patient_address_2=client.address_2,
        patient_address_3=client.address_3,
        patient_address_4=client.address_4,
        patient_postcode=client.postcode,
        patient_country=client.country,
        provider_patient_id=client.number,
    )


def cover_section(covered: InvoiceCover) -> BillCover:
    """Return the bill's cover; what a person has to choose first is empty."""
    policy, authorisation = covered.policy, covered.authorisation
    if policy is None:
        return BillCover()
    section = BillCover(
        registration_number=bare(policy.membership_number),
        insurance_scheme=policy.scheme,
        group_number=policy.group_number,
        cover_valid_to=policy.valid_to,
    )
    if authorisation is None:
        return section
    return replace(
        section,
        authorisation_code=bare(authorisation.code),
        authorisation_from=authorisation.valid_from,
        authorisation_to=authorisation.valid_to,
    )


def _diagnoses_of(client: Client, scheme: str) -> tuple[Diagnosis, ...]:
    rows = [row for row in client.diagnoses.all() if row.scheme == scheme] or list(client.diagnoses.all())
    return tuple(
        Diagnosis(code=row.code, scheme=row.scheme, description=row.title, is_primary=place == 0)
        for place, row in enumerate(rows)
    )


def _episode_of(rows: Iterable[InvoiceLine]) -> Episode:
    """The episode is as heavy as its heaviest line: in-patient before day case before out-patient."""
    settings = {row.setting for row in rows}
    setting = next((one for one in ("I", "D", "O") if one in settings), "O")
    return Episode(episode_setting=setting, episode_type=EPISODE_TYPES[setting])


def _who_and_where(row: InvoiceLine, invoice: Invoice, site: Site | None) -> tuple[Practitioner, Site | None]:
    """Return who gave the service of a line, and where: its visit says it where that is not as the invoice has it."""
    visit = row.appointment
    if visit is None:
        return invoice.practitioner, site
    is_other = visit.practitioner_id != invoice.practitioner_id
    is_elsewhere = visit.site_id is not None and (site is None or visit.site_id != site.pk)
    return visit.practitioner if is_other else invoice.practitioner, visit.site if is_elsewhere else site


def _line(number: int, row: InvoiceLine, invoice: Invoice, site: Site | None) -> Line:
    practitioner, place = _who_and_where(row, invoice, site)
    provider = provider_numbers.practitioner_number(practitioner, invoice.insurer_slug, place)
    return Line(
        line_no=number,
        service_code=row.item_code,
        procedure_code=row.procedure_code,
        description=row.description,
        first_date_of_service=row.treated_on,
        last_date_of_service=row.treated_on,
        setting=row.setting,
        units=row.units,
        service_provider_number=provider.number,
        service_provider_name=practitioner.name,
        service_provider_profession=practitioner.profession,
        service_site_number=place.site_number if place and place != site else "",
        gross_amount=row.gross,
        discount_amount=row.discount or None,
        vat_rate=row.vat_rate if row.vat_rate > Decimal(0) else None,
        vat_amount=row.vat or None,
        net_amount=row.net,
    )
