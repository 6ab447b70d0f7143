"""The names of columns by which practice systems call what is known of an appointment, and words for what became of it.

Public sources, read on 1 Dec 2026: the fields of an individual appointment at Cliniko (docs.api.cliniko.com), such as
starts_at, patient_name, did_not_arrive and cancelled_at, and RFC 5545 for calendars (iCal). No other system was found
to publish names: those here are the ones that such lists usually have, and what is not known is asked.
"""

from __future__ import annotations

from clearbill.fileformats.columns import plain_name
from clearbill.fileformats.practice_systems.appointment_row import BOOKED, CANCELLED, COMPLETED, MISSED
from clearbill.fileformats.practice_systems.client_columns import CLIENT_COLUMNS, column

APPOINTMENT_COLUMNS = {
    "source_key": column(
        "the other system’s number of the appointment",
        "appointment id, appointment number, appointment no, appointment reference, booking id, booking number,"
        "booking reference, visit id, event id, uid",
        "id, reference, ref, key",
        matters=False,
    ),
    "client_key": column(
        "the other system’s number of the client",
        "patient id, client id, patient number, client number, patient no, client no, patient reference,"
        "client reference, patient ref, client ref, patient key, chart number, file number",
    ),
    "full_name": column(
        "the name of the client",
        "patient name, client name, full name, patient full name, client full name",
        "patient, client, name, attendee, customer, summary, subject, title",
        matters=False,
    ),
    "first_name": CLIENT_COLUMNS["first_name"],
    "last_name": CLIENT_COLUMNS["last_name"],
    "birth_date": CLIENT_COLUMNS["birth_date"],
    "email": CLIENT_COLUMNS["email"],
    "phone": column(
        "the telephone of the client",
        "mobile, mobile phone, mobile number, phone, phone number, telephone, patient phone, client phone,"
        "patient mobile, client mobile",
        matters=False,
    ),
    "starts": column(
        "the day of the appointment, or its start",
        "starts at, starts, start date, start date time, start datetime, appointment date, appointment start,"
        "appointment date time, booking date, visit date, date of appointment, date and time, appointment start time",
        "date, start, day, when, from, datetime, time and date, scheduled for",
    ),
    "start_time": column(
        "the time at which it begins",
        "start time, time, appointment time, booking time, time from, time of appointment, starts time, begins",
        matters=False,
    ),
    "ends": column(
        "the end of the appointment",
        "ends at, ends, end date, end date time, end datetime, appointment end, appointment end time, end time,"
        "finish time, time to, finishes",
        "end, to, until, finish",
        matters=False,
    ),
    "minutes": column(
        "the length in minutes",
        "duration, duration minutes, duration in minutes, duration mins, length, length minutes, minutes, mins,"
        "appointment duration, appointment length",
        matters=False,
    ),
    "practitioner": column(
        "the practitioner",
        "practitioner, practitioner name, clinician, clinician name, therapist, therapist name, provider,"
        "provider name, staff, staff member, staff name, doctor, consultant, physio, physiotherapist, treated by, with",
        "calendar, diary, resource, organizer, organiser, user, employee",
        matters=False,
    ),
    "service": column(
        "the service",
        "service, service name, appointment type, appointment type name, treatment, treatment name, treatment type,"
        "visit type, booking type, session type, type of appointment",
        "type, item, reason, categories, category, product",
        matters=False,
    ),
    "site": column(
        "the site",
        "site, site name, location, location name, clinic, clinic name, business, business name, branch, practice,"
        "room, place",
        matters=False,
    ),
    "status": column(
        "what became of it",
        "status, appointment status, booking status, attendance, attendance status, outcome, visit status",
        "state",
        matters=False,
    ),
    "cancelled": column(
        "whether it was cancelled",
        "cancelled, canceled, cancelled at, canceled at, is cancelled, cancellation date, cancellation time,"
        "date cancelled, cancelled on",
        matters=False,
    ),
    "missed": column(
        "whether the client did not attend",
        "did not arrive, did not attend, dna, no show, missed, is dna, failed to attend",
        matters=False,
    ),
    "arrived": column(
        "whether the client came",
        "patient arrived, client arrived, arrived, attended, checked in, has arrived, arrived at, showed",
        matters=False,
    ),
    "all_day": column("whether it is an entry for the whole day", "all day, all day event, is all day", matters=False),
    "invoice_number": column(
        "the number of its invoice there",
        "invoice number, invoice no, invoice, invoice id, invoice ref, invoice reference, billed on invoice",
        matters=False,
    ),
    "note": column(
        "the note",
        "note, notes, appointment note, appointment notes, booking notes, comments, comment, description",
        matters=False,
    ),
}

_WORDS = {
    BOOKED: "booked, confirmed, scheduled, pending, tentative, unconfirmed, not confirmed, active, new, upcoming,"
    "planned, reserved, reminded, requested, open, to be confirmed",
    COMPLETED: "completed, complete, attended, arrived, checked in, checked out, done, seen, fulfilled, finished,"
    "showed, treated, departed, present, occurred, closed, invoiced, billed, paid, yes",
    CANCELLED: "cancelled, canceled, cancelled by patient, cancelled by client, cancelled by practice,"
    "cancelled by clinic, cancelled by practitioner, late cancellation, late cancel, cancelled late,"
    "short notice cancellation, cancellation, deleted, archived",
    MISSED: "did not attend, did not arrive, dna, no show, noshow, missed, failed to attend, fta, absent, not attended,"
    "unattended, missed appointment",
}

STATUS_WORDS = {plain_name(word): status for status, words in _WORDS.items() for word in words.split(",")}
"""By a word for what became of an appointment, without blanks and in small letters."""

APPOINTMENT_TEMPLATE = {
    "Appointment ID": ("5001", "The number of the visit where you come from. A newer file is compared by it."),
    "Client ID": ("1001", "As in the list of clients that you imported, or the number here, such as P-00001."),
    "First name": ("Testa", "Name and date of birth find the client where there is no number."),
    "Last name": ("Sample", ""),
    "Date of birth": ("12 Apr 1985", ""),
    "E-mail": ("testa@example.org", ""),
    "Date": ("23 Nov 2026", "Such as 23 Nov 2026, 23/11/2026 or 2026-11-23."),
    "Start time": ("09:30", "UK time, such as 09:30 or 9.30 am."),
    "End time": ("10:15", "Or the length in minutes. With neither, as long as the service usually takes."),
    "Minutes": ("", ""),
    "Practitioner": ("Rosa Therapist", "You say once for each name who it is here."),
    "Service": ("First visit", "You say once for each name what it is here."),
    "Site": ("", ""),
    "Status": ("Booked", "Booked, attended, cancelled or did not attend."),
    "Invoice number": ("", "Of a visit that was invoiced where you come from: it is not invoiced again here."),
    "Note": ("", ""),
}
"""The columns of the template to fill in: an invented example of each, and what is to be known about it."""
