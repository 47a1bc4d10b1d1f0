"""docs/what-ifs.md prints what its commands print."""

from tests.what_ifs import PAGE, QUESTION, page


def test_every_answer_is_what_its_command_prints() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(QUESTION.findall(text)) == text.count("```sh") >= 2
    assert page(text) == text, "docs/what-ifs.md is behind: python -m tests.what_ifs"


def test_a_changed_answer_is_found() -> None:
    text = PAGE.read_text(encoding="utf-8")
    question = QUESTION.search(text)
    assert question
    changed = question[0].replace("P(stop), %", "P(stop)")
    assert changed != question[0]
    assert page(changed) == question[0]
