"""Ordinary words of commands, which are no names unless something beside them says so."""

from collections.abc import Mapping
from typing import Final

# Words that are never a name when spoken: those that hold a sentence together.
STOP: Final = frozenset(
    """
    a about above after again all also am an and any are as at be because been before being
    below between both but by can cannot could did do does doing done down during each else
    every few for from had has have having he her here his how i if in inside instead into is it
    its just let like may me might more most must my never no nor not now of off on once one
    only onto or other our out outside over please same shall she should so some still such than
    that the their them then there these they this those through to too under until up us very
    was we were what when where whether which while who whose why will with within without would
    yes yet you your 0 1 2 3 4 5 6 7 8 9 10 11 12 dot slash
    """.split()
)
# Verbs and nouns of commands, and words of code, that are names only with a kind beside them.
COMMON: Final = STOP | frozenset(
    """
    able accept action actually add added adding additional address allow already always amount
    another answer api append apply argument arguments array assert assign async asynchronous
    attribute attributes await back bad base basic begin best better big bit block body bool
    boolean branch break broken bug bugs build button call called calls cancel case cases catch
    change changed changes character characters check checks class classes clean clear clearly
    click close code codebase come command comment comments commit common compare complete
    component config configuration connect constant constants content convert copy correct count
    create created creates css csv current data date day days debug declare decorator default
    define delete description design dictionary different directory display division do doc docs
    docstring docstrings document documentation double drop duplicate edge edit element elements
    email empty end endpoint enter entire entry enum enumeration error errors even event
    everything example examples except exception exceptions execute exist existing exit expect
    explain expression extend extra extract fail failed failing fails false fast faster feature
    features fetch field fields figure file files fill filter final find finish first fix fixed
    flag float folder follow following format former found func function functions general
    generate get give given go good great group guard guess half handle handler handlers handles
    handling hard head header help helper helpers high hint hints hold home hour hours html http
    id idea ignore implement implementation import imports improve include increase index
    information init initialize inline input inputs insert instance int integer integers
    interface item items iterate javascript job join json jump keep key keys keyword kind know
    large last later layer leave left length less level library limit line lines link list lists
    literal little load local lock log logger logging logic long longer look loop low lower
    macro main make makes making manage map mark match maximum mean measure member message
    messages method methods middle minimum minute minutes missing mistake mode model modify
    module modules move much multiple name named names namespace need needs negative nested new
    next nice none normal note nothing null number numbers object objects old open operation
    operator option optional options order original output overload own package packages page
    parameter parameters parent parse part pass path pattern performance pick piece place plain
    plan play plus point points position positive possible pretty previous print private problem
    process program project property public pull push put python query question queue quick
    quickly quite raise raises random range rate raw read reader ready real really reason
    receive record recursive reduce refactor reference regex register release remove rename
    repeat replace report repository request require required reset resolve response rest result
    results retry return returns reverse revert review rewrite right root round row rows rule
    run running runs safe sample save say schema scope screen script scripts search second
    seconds section see seems select self send sense sentence separate sequence server service
    session set sets setting settings setup shift short show shows side sign signature similar
    simple simplify single size skip sleep small something sort sorted source space special
    split standard start state statement static statistics status step steps stop store string
    strings strip struct structure stuff style sub subtract success suggest sum summary support
    supposed sure switch symbol syntax system table tag take target task tell template temporary
    term test tested testing tests text texts thing things think third throw throws tidy time
    timeout times title today together token tool tools top total trace track trait translate
    tree trim true try tuple turn type types typescript undo unit unknown unused unwrap update
    upper url use used useful user users uses using usual util utility utils valid validate
    validation value values variable variables version view wait want wants warning watch way
    week well whole why width window word words work works wrap write writes wrong yaml year
    zero
    """.split()
)
_FUNCTIONS: Final = frozenset({"function", "method", "property", "macro"})
_CLASSES: Final = frozenset({"class", "interface", "struct", "enum", "trait", "type"})
_VALUES: Final = frozenset({"constant", "variable", "property"})
_FILES: Final = frozenset({"file", "namespace"})
# What stands before a thing that is not there yet.
INDEFINITE: Final = frozenset("a an another any each every more new no one some".split())
# Words that describe a function or file more often than they name one.
DESCRIBING: Final = frozenset(
    """
    abstract async bad base bigger broken class correct current empty entire existing file final
    first following function generic helper javascript last long method missing new next old
    only original other previous private public python same second short similar simple single
    small smaller static test third typescript unit unused utility whole wrong
    """.split()
)
# Words that say what a name beside them is -> the kinds of definitions that can be meant.
KINDS: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("function", "functions", "func", "method", "methods", "routine"), _FUNCTIONS),
    **dict.fromkeys(
        ("class", "classes", "interface", "struct", "enum", "trait", "type", "component"), _CLASSES
    ),
    **dict.fromkeys(("constant", "variable", "property", "field", "attribute", "setting"), _VALUES),
    **dict.fromkeys(("file", "files", "module", "script", "package"), _FILES),
}
# Behind a name that opens a sentence: what is said of it shows that it is no command.
PREDICATES: Final = frozenset(
    """
    is are was were should must has have had needs need does doesn't fails fail returns raises
    crashes crash breaks throws gives takes still can cannot can't never always will won't isn't
    seems looks works doesnt isnt
    """.split()
)
# Before a phrase that then reads as a verb, as in shared.voice.vocabulary.
VERB_BEFORE: Final = frozenset("that which please then also could can you will".split())
# Before "to": what follows is a purpose ("a function to add numbers"), no target of the command.
PURPOSE: Final = frozenset(
    """
    able code command function going have helper how like logic method need needs program
    routine script something supposed test tests tool try trying utility want wants way ways
    class loop block line lines order used use ought
    """.split()
)
PLACES: Final = frozenset("in inside within of from into to on".split())
ARTICLES: Final = frozenset("the a an my our this that your its".split())
CALLED: Final = frozenset({"called", "named"})
