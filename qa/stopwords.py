"""English words that tell nothing about what a question asks for."""

_WORDS = """
a about after all also am an and any are as at be because been before being between both but by can could
did do does doing don during each few for from had has have having he her here hers him his how i if in into
is it its itself just me more most my no nor not of off on once only or other our out over own same she
should so some such than that the their them then there these they this those through to too under until up
us very was we were what when where which while who whom why will with would you your
tell give please many much d ll m re s t ve
"""
STOP_WORDS = frozenset(_WORDS.split())
