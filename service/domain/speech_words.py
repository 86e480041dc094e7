"""The words by which speech and speakers are known in news: reporting verbs, roles, titles, no-names.

Written from general knowledge of English news style; the rules that use them stand in `speech.py` and
`persons.py`.
"""

from typing import Final

# ruff: noqa: SIM905 - lists of one word a line would take a thousand lines


def _inflected(bases: str) -> tuple[str, ...]:
    """Past, present and base forms of regular verbs."""
    forms: list[str] = []
    for base in bases.split():
        if base.endswith("e"):
            forms += [base, base + "d", base + "s"]
        elif base.endswith("y") and base[-2] not in "aeiou":
            forms += [base, base[:-1] + "ied", base[:-1] + "ies"]
        else:
            forms += [base, base + "ed", base + ("es" if base.endswith(("s", "h", "x")) else "s")]
    return tuple(forms)


SAY: Final = frozenset({"said", "says", "say", "told", "tells", "tell", *_inflected("add state declare")})
"""Say so plainly that even an unnamed subject makes the sentence that subject's ("officials said")."""

REPORT: Final = (
    SAY
    | frozenset(
        _inflected(
            """acknowledge affirm allege announce apologise apologize appeal argue ask assert assure attest
        believe blame boast caution claim clarify comment complain condemn confirm congratulate contend
        counter criticise criticize defend demand deny deplore describe detail disclose dispute divulge
        doubt elaborate emphasise emphasize estimate exclaim explain express fear hail highlight hint hope
        indicate inform insist invite joke lament maintain mention moan muse note object observe opine
        outline pledge point praise predict proclaim profess promise propose protest question reaffirm
        reason reassert reassure recall recommend reiterate reject remark remind reply report request
        respond retort reveal ridicule signal specify stipulate stress suggest testify thank threaten
        trumpet tweet underline underscore urge venture voice volunteer vouch vow warn welcome worry accuse
        expect dismiss liken label refute rebuff admonish advise call post"""
        )
    )
    | frozenset(
        """admitted admit admits conceded concede concedes wrote writes write written spoke speaks speak
    thought thinks think foresaw foresees forecast forecasts swore swears rebuked confessed confess
    confesses ruled rules rule put quipped quips rebutted rebuts signalled implied implies imply
    referred refers refer confided confides held""".split()
    )
)
"""Make a sentence the speech of a subject that is a named person."""

QUOTE_ONLY: Final = frozenset(
    """agreed agrees began begins concluded concludes continued continues cried cries finished
    interjected interrupted laughed laughs offered offers repeated repeats shouted shouts sighed
    sighs smiled smiles snapped whispered yelled answered answers shrugged nodded wondered wonders
    summed learned joked put""".split()
)
"""Beside a quotation, or before "that", they report speech; elsewhere they tell what somebody did."""

PARTICIPLES: Final = frozenset(
    """saying adding arguing warning noting insisting claiming stressing telling calling describing
    explaining urging predicting promising pledging vowing stating declaring asserting maintaining
    contending acknowledging admitting conceding denying suggesting complaining pointing citing
    accusing blaming recalling reiterating emphasising emphasizing underlining remarking observing
    writing alleging cautioning denouncing dismissing rejecting confirming quipping joking
    lamenting""".split()
)

INFINITIVE_LEADS: Final = (
    r"went on|goes on|continued|used|took to|was quick|rushed|returned|rose|hastened|stood up"
)

