"""Evidence: unit. The small BibTeX reader and its citations."""

import pytest

from simulator.bibliography import cite, keys, parse


def test_citations_are_one_line():
    assert cite("thall1994") == (
        "Thall and Simon (1994), Practical Bayesian guidelines for phase IIB clinical trials, "
        "Biometrics 50(2):337-349"
    )
    assert cite("hong2013").startswith("Hong (2013), On computing the distribution function for the Poisson")
    assert "Computational Statistics & Data Analysis 59:41-51" in cite("hong2013")
    assert cite("geller2003").startswith("Geller et al. (2003), Design of early trials")
    assert cite("list2006").startswith("List et al. (2006), Lenalidomide")
    assert all("\n" not in cite(key) and "{" not in cite(key) for key in keys())


def test_an_unknown_key_names_the_known_ones():
    with pytest.raises(ValueError, match=r"no source 'geller2004'.*geller2003.*wilson1927"):
        cite("geller2004")


def test_fields_keep_nested_text_without_braces():
    entry = parse("note\n@misc{k, Title = {A {Bayesian}\n  word}, year = 2001,\n}\n")
    assert entry == {"k": {"title": "A Bayesian word", "year": "2001"}}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("\n@misc{k, title = {open", "refs.bib:2"),
        ('@misc{k,\n title = "quotes"}', "refs.bib:1"),
        ("@misc{k, year = 1}\n\n@misc{k, year = 2}", "refs.bib:3: the key k is there already"),
        ("@string{x = {y}}", "refs.bib:1"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text, place):
    with pytest.raises(ValueError, match=place):
        parse(text)
