"""The table of a remittance's column names, and which of a file's columns is which of ours.

A name is compared in small letters, without blanks, points and other signs, and without “GBP” at its end. A name under
`sure` always means the column. A name under `perhaps` is taken where no sure one is there. Where two columns of a file
could be the same one of ours and it matters, a person is asked; nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from clearbill.fileformats.rows import Choice, Question, UnreadableFile


@dataclass(frozen=True, slots=True)
class Column:
    """One of our columns: how a question calls it, and the names by which it is known."""

    called: str
    sure: Collection[str]
    perhaps: Collection[str] = frozenset()
    # Whether a wrong choice would change an amount, a day or what a payment is matched by.
    matters: bool = True


def _column(called: str, sure: str, perhaps: str = "", *, matters: bool = True) -> Column:
    def names(listed: str) -> frozenset[str]:
        return frozenset(plain_name(name) for name in listed.split(",") if name.strip())

    return Column(called, names(sure), names(perhaps), matters)


def plain_name(name: str) -> str:
    """Return the name of a column as it is compared."""
    bare = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name[:200]).casefold())
    return bare.removesuffix("gbp") or bare


REMITTANCE_COLUMNS = {
    "invoice_number": _column(
        "the invoice number",
        "invoice number, invoice no, invoice num, invoice, inv no, inv number, inv, invoice ref, invoice reference,"
        "invoice id, provider invoice number, your invoice, your invoice number, your reference, bill number, bill no",
    ),
    "amount_paid": _column(
        "the amount paid",
        "amount paid, paid, paid amount, paid amt, amt paid, payment amount, amount settled, settled amount,"
        "benefit paid, net paid, total paid, paid to provider",
        "amount, value, payment, net amount, total",
    ),
    "amount_claimed": _column(
        "the amount claimed",
        "amount claimed, claimed, claimed amount, claim amount, claim amt, amount billed, billed, billed amount,"
        "amount invoiced, invoiced, invoice amount, invoice total, invoice value, amount charged, charged, charge",
    ),
    "previously_paid": _column(
        "what was paid before", "previously paid, prev paid amt, prev paid, paid before, paid previously"
    ),
    "shortfall": _column(
        "the shortfall",
        "shortfall, short, short amt, short amount, shortfall amount, amount short, deduction, deductions, deducted,"
        "amount deducted, not paid, unpaid",
    ),
    "reason": _column(
        "the reason",
        "reason, shortfall reason, deduction reason, remark, remarks, comment, comments, note, notes,explanation",
        "narrative, description",
        matters=False,
    ),
    "reason_code": _column(
        "the reason’s code",
        "reason code, shortfall code, shortfall reason code, deduction code, remark code, issc, issc code",
        matters=False,
    ),
    "payment_reference": _column(
        "the payment reference",
        "payment reference, payment ref, payment number, payment no, payment id, remittance number, remittance no,"
        "remittance reference, remittance ref, remittance id, remittance, bacs reference, bacs ref, cheque number,"
        "eft number",
    ),
    "paid_on": _column(
        "the day of the payment",
        "payment date, date paid, paid on, paid date, date of payment, settlement date, remittance date",
        "date",
    ),
    "patient_name": _column(
        "the patient", "patient, patient name, member name, client, client name, claimant", "name", matters=False
    ),
    "membership_number": _column(
        "the membership number",
        "membership number, membership no, membership, member number, member no, policy number, policy no,"
        "registration number, registration no",
        matters=False,
    ),
    "clearing_claim_number": _column(
        "the clearing house’s claim number",
        "ch claim no, ch claim number, clearing house claim number, clearing house’s claim number,"
        "healthcode claim number, healthcode bill number, clearing bill number",
    ),
    "payor_claim_number": _column(
        "the insurer’s claim number",
        "claim number, claim no, claim reference, claim ref, payor claim no, payor claim number, insurer claim number",
        matters=False,
    ),
    "insurer": _column("the insurer", "insurer, insurer name, insurance company, payor, payer", matters=False),
    "payee_number": _column(
        "the payee’s number", "provider no, provider number, payee number, payee no", matters=False
    ),
    "currency": _column("the currency", "currency, currency code, ccy"),
}


def our_name(name: str, ours: Mapping[str, Column]) -> str:
    """Return our column for one of theirs, "" where the name is not known."""
    bare = plain_name(name)
    return next((ours_is for ours_is, column in ours.items() if bare in column.sure or bare in column.perhaps), "")


def joined(text: str, more: str) -> str:
    """Return a text with another one after it, unless its words stand in the first already."""
    text, more = text.strip(), more.strip()
    is_said = f" {more.casefold()} " in f" {text.casefold()} "
    return text if is_said or not more else f"{text} {more}".lstrip()


@dataclass(slots=True)
class Assignment:
    """Which of the file's columns is which of ours: places counted from 0, and what a person must decide.

    Where several columns are read one after another as one of ours, `more` are those after the first.
    """

    names: Sequence[str]
    called: Mapping[str, Column]
    # The first records of the file, from which a person can tell the columns.
    sample: Sequence[Sequence[str]] = ()
    places: dict[str, int] = field(default_factory=dict)
    more: dict[str, list[int]] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    # Ours that were found by a name that only perhaps means them.
    perhaps: set[str] = field(default_factory=set)

    def cell(self, cells: Sequence[str], ours: str) -> str:
        """Return the cell of our column, "" where the file has no such column."""
        place = self.places.get(ours, -1)
        return cells[place] if 0 <= place < len(cells) else ""

    def texts(self, cells: Sequence[str]) -> dict[str, str]:
        """Return the text of each of our columns.

        Several columns stand one after another with a blank between; what an earlier one says already is not repeated.
        """
        texts = {ours: cells[place] for ours, place in self.places.items()}
        for ours, places in self.more.items():
            for place in places:
                texts[ours] = joined(texts[ours], cells[place])
        return texts

    def theirs(self) -> dict[str, str]:
        """Return our columns with the names of theirs."""
        return {
            ours: ", ".join(self.names[one] for one in [place, *self.more.get(ours, [])])
            for ours, place in self.places.items()
        }

    def ask(self, ours: str, sentence: str, places: Sequence[int] | None = None) -> None:
        """Ask for a column among these, or among all that are not taken."""
        among = places if places is not None else self.free()
        self.questions.append(Question(ours, sentence, tuple(self.choice(place) for place in among)))

    def choice(self, place: int) -> Choice:
        """Return the choice of a column, with the first cells that stand in it."""
        cells = [record[place] for record in self.sample if place < len(record) and record[place].strip()]
        return Choice(self.names[place], f"“{self.names[place]}”", tuple(cells))

    def ask_for_missing(self, ours: str) -> None:
        """Ask for a column that must be there, unless it is found or being asked for."""
        if ours not in self.places and all(question.field != ours for question in self.questions):
            self.ask(ours, f"No column is known to hold {self.called[ours].called}. Which one is it?")

    def take_answers(self, answers: Mapping[str, str | Sequence[str]]) -> None:
        """Take the columns that a person chose. Raises UnreadableFile for one that the file does not have."""
        for ours, chosen in answers.items():
            if ours in self.called and chosen:
                theirs = chosen if isinstance(chosen, list | tuple) else [chosen]
                self.places[ours], *more = [_place(self.names, str(one)) for one in theirs]
                if more:
                    self.more[ours] = more

    def free(self) -> list[int]:
        """Return the places that are none of ours."""
        taken = {*self.places.values(), *(place for places in self.more.values() for place in places)}
        return [place for place in range(len(self.names)) if place not in taken]


def assign(
    names: Sequence[str],
    ours: Mapping[str, Column],
    answers: Mapping[str, str | Sequence[str]],
    sample: Sequence[Sequence[str]] = (),
) -> Assignment:
    """Return which column is which, first by the answers, then by the names. `sample` are the first records.

    Raises UnreadableFile for a wrong answer.
    """
    found = Assignment(names, ours, sample)
    found.take_answers(answers)
    taken = set(range(len(names))) - set(found.free())
    bare = [plain_name(re.sub(r" \(column \d+\)$", "", name)) for name in names]
    for column, known in ours.items():
        if column in answers:
            continue
        sure = [place for place, name in enumerate(bare) if name in known.sure and place not in taken]
        perhaps = [place for place, name in enumerate(bare) if name in known.perhaps and place not in taken]
        candidates = sure or perhaps
        if len(candidates) > 1 and known.matters:
            found.ask(column, f"{len(candidates)} columns could be {known.called}. Which one is it?", candidates)
        elif candidates:
            found.places[column] = candidates[0]
            if not sure:
                found.perhaps.add(column)
    return found


def _place(names: Sequence[str], theirs: str) -> int:
    if theirs in names:
        return names.index(theirs)
    number = re.fullmatch(r"column (\d{1,3})", theirs, re.ASCII)
    if number and 1 <= int(number[1]) <= len(names):
        return int(number[1]) - 1
    raise UnreadableFile("A column was chosen that the file does not have. Choose one of its own.")