NOT_SPEECH_AFTER: Final = (
    # What follows the verb and shows that nothing was said, by verb.
    ("called", r"\s(?:off|in|up|a (?:meeting|strike|halt|vote)|an election|the police|an ambulance|time)\b"),
    ("asked", r"\sby\b"),
    ("posted", r"\s(?:a|an|its|record)\s[\w-]*\s?(?:loss|profit|gain|rise|result)"),
    ("welcomed", r"\s\d|\s(?:guests|visitors|delegates|the delegation)\b"),
    ("dismissed", r"\s(?:from|by|the (?:coach|manager|board|staff|workers|case|charge))\b"),
    ("rejected", r"\sby\b"),
    ("reported", r"\s(?:for|to (?:police|the police))\b"),
    ("held", r"\s(?!that\b)"),
    ("described", r"\sby\b"),
    ("spoke", r"\s(?!of\b|about\b|against\b|out\b)"),
    ("speaks", r"\s(?!of\b|about\b|against\b|out\b)"),
    ("referred", r"\s(?!to\b)"),
    ("refers", r"\s(?!to\b)"),
    ("pointed", r"\s(?!out\b|to\b)"),
    ("points", r"\s(?!out\b|to\b)"),
    ("thought", r"\s(?!that\b|the\b|it\b|he\b|she\b|there\b)"),
    ("signalled", r"\sfor\b"),
    ("defended", r"\s(?:a|an) (?:client|penalty|lead)\b"),
    ("demanded", r"\sby\b"),
    ("proposed", r"\s(?:to (?:her|him)|marriage)\b"),
    ("outlined", r"\s(?:in|by)\b"),
    ("questioned", r"\sby\b"),
    ("offered", r"\s(?:to|a|an|his|her|its|the|no)\b"),
    ("put", r"\s(?!it\b|[^.;]{3,50} at (?:\d|[$£€¥]|about|some|around|nearly|more|less|between))"),
    ("ruled", r"\s(?!out\b|that\b)"),
    ("rules", r"\s(?!out\b|that\b)"),
    ("rule", r"\s(?!out\b)"),
    ("forecast", r"\s(?:by|for)\b"),
)

SPEECH_NOUNS: Final = frozenset(
    """view words verdict message answer response reply account advice warning position comment
    assessment explanation argument conclusion statement opinion reasoning point""".split()
)
BE: Final = frozenset("is are was were be been being am gets got getting".split())
SILENT: Final = frozenset("not never n't will would may might could should must cannot can shall to".split())
DENYING: Final = frozenset("deny dispute rule exclude question doubt".split())
"""After "did not" these still say something."""

ADVERB: Final = frozenset(
    """also later then earlier previously repeatedly again once still always often recently first
    further reportedly today yesterday tonight himself herself both publicly privately nevertheless
    however meanwhile instead even rightly wrongly simply just already had has have having did does
    since subsequently too flatly openly bluntly briefly initially all further once afterwards
    therefore thus""".split()
)

ROLE_GROUPS: Final = (
    "envoy ambassador diplomat representative emissary consul attache negotiator mediator",
    "minister secretary official politician premier",
    "chief head director boss executive chair chairman chairwoman chairperson president ceo founder owner",
    "spokesman spokeswoman spokesperson",
    (
        "professor academic scholar researcher scientist expert historian lecturer biologist ecologist "
        "geologist seismologist epidemiologist volcanologist engineer specialist"
    ),
    (
        "lawmaker mp senator legislator deputy congressman congresswoman councillor parliamentarian "
        "backbencher"
    ),
    "leader organiser secretary activist campaigner unionist convener steward",
    (
        "general commander officer colonel admiral captain major lieutenant brigadier "
        "superintendent inspector sergeant detective constable sheriff"
    ),
    "economist analyst strategist forecaster",
    "judge justice magistrate coroner",
    "lawyer attorney solicitor barrister prosecutor counsel advocate",
    "doctor surgeon physician nurse consultant paediatrician medic",
    "coach manager player striker captain goalkeeper athlete skipper",
    "author writer novelist poet journalist reporter editor columnist correspondent",
    "artist curator director actor actress singer musician playwright conductor",
    "mayor governor commissioner chancellor",
    "priest bishop archbishop vicar imam rabbi cleric pastor",
    "farmer fisherman trader shopkeeper grower publican baker butcher",
    "resident neighbour tenant mother father witness survivor villager",
    "worker driver docker teacher nurse clerk pilot crew",
    "treasurer accountant auditor ombudsman regulator inspector watchdog",
    "widow sister brother son daughter wife husband grandmother grandfather uncle aunt",
    "candidate nominee frontrunner incumbent challenger",
    "king queen prince princess",
)
ROLES: Final = frozenset(word for group in ROLE_GROUPS for word in group.split())
GENERIC: Final = frozenset(
    "official politician man woman leader veteran lawmaker executive businessman businesswoman boss "
    "pensioner newcomer speaker interviewee author".split()
)
"""Words that stand for a person whatever the article calls them."""
KIN: Final = {word: number for number, group in enumerate(ROLE_GROUPS) for word in group.split()}

