"""Words that turn the meaning of a sentence: who says it, how sure it is, whether, when and how much.

The lists are wide on purpose. A word that stands here for nothing costs a shortened sentence, which is
then shown as its quote; a word that is missing lets a shortened lie through.
"""

from typing import Final

from service.domain.wording import Token


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEGATION: Final = _set(
    """no not never none nobody nothing nowhere neither nor without cannot hardly scarcely barely rarely
    seldom unable lack lacks lacked lacking absence absent devoid refuse refuses refused refusing
    deny denies denied denying denial reject rejects rejected rejecting decline declines declined
    fail fails failed failing failure stop stopped stops prevent prevents prevented avoid avoids
    avoided avoiding ban bans banned block blocks blocked oppose opposes opposed opposing against
    impossible unlikely untrue false falsely few little ain't isn't aren't wasn't weren't don't
    doesn't didn't won't wouldn't can't couldn't shouldn't mustn't hasn't haven't hadn't needn't"""
)
HEDGE: Final = _set(
    """may might could would should can must will shall ought likely possibly possible perhaps maybe
    probably probable reportedly allegedly alleged apparently apparent seemingly presumably
    supposedly purportedly expected expects expect estimated estimate estimates forecast forecasts
    projected predicted predicts suggest suggests suggested appear appears appeared seem seems
    seemed believe believes believed think thinks thought suspected suspect potential potentially
    tentative tentatively provisional preliminary unconfirmed rumoured rumored planned plans plan
    planning aims aim aimed aiming intends intend intended hopes hope hoped hoping wants want
    wanted seeks seek sought seeking proposed proposes propose threatened threatens about around
    almost nearly roughly approximately some up unclear uncertain due set supposed"""
)
CONDITION: Final = _set(
    """if unless until till provided providing except excepting excluding only just merely solely but
    although though despite while whilst whereas however instead rather than because since before
    after when whenever once during pending assuming barring depending subject versus even still
    yet already again otherwise whether lest notwithstanding regardless so including considering
    given failing following amid under"""
)
QUANTITY: Final = _set(
    """all every each some most many much several any half both dozen dozens hundred hundreds thousand
    thousands million millions billion billions trillion percent per cent percentage majority
    minority more less fewer least part partly third quarter two-thirds double triple twice zero
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    first second last next final single average total maximum minimum"""
)
TIME: Final = _set(
    """monday tuesday wednesday thursday friday saturday sunday january february march april may june
    july august september october november december today yesterday tomorrow tonight now currently
    ago earlier later recently formerly previously week weeks month months year years decade
    century day days hour hours minute minutes morning afternoon evening night spring summer
    autumn winter annual annually weekly monthly daily"""
)
SPEECH: Final = _set(
    """say says said saying tell tells told telling claim claims claimed claiming according add adds
    added adding announce announces announced announcing argue argues argued arguing warn warns
    warned warning insist insists insisted insisting stress stresses stressed state states stated
    stating report reports reported reporting accuse accuses accused accusing confirm confirms
    confirmed confirming testify testified note notes noted noting explain explained explaining
    write writes wrote written quote quotes quoted quoting cite cites cited citing describe
    describes described describing call calls called calling reveal reveals revealed show shows
    showed shown showing find finds found finding hear hears heard learn learned learnt indicate
    indicates indicated indicating conclude concludes concluded mention mentions mentioned
    emphasise emphasised emphasize emphasized emphasizing emphasising highlight highlighted
    highlighting admit admits admitted admitting acknowledge acknowledges acknowledged concede
    concedes conceded agree agrees agreed ask asks asked asking reply replied respond responded
    answer answered promise promises promised pledge pledges pledged vow vowed urge urges urged
    demand demands demanded recall recalled declare declares declared allege alleges predict
    complain complained boast boasted joke joked express expressed suggest suggested view opinion
    words"""
)
TURNING: Final = _set(
    """wrong wrongly incorrect mistaken mistakenly fake fabricated hoax cancel cancelled canceled
    withdraw withdrew withdrawn retract retracted overturn overturned clear cleared acquit
    acquitted dispute disputed disputes debunked halt halted suspend suspended delay delayed
    postpone postponed abandon abandoned scrap scrapped reverse reversed reversing quash quashed
    drop dropped dismiss dismissed former formerly ex late would-be acting so-called fictional
    hypothetical mock parody satire correction corrected interim temporary temporarily attempted
    attempting try tried trying alone unlike like as contrary conditional allegation allegations
    rumour rumor exception pretend pretended pretending if- only at"""
)

TURNS: Final = NEGATION | HEDGE | CONDITION | QUANTITY | TIME | SPEECH | TURNING
"""A part of a sentence that holds one of these is never cut away."""

FINITE: Final = _set(
    """is are was were has have had does do did will would can could may might must shall should am isn't
    aren't wasn't weren't hasn't haven't hadn't says said told won't wouldn't rose fell grew won
    lost met made took gave came went became began left held kept led paid sold bought built spent
    sent cut put set ran"""
) | frozenset(verb for verb in SPEECH if verb.endswith("ed"))

DETERMINERS: Final = _set("a an the his her its their our my this these those")
SUBJECT_PRONOUNS: Final = _set("he she it they we i you this that these those there")
LEANING: Final = _set(
    """he she it they him her them his hers its their theirs this that these those such however but
    meanwhile instead moreover furthermore therefore thus consequently nevertheless nonetheless
    otherwise likewise similarly also too both either neither another others similar later
    afterwards then so there here and or yet still"""
)
CONNECTIVES: Final = (
    ("in", "addition"),
    ("at", "the", "same", "time"),
    ("however",),
    ("meanwhile",),
    ("moreover",),
    ("furthermore",),
    ("separately",),
    ("nevertheless",),
    ("nonetheless",),
    ("also",),
    ("and",),
)
"""What may go from the head of a sentence, where a comma follows it."""


def turns(token: Token) -> bool:
    """Whether a token turns the meaning of its sentence, or is a number.

    >>> from service.domain.wording import tokens
    >>> [t.text for t in tokens("It may not rise by 3 points") if turns(t)]
    ['may', 'not', '3']
    """
    parts = (token.low, *token.low.split("-")) if "-" in token.low else (token.low,)
    return token.is_number or any(p in TURNS or p.endswith("n't") for p in parts)


def leans(token: Token) -> bool:
    """Whether a sentence that begins with this word leans on the one before it."""
    return token.low in LEANING
