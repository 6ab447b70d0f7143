"""A bill that passes, to start from. Everybody in it is invented."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from clearbill.bill.bill import Bill, Cover, Diagnosis, Episode, Line, Patient, Providers, Sender, Totals
from clearbill.bill.insurers import Insurer

_SENDER = Sender(
    site_id="HC0TEST",
    ws_user_id="sample-user",
    requestor_trans_id="a1b2c3d4e5f60718293a4b5c",
    message_status="Test",
)

_PATIENT = Patient(
    patient_last_name="Sample",
    patient_first_name="Testa",
    patient_other_initials="Quill",
    patient_title="Ms",
    patient_birth_date=date(1985, 4, 12),
    patient_sex="F",
    patient_address_1="1 Invented Street",
    patient_address_2="Nowhere",
    patient_postcode="ZZ1 1ZZ",
    provider_patient_id="P-00042",
)


def example(insurer: Insurer, on: date) -> Bill:
    """Return a bill of two physiotherapy sessions in the fortnight before `on` that passes every check for `insurer`.

    Where the insurer's identifier is not known, `insurer_id` is "" and the bill blocks on that alone. Service and
    procedure codes are invented: no insurer takes them.
    """
    return Bill(
        insurer_id=insurer.healthcode_id,
        invoice_number="CB10042",
        invoice_date=on,
        claim_source="Consultant",
        sender=_SENDER,
        patient=_PATIENT,
        cover=Cover(registration_number=insurer.membership.example, authorisation_code=insurer.authorisation.example),
        providers=Providers(
            payee_provider_number="TP000001",
            controlling_specialist_number="TP000002",
            treating_site_number="TL000001",
        ),
        episode=Episode(episode_setting="O", episode_type="5"),
        diagnoses=(Diagnosis(code="M54.5", scheme="ICD10", description="Low back pain", is_primary=True),),
        lines=(
            _session(1, "ZPHY01 Z9911", "Physiotherapy, first visit", on - timedelta(days=9), Decimal("70.00")),
            _session(2, "ZPHY02 Z9912", "Physiotherapy, follow-up", on - timedelta(days=2), Decimal("55.00")),
        ),
        totals=Totals(
            gross_total=Decimal("125.00"),
            discount_total=Decimal("0.00"),
            vat_total=Decimal("0.00"),
            patient_paid_amount=Decimal("0.00"),
            net_total=Decimal("125.00"),
        ),
    )


def _session(line_no: int, codes: str, description: str, day: date, price: Decimal) -> Line:
    service_code, procedure_code = codes.split()
    return Line(
        line_no=line_no,
        service_code=service_code,
        procedure_code=procedure_code,
        description=description,
        first_date_of_service=day,
        last_date_of_service=day,
        units=1,
        service_provider_number="TP000002",
        service_provider_profession="Physiotherapist",
        gross_amount=price,
        discount_amount=Decimal("0.00"),
        vat_amount=Decimal("0.00"),
        net_amount=price,
    )