TITLES: Final = frozenset(
    """mr mrs ms miss dr prof professor sir dame lord lady rev reverend president premier minister
    secretary senator sen rep representative congressman congresswoman judge justice captain capt
    general gen colonel col major maj lieutenant lt sergeant sgt admiral adm commander cmdr chief
    inspector superintendent supt detective constable king queen prince princess pope bishop
    archbishop cardinal sheikh sheikha ayatollah imam rabbi ambassador amb mayor governor gov
    councillor cllr commissioner chancellor deputy vice coach chairman chairwoman chair director
    spokesman spokeswoman spokesperson ceo analyst economist editor leader envoy officer father
    sister brother doctor engineer baroness rear brig baron count marshal brigadier pc attorney prosecutor
    manager coroner treasurer fr st hon pres det insp mp mep msp hojatoleslam haji executive head
    speaker prime foreign interior""".split()
)
MALE: Final = frozenset(
    """mr sir lord king prince chairman spokesman congressman businessman father brother son husband
    fisherman widower imam pope bishop archbishop baron uncle grandfather man actor""".split()
)
FEMALE: Final = frozenset(
    """mrs ms miss dame lady queen princess chairwoman spokeswoman congresswoman businesswoman mother
    sister daughter wife widow baroness aunt grandmother woman actress""".split()
)

ORGANISATION: Final = frozenset(
    """inc corp co ltd plc llc lp ag sa nv gmbh bank group holdings holding industries industry
    partners capital trust fund insurance airlines airways motors motor oil gas energy power steel
    petroleum foods systems technologies telecom telecommunications electronics international
    association federation union unions council committee commission ministry department agency
    authority board bureau office institute university college school academy hospital clinic
    foundation society centre center party front league congress parliament senate house assembly
    court tribunal army navy force forces police guard service services post times news press wire
    herald tribune gazette journal telegraph guardian observer chronicle daily weekly courier mail
    mirror echo dispatch radio television tv media network broadcasting magazine review bulletin
    company corporation enterprises brothers sons associates organization organisation nations
    states kingdom republic emirates bloc alliance coalition movement campaign exchange market
    markets securities index treasury reserve city county district borough province region state
    street road avenue square lane bridge station airport port harbour harbor quay dock docks pier
    river lake sea ocean island islands mount mountain hills valley bay coast cape park hall castle
    tower museum gallery theatre theater library church cathedral stadium hotel club fc united
    rovers north south east west northern southern eastern western central new saint upper lower
    great act bill treaty accord agreement protocol pact plan project programme program scheme award
    prize cup championship festival conference summit forum day week year war crisis revolution
    cruise ship ferry line lines rail railway railways works plant mill mine mines field farm farms
    dairy brewery yard shipping logistics media pharma labs laboratories observatory survey inquiry
    report directorate secretariat cabinet government opposition chamber consortium cooperative
    watch network workers""".split()
)
SURNAMES_TOO: Final = frozenset(
    """park lane west north day hill hills church castle lake field fields bridge mills banks street
    young guard east mill hall coast cape bay tower rivers marsh weeks power march bishop king""".split()
)
"""Words of places and institutions that are surnames after a given name."""
NOT_NAMES: Final = frozenset(
    """the a an this that these those he she it they we you i his her its their our my your who which
    what when where why how and but or nor so yet for if as at by in of on to from with without
    after before since while although though because until unless during under over between among
    against about into like despite given asked speaking also however meanwhile still then now later
    earlier yesterday today tomorrow not no yes all some many most several both each every one two
    three four five six seven eight nine ten another other others such only even just more less
    there here once last next first second third monday tuesday wednesday thursday friday saturday
    sunday january february march april may june july august september october november december gmt
    utc instead nevertheless indeed perhaps according neither either nobody nothing everyone
    everything anyone former senior local national officials sources critics residents analysts
    opponents supporters""".split()
)
NATIONS: Final = frozenset(
    """american british english scottish welsh irish french german italian spanish portuguese dutch
    belgian swiss austrian swedish norwegian danish finnish polish czech slovak hungarian romanian
    bulgarian greek turkish russian ukrainian iranian iraqi syrian israeli palestinian lebanese
    jordanian egyptian libyan tunisian algerian moroccan saudi emirati qatari kuwaiti yemeni afghan
    pakistani indian bangladeshi nepalese chinese japanese korean vietnamese thai malaysian
    indonesian filipino australian canadian mexican brazilian argentine chilean colombian peruvian
    venezuelan cuban nigerian kenyan ethiopian sudanese somali ghanaian senegalese european african
    asian western taliban iran iraq syria israel egypt turkey russia ukraine china japan india
    pakistan afghanistan france germany italy spain britain england scotland wales ireland australia
    canada mexico brazil tehran kabul moscow kyiv beijing tokyo delhi paris berlin rome madrid
    london washington brussels ankara baghdad damascus jerusalem cairo riyadh doha america europe
    africa asia u.s u.n u.k un us uk eu nato opec""".split()
)

