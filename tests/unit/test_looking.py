from components.looking import LOOK_EVERY_S, look_every_s


def test_up_to_ninety_people_look_every_three_seconds() -> None:
    assert look_every_s(0) == look_every_s(90) == LOOK_EVERY_S == 3


def test_three_hundred_people_together_look_no_more_often_than_ninety_do() -> None:
    assert 300 / look_every_s(300) == 90 / look_every_s(90)
