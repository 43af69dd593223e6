from components.looking import LOOK_EVERY_S, look_every_s


def test_up_to_forty_five_people_look_every_three_seconds() -> None:
    assert look_every_s(0) == look_every_s(45) == LOOK_EVERY_S == 3


def test_three_hundred_people_together_look_no_more_often_than_forty_five_do() -> None:
    assert 300 / look_every_s(300) == 45 / look_every_s(45)