MALE_NAMES: Final = frozenset(
    """bill will james john robert michael william david richard joseph thomas charles daniel matthew
    anthony mark paul steven andrew kenneth george joshua kevin brian edward ronald timothy jason
    jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon benjamin
    samuel gregory frank alexander raymond patrick jack dennis jerry tyler aaron henry peter adam
    nathan zachary walter alan simon martin ian hassan ali mohammed muhammad mohammad ahmed ahmad
    hussein hossein omar ibrahim khalid abdul karim reza mehdi mustafa yusuf vladimir sergei ivan
    dmitri dmitry boris mikhail igor andrei jan piotr pavel marek tomas lars erik sven nils johan
    hans klaus jurgen karl stefan luca marco giovanni mario paolo carlos jose juan luis pedro miguel
    diego javier pierre jean jacques francois michel olivier emmanuel kenji hiroshi takeshi wei ming
    jun rajesh amit vijay sanjay ravi kwame kofi chidi emeka donald barack joe tony harold graham
    trevor nigel colin keith derek malcolm stuart gordon neil liam sean cormac declan hugh oliver
    leo max felix oscar viktor anton emil otto bruno hugo rafael mateo tariq bilal idris jonas
    gabriel""".split()
)
FEMALE_NAMES: Final = frozenset(
    """mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty
    margaret sandra ashley kimberly emily donna michelle carol amanda dorothy melissa deborah
    stephanie rebecca sharon laura cynthia kathleen amy angela shirley anna brenda pamela emma
    nicole helen samantha katherine christine rachel carolyn janet catherine maria heather diane
    ruth julie olivia joyce virginia victoria fatima aisha zahra maryam leila layla nadia amina
    yasmin samira ines elena olga natalia irina tatiana svetlana katarzyna agnieszka ewa ingrid
    astrid freya sofia sophie claire marie isabelle camille francesca giulia chiara carmen lucia ana
    isabel rosa pilar yuki keiko mei ling priya anjali sunita deepa ngozi chioma amara adaeze ursula
    angela hillary theresa jane alice clara greta hannah ida eva nora vera judith miriam esther
    lydia martha agnes edith hilda iris grace rose lucy charlotte harriet beatrice fiona moira
    siobhan aoife niamh maeve bridget tamsin gwen nia anneke marta zofia petra dagmar thandiwe
    wanjiru""".split()
)
