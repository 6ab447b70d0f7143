from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearbill.clients.diagnosis import DiagnosisSearch, open_search
from clearbill.clients.diagnosis.lay_words import lay_phrases, read_lay_file


@pytest.fixture(scope="module")
def diagnoses() -> DiagnosisSearch:
    return open_search(None)


def first(diagnoses: DiagnosisSearch, text: str) -> str:
    return diagnoses.search(text)[0].code


def found(diagnoses: DiagnosisSearch, text: str) -> list[str]:
    return [match.code for match in diagnoses.search(text)]


@pytest.mark.parametrize("text", ["M75.0", "m75.0", "m750", " M 75 0", "M75-0", "M75.0 frozen shoulder", "M75.01"])
def test_a_code_is_found_in_any_spelling(diagnoses: DiagnosisSearch, text: str) -> None:
    assert first(diagnoses, text) == "M75.0"


def test_the_beginning_of_a_code_finds_the_codes_under_it(diagnoses: DiagnosisSearch) -> None:
    matches = diagnoses.search("M75", limit=20)
    assert matches[0].code == "M75"
    assert {match.code[:3] for match in matches} == {"M75"}
    assert len(matches) > 5


def test_a_match_carries_the_title_of_the_who_list(diagnoses: DiagnosisSearch) -> None:
    match = diagnoses.search("low back pain")[0]
    assert (match.code, match.title) == ("M54.5", "Low back pain")


def test_american_titles_are_never_shown(diagnoses: DiagnosisSearch) -> None:
    titles = [match.title for match in diagnoses.search("esophagitis", limit=10)]
    assert "Oesophagitis" in titles
    assert not [title for title in titles if "sophagitis" in title and "oesophagitis" not in title.lower()]


def test_the_synonyms_of_the_second_package_are_searched(diagnoses: DiagnosisSearch) -> None:
    assert first(diagnoses, "periarthritis of shoulder") == "M75.0"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("forzen shoulder", "M75.0"),
        ("frozen sholder", "M75.0"),
        ("frozn shoulder", "M75.0"),
        ("shoulder frozen", "M75.0"),
        ("froz should", "M75.0"),
        ("the frozen shoulder, left side", "M75.0"),
        ("FROZEN SHOULDER!!", "M75.0"),
        ("haemarthrosis", "M25.0"),
        ("hemarthrosis", "M25.0"),
        ("knees arthritis", "M17.9"),
    ],
)
def test_words_are_found_mistyped_unfinished_and_in_any_order(diagnoses: DiagnosisSearch, text: str, code: str) -> None:
    assert first(diagnoses, text) == code


@pytest.mark.parametrize(
    ("text", "code"), [("ACL", "S83.5"), ("PTSD", "F43.1"), ("OA hip", "M16.9"), ("DVT", "I80.2"), ("TIA", "G45.9")]
)
def test_abbreviations_are_understood(diagnoses: DiagnosisSearch, text: str, code: str) -> None:
    assert first(diagnoses, text) == code


def test_a_part_of_the_body_decides_between_like_injuries(diagnoses: DiagnosisSearch) -> None:
    assert first(diagnoses, "broken wrist") == "S52.5"
    assert first(diagnoses, "broken toe") == "S92.5"
    assert first(diagnoses, "twisted ankle") == "S93.4"


def test_a_code_that_can_be_billed_comes_before_its_heading(diagnoses: DiagnosisSearch) -> None:
    codes = found(diagnoses, "asthma")
    assert codes[0] == "J45.9"


def test_few_matches_are_followed_by_the_codes_beside_the_best(diagnoses: DiagnosisSearch) -> None:
    codes = found(diagnoses, "agoraphobia")
    assert codes[0] == "F40.0"
    assert len(codes) == 5
    assert {code[:3] for code in codes} == {"F40"}


def test_a_code_typed_whole_stands_alone(diagnoses: DiagnosisSearch) -> None:
    assert found(diagnoses, "M54.5") == ["M54.5"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("bi polar", "F31.9"),
        ("pre diabetes", "R73.0"),
        ("lowback pain", "M54.5"),
        ("water infetion", "N39.0"),
        ("high blood presure", "I10"),
    ],
)
def test_words_are_found_with_a_space_or_a_letter_wrong(diagnoses: DiagnosisSearch, text: str, code: str) -> None:
    assert first(diagnoses, text) == code


def test_a_word_that_is_usually_skipped_counts_where_it_stands_alone(diagnoses: DiagnosisSearch) -> None:
    assert first(diagnoses, "AS") == "M45"
    assert first(diagnoses, "did") == "F44.8"
    assert first(diagnoses, "he did his back in") == first(diagnoses, "back")


@pytest.mark.parametrize("text", ["", "   ", "...", "🦵🦵", "ألم في الركبة", "膝盖", "\x00", "the of and"])
def test_a_text_that_says_nothing_finds_nothing(diagnoses: DiagnosisSearch, text: str) -> None:
    assert diagnoses.search(text) == []


def test_signs_beside_words_do_no_harm(diagnoses: DiagnosisSearch) -> None:
    assert first(diagnoses, "🦵 knee‏ pain 🦵") == "M25.5"


def test_only_the_beginning_of_a_very_long_text_is_read(diagnoses: DiagnosisSearch) -> None:
    assert diagnoses.search("frozen shoulder " + "x" * 5000) == diagnoses.search("frozen shoulder " + "x" * 300)


@pytest.mark.parametrize(("limit", "count"), [(-3, 1), (0, 1), (1, 1), (3, 3), (10_000, 50)])
def test_the_limit_is_kept_within_bounds(diagnoses: DiagnosisSearch, limit: int, count: int) -> None:
    assert len(diagnoses.search("fracture", limit=limit)) == count


def test_no_code_is_shown_twice(diagnoses: DiagnosisSearch) -> None:
    codes = [match.code for match in diagnoses.search("pain", limit=50)]
    assert len(codes) == len(set(codes))


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_no_text_makes_the_search_fail(diagnoses: DiagnosisSearch, text: str) -> None:
    for match in diagnoses.search(text):
        assert diagnoses.title_of(match.code) == match.title
    diagnoses.title_of(text)


@given(
    st.lists(st.sampled_from(["pain", "knee", "not", "brokn", "m54", "5", "'", "-", "œdema", "shou", "ß"]), max_size=60)
)
@settings(max_examples=100, deadline=None)
def test_no_mix_of_words_makes_the_search_fail(diagnoses: DiagnosisSearch, words: list[str]) -> None:
    assert len(diagnoses.search(" ".join(words))) <= 5


def test_titles_are_known_by_code_in_any_spelling(diagnoses: DiagnosisSearch) -> None:
    assert diagnoses.title_of("m545") == diagnoses.title_of("M54.5") == "Low back pain"
    assert diagnoses.title_of("M54.55") is None
    assert diagnoses.title_of("") is None


def test_every_code_of_the_lay_words_is_in_the_list(diagnoses: DiagnosisSearch) -> None:
    lay_file = read_lay_file()
    codes = {code for _, codes in lay_phrases(lay_file) for code in codes} | set(lay_file["common"]["codes"])
    assert sorted(code for code in codes if diagnoses.title_of(code) is None) == []
