"""What a model is sent."""

from lib.policy.prompt import PREAMBLE, messages, messages_hash, system_prompt

TURN = {"role": "user", "content": "May I record a call?"}


def test_the_system_prompt_is_a_preamble_and_the_policys_text() -> None:
    assert system_prompt("# A\n\n- Be kind. [always]\n") == f"{PREAMBLE}\n\nPolicy:\n\n# A\n\n- Be kind. [always]"


def test_empty_list_items_and_windows_line_ends_do_not_reach_the_model() -> None:
    assert system_prompt("\ufeff- one\r\n-\r\n- two\r\n") == system_prompt("- one\n- two")


def test_the_baseline_has_no_system_message() -> None:
    assert messages(None, [TURN]) == [TURN]
    assert [message["role"] for message in messages("- one", [TURN])] == ["system", "user"]


def test_a_policy_without_rules_still_has_a_system_message() -> None:
    assert "no rules yet" in messages("", [TURN])[0]["content"]


def test_the_hash_depends_on_the_messages_alone() -> None:
    same = [{"content": TURN["content"], "role": "user"}]
    assert messages_hash([TURN]) == messages_hash(same)
    assert messages_hash([TURN]) != messages_hash(messages("- one", [TURN]))
    assert len(messages_hash([])) == 64
