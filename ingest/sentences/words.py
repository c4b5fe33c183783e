"""Words that decide whether a full stop ends a sentence.

All stand in lower case; abbreviations without their last full stop.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TITLES = _words(
    """
    mr mrs ms messrs mx dr drs prof gen sen rep gov lt col capt cpt cmdr adm maj sgt cpl pvt rev hon fr
    sr sra srta st mt ft mme mlle dott ing hr herr frl pres supt insp det amb sec-gen
    """
)
"""A name follows, so the sentence goes on."""

JOINTS = _words(
    """
    v vs e.g i.e cf viz approx ca resp incl esp aka a.k.a z.b d.h u.a bzw bspw sog vgl i.v dept govt est
    bros ave blvd rd al.
    """
)
"""What follows belongs to what stands before."""

REFERENCES = _words(
    """
    no nos nr fig figs eq eqs sec secs sect sects ref refs art arts vol vols ch chap chs p pp para paras
    par app cl reg regs tab pt bk ex exh abs rs cir ed eds suppl ser ann c n ff r.s
    """
)
"""A number or a single letter follows, as in `Fig. 3`; otherwise they are words like any other."""

ENDERS = _words(
    """
    inc corp ltd co llc plc jr sr esq ph.d m.d b.a m.a b.sc m.sc a.m p.m etc al b.c a.d bce jan feb mar
    apr jun jul aug sept sep oct nov dec mon tues wed thurs fri dist ct app supp assn dept
    """
)
"""They may end a sentence: the next word decides."""

STARTERS = _words(
    """
    a after although an and another as at because before both but by despite during each even every for
    from he her here his how however i if in it its many meanwhile most neither no nobody none nor not
    nothing now on once one only our others she since so some soon still such that the their then there
    these they this those though thus to today two under until we what when where whether which while
    who why with yet you your is are was did do does will can all any more last according mr mrs ms dr
    mme das der die ein eine er es sie wir el la los las le les il elle
    """
)
"""Words that, capitalised, begin a sentence far more often than they continue a name."""

SMALL = _words(
    """
    a an and as at but by de for from in into la nor of on or over per the to under up via vs with without
    """
)
"""Words that stay small in a heading in title case."""

MONTHS = _words(
    """
    january february march april may june july august september october november december januar februar
    märz mai juni juli oktober dezember
    """
)

REPORTING = _words(
    """
    said says asked asks replied answered shouted whispered cried added wrote told called muttered
    insisted explained continued exclaimed demanded
    """
)
"""After a quotation: `"Are you coming?" Maria asked.` is one sentence."""
