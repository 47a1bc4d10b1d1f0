"""Property: of the next 300 damaged files each is refused in words, or plays on both engines alike."""

from tests.fuzz.fuzz import alone, judge


def test_damaged_files_are_refused_or_play() -> None:
    judge(alone(range(300, 520)))
