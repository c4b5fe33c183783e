"""Follow-up questions, as they are searched for: dialogues, and what holds for all of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.conversation import MAX_CHARACTERS, standalone_query
from qa.questions import Question, Turn

SIGNED = "Japanese prime minister Sanae Takaichi and President Donald Trump signed it in Tokyo."
TOMAHAWK = ("How much is the Tomahawk deal worth?", "$1.6 billion.")
DEPOSIT = ("What did Japan find in 2018?", "A large rare-earth deposit off Minamitorishima.")


def asked(text: str, *said: str) -> Question:
    """A question after messages of the user and the assistant in turn."""
    return Question(text, tuple(Turn(("user", "assistant")[at % 2], text) for at, text in enumerate(said)))


DIALOGUES = [
    (
        (
            "Who is Karoline Leavitt?",
            "Press Secretary Karoline Leavitt of the White House named the Indo-Pacific Economic Framework.",
        ),
        "When was she appointed?",
        "When was Karoline Leavitt appointed?",
    ),
    (
        (
            "Who signed it?",
            "Sanae Takaichi signed for Japan.",
        ),
        "When did she take office?",
        "When did Sanae Takaichi take office?",
    ),
    (
        (
            "Who signed the agreement?",
            SIGNED,
        ),
        "When did she take office?",
        "When did Sanae Takaichi take office?",
    ),
    (
        (
            "Who is the White House press secretary?",
            "Karoline Leavitt.",
        ),
        "What did she say about the Quad?",
        "What did Karoline Leavitt say about the Quad?",
    ),
    (
        (
            "Who is the White House press secretary?",
            "Karoline Leavitt.",
        ),
        "What is her office?",
        "What is Karoline Leavitt's office?",
    ),
    (
        (
            "What did Trump say about Japan?",
            "He has a great respect of Japan.",
        ),
        "When did he say so?",
        "What did Trump say about Japan, and when did he say so?",
    ),
    (
        (
            "What did Trump say about Japan?",
            "He has a great respect of Japan.",
        ),
        "Where is he going next?",
        "Where is Trump going next?",
    ),
    (
        (
            "Who leads Japan?",
            "Takaichi.",
        ),
        "Who met her in Tokyo?",
        "Who met Takaichi in Tokyo?",
    ),
    (
        (
            "What is the Quad?",
            "A grouping of four countries.",
        ),
        "Who belongs to it?",
        "Who belongs to the Quad?",
    ),
    (
        (
            "What is the Mobile Software Competition Act?",
            "A Japanese law.",
        ),
        "When does it take effect?",
        "When does the Mobile Software Competition Act take effect?",
    ),
    ((*TOMAHAWK,), "When was it signed?", "When was the Tomahawk deal signed?"),
    (
        (*TOMAHAWK,),
        "When was that deal signed?",
        "How much is the Tomahawk deal worth, and when was that deal signed?",
    ),
    (
        (
            "How many Tomahawks will Japan receive?",
            "About 400.",
        ),
        "What are they worth?",
        "What are the Tomahawks worth?",
    ),
    (
        (
            "Which companies build SMRs?",
            "Westinghouse, GE Vernova and Hitachi.",
        ),
        "Where are they based?",
        "Where are Westinghouse, GE Vernova and Hitachi based?",
    ),
    (
        (
            "Which countries belong to the Quad?",
            "Australia, India, Japan and the United States.",
        ),
        "When did they first meet?",
        "When did Australia, India, Japan and the United States first meet?",
    ),
    (
        (
            "How much will Japan invest in the United States?",
            "$550 billion.",
        ),
        "What about Korea?",
        "How much will Korea invest in the United States?",
    ),
    (
        (
            "How much will Japan invest in the United States?",
            "$550 billion.",
        ),
        "And Korea?",
        "How much will Korea invest in the United States?",
    ),
    (
        (
            "How much did Japan spend on defense in 2009?",
            "1%.",
        ),
        "And in 2010?",
        "How much did Japan spend on defense in 2010?",
    ),
    (
        (
            "How much did Japan spend on defense in 2009?",
            "1%.",
        ),
        "2010?",
        "How much did Japan spend on defense in 2010?",
    ),
    (
        (
            "How much does Japan spend on defense?",
            "1% of GDP.",
        ),
        "And in 2010?",
        "How much does Japan spend on defense in 2010?",
    ),
    (
        (
            "How much did Japan spend in 2009?",
            "1%.",
            "And in 2010?",
            "2%.",
        ),
        "And 2011?",
        "How much did Japan spend in 2011?",
    ),
    (
        (
            "How much is Panasonic's program worth?",
            "Up to $15 billion.",
        ),
        "And Murata's?",
        "How much is Murata's program worth?",
    ),
    (
        (
            "How much is Panasonic's program worth?",
            "Up to $15 billion.",
            "And Murata's?",
            "Up to $15 billion.",
        ),
        "What about Fujikura?",
        "How much is Fujikura's program worth?",
    ),
    (
        (
            "Who signed the agreement in Tokyo?",
            "Trump and Takaichi.",
        ),
        "Who else?",
        "Who else signed the agreement in Tokyo?",
    ),
    (
        (
            "What did Japan promise?",
            "To invest $550 billion.",
        ),
        "What else?",
        "What else did Japan promise?",
    ),
    (
        (
            "Did China stop sending rare earths to Japan?",
            "Yes, in 2010.",
        ),
        "Why?",
        "Why did China stop sending rare earths to Japan?",
    ),
    (
        (
            "When did China stop sending rare earths?",
            "In 2010.",
        ),
        "And why?",
        "Why did China stop sending rare earths?",
    ),
    (
        (
            "What happened in 2010?",
            "China stopped sending rare earths to Japan.",
        ),
        "Why?",
        "Why is it that China stopped sending rare earths to Japan?",
    ),
    (
        (
            "What happened in 2010?",
            "China stopped sending rare earths to Japan.",
        ),
        "Why did that happen?",
        "Why is it that China stopped sending rare earths to Japan?",
    ),
    (
        (
            "Where does Trump go after Tokyo?",
            "He is due to meet Xi Jinping in Seoul.",
        ),
        "When is that?",
        "When is Trump due to meet Xi Jinping in Seoul?",
    ),
    (
        (
            "What is Tokyo's goal for defense spending?",
            "2% of GDP.",
        ),
        "By when?",
        "What is Tokyo's goal for defense spending, and by when?",
    ),
    (
        (
            "Who visited the troops?",
            "Trump spoke to service members.",
        ),
        "At which base?",
        "Who visited the troops, and at which base?",
    ),
    (
        (
            "How much does the American side commit?",
            "$120 billion.",
        ),
        "No, I meant the Japanese side.",
        "How much does the Japanese side commit?",
    ),
    (
        (
            "How much did Japan spend in 2009?",
            "1%.",
        ),
        "Sorry, I meant 2010.",
        "How much did Japan spend in 2010?",
    ),
    (
        (
            "Who leads Korea?",
            "Lee Jae-myung.",
        ),
        "I meant Japan",
        "Who leads Japan?",
    ),
    (
        (
            "Who leads Japan?",
            "Takaichi.",
        ),
        "No, I meant who leads the White House?",
        "Who leads the White House?",
    ),
    (
        (
            "Is the fertilizer plant on the list?",
            "Yes.",
        ),
        "And the copper smelter, how much is that?",
        "How much is the copper smelter?",
    ),
    (
        (
            "Is the fertilizer plant on the list?",
            "Yes.",
        ),
        "What about the copper smelter?",
        "Is the copper smelter on the list?",
    ),
    ((*TOMAHAWK,), "Which countries belong to the Quad?", "Which countries belong to the Quad?"),
    (
        (*TOMAHAWK,),
        "What is the name of the ship that Trump visited in Yokosuka?",
        "What is the name of the ship that Trump visited in Yokosuka?",
    ),
    (
        (*TOMAHAWK,),
        "Are there any conditions on the investment in American shipyards?",
        "Are there any conditions on the investment in American shipyards?",
    ),
    (
        (*TOMAHAWK,),
        "Did Takaichi say that she would visit Washington?",
        "Did Takaichi say that she would visit Washington?",
    ),
    (
        (*TOMAHAWK,),
        "Does the copper smelter have a partner, and where is it planned?",
        "Does the copper smelter have a partner, and where is it planned?",
    ),
    (
        (*TOMAHAWK,),
        "Is it true that Japan will buy soybeans from Iowa?",
        "Is it true that Japan will buy soybeans from Iowa?",
    ),
    (
        (*TOMAHAWK,),
        "What did China say there about rare earths in 2010?",
        "What did China say there about rare earths in 2010?",
    ),
    (
        (
            *DEPOSIT,
            "How deep is it?",
            "18,000 feet.",
        ),
        "Who estimated its size?",
        "Who estimated the size of the large rare-earth deposit off Minamitorishima?",
    ),
    (
        (
            *DEPOSIT,
            "How deep is it?",
            "18,000 feet.",
            "Who estimated its size?",
            "Science Adviser.",
        ),
        "When will it be mined?",
        "When will the large rare-earth deposit off Minamitorishima be mined?",
    ),
    (
        (
            "Who leads Japan?",
            "Sanae Takaichi.",
            "When did she take office?",
            "In October 2025.",
        ),
        "Who did she succeed?",
        "Who did Sanae Takaichi succeed?",
    ),
    (
        (
            "How much is Panasonic's program worth?",
            "Up to $15 billion.",
            "Which countries belong to the Quad?",
            "Australia, India, Japan and the United States.",
        ),
        "Why was it founded?",
        "Why was the Quad founded?",
    ),
    (
        (
            "how much is tdk's item worth",
            "$25 billion",
        ),
        "and fujikura's?",
        "How much is fujikura's item worth?",
    ),
    (
        (
            "Who signed?",
            "",
        ),
        "When?",
        "Who signed, and when?",
    ),
    (
        (
            "Who signed?",
            "",
        ),
        "hello",
        "hello",
    ),
    (
        (
            "Who signed the agreement?",
            "Trump.",
        ),
        "Thanks!",
        "Thanks!",
    ),
    (
        (
            "What is the boiling point of tungsten?",
            "",
        ),
        "How much is the Tomahawk deal worth?",
        "How much is the Tomahawk deal worth?",
    ),
    (
        (
            "Who leads Japan?",
            "Takaichi.",
        ),
        "What is his view on tariffs?",
        "What is Takaichi's view on tariffs?",
    ),
    (
        (
            "What did Xi Jinping tell reporters?",
            "Nothing.",
        ),
        "Which agreements did he sign?",
        "Which agreements did Xi Jinping sign?",
    ),
    (
        (
            "Which ports will be upgraded?",
            "Those in the South.",
        ),
        "How much does that cost?",
        "Which ports will be upgraded, and how much does that cost?",
    ),
    (
        (
            "What did Japan find in 2018?",
            "A large field of rare earths is discovered on the seabed off Minamitorishima.",
        ),
        "How deep is it?",
        "How deep is the large field of rare earths?",
    ),
    (
        (
            "What do the agreements say about missiles?",
            "Japan is to receive them, and its budget is to rise.",
        ),
        "Is it enough?",
        "What do the agreements say about missiles, and is it enough?",
    ),
    (
        (
            "Who linked the agreements to the Quad?",
            "Press secretary Karoline Leavitt said they strengthen the Quad.",
        ),
        "What is her office?",
        "What is Karoline Leavitt's office?",
    ),
    (
        (
            "Is there a deposit off Minamitorishima?",
            "Yes.",
        ),
        "When was it discovered?",
        "When was the deposit off Minamitorishima discovered?",
    ),
    (
        (
            "Which ports will be upgraded?",
            "Those in the South.",
        ),
        "Why would they be?",
        "Which ports will be upgraded, and why?",
    ),
    (
        (
            "What share of its rare earths does Japan get from China?",
            "60%.",
        ),
        "And before it took countermeasures?",
        "What share of its rare earths does Japan get from China, before it took countermeasures?",
    ),
    (
        (
            "What is China's share of rare-earth processing?",
            "Over 80%.",
        ),
        "And of lithium refining?",
        "What is China's share of lithium refining?",
    ),
    (
        (
            "How large are the Japanese commitments?",
            "$430 billion.",
        ),
        "No, I meant the U.S. federal incentives.",
        "How large are the U.S. federal incentives?",
    ),
]


@pytest.mark.parametrize(("said", "question", "query"), DIALOGUES)
def test_a_follow_up_is_searched_for_as_it_stands_alone(
    said: tuple[str, ...], question: str, query: str
) -> None:
    assert standalone_query(asked(question, *said)) == query
    assert standalone_query(asked(question)) == question  # without a history it is what it is


WORDS = (
    *("no", "I", "meant", "and", "what", "about", "it", "its", "she", "that", "the", "The", "Trump", "Korea"),
    *("in", "2010", "why", "who", "else", "did", "is", "when", ".", "?", ",", "'s"),
)
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(WORDS),
        max_size=9,
    ).map(" ".join),
)


@given(TEXTS.filter(lambda text: any(map(str.isalnum, text))), st.lists(TEXTS, max_size=6))
def test_any_conversation_gives_a_query(question: str, said: list[str]) -> None:
    assert any(map(str.isalnum, standalone_query(asked(question, *said))))


@given(st.sampled_from(DIALOGUES), st.lists(st.sampled_from(["", "  ", "?!"]), max_size=3))
def test_messages_without_words_change_nothing(
    dialogue: tuple[tuple[str, ...], str, str], empty: list[str]
) -> None:
    said, question, query = dialogue
    history = asked(question, *said).history + tuple(Turn("user", text) for text in empty)
    assert standalone_query(Question(question, history)) == query


@pytest.mark.parametrize(
    "text", ["a ", "A", "no, ", "the ", "in 2010 ", "it is that ", "What about A's, ", "“("]
)
def test_long_texts_are_no_trap(text: str) -> None:
    long = (text * MAX_CHARACTERS)[:MAX_CHARACTERS]
    assert standalone_query(asked(long, long, long, long))
