"""The evidence for each intent: words and phrases with weights.

`LEADS` count at the start of the command (after fillers), `ANYWHERE` in any place. A phrase word
`_` stands for any one word. Weights are relative: 2 is a hint, 6 decides if nothing speaks against.
"""

FILLERS = frozenset(
    "please can could would will you now okay ok hey so um uh well then just kindly lets let us i "
    "want need like to d also quickly maybe actually and next first claude computer".split()
)
REFERENCES = ("it", "this", "them", "that function", "the function", "this function", "the class",
              "that class", "this class", "the code", "this code", "that code", "my code",
              "my function", "the method", "this method", "the last", "the previous",
              "the program", "the script", "the file", "the one")
NEW_THINGS = frozenset(
    "function class method program script module component handler decorator helper api endpoint "
    "server validator stack queue timer counter game calculator object loop page form parser "
    "generator list array dictionary hook client cache utility".split()
)
ARTICLES = frozenset("a an another new some one".split())

LEADS: dict[str, tuple[tuple[str, float], ...]] = {
    "create": (
        ("create", 6), ("write", 4), ("build", 6), ("generate", 6), ("implement", 5.5),
        ("make", 2.5), ("make me", 4), ("define", 6), ("produce", 5), ("code", 4),
        ("develop", 5), ("give me", 4), ("design", 5), ("set up", 4), ("new", 4), ("draft", 5),
        ("show me", 2), ("scaffold", 5), ("declare", 5), ("compose", 5), ("program", 4),
        ("calculate", 3), ("compute", 3), ("reverse", 3), ("sort", 3), ("read", 3), ("parse", 3),
        ("fetch", 3), ("print", 3), ("download", 3), ("count", 3), ("function", 3), ("class", 3),
        ("a", 1.5), ("start", 2), ("multiply", 3), ("subtract", 3), ("divide", 3),
    ),
    "modify": (
        ("modify", 8), ("change", 6), ("update", 6), ("rename", 9), ("add", 5), ("remove", 6.5),
        ("delete", 5.5), ("replace", 6), ("convert", 5), ("turn", 5), ("refactor", 8),
        ("make it", 7), ("make this", 7), ("make that", 7), ("make the", 6.5), ("make them", 6),
        ("make sure", 6), ("extend", 6), ("improve", 6.5), ("optimize", 7), ("optimise", 7),
        ("simplify", 7), ("handle", 5.5), ("use", 5.5), ("insert", 6), ("append", 5),
        ("include", 6), ("rewrite", 7), ("edit", 8), ("adjust", 7), ("allow", 5), ("wrap", 5.5),
        ("extract", 6), ("translate", 5.5), ("port", 4), ("support", 5), ("call it", 7),
        ("name it", 7), ("document", 6), ("return", 5), ("raise", 4.5), ("throw", 4.5),
        ("speed up", 6), ("speed it", 6), ("clean", 5), ("get rid", 6), ("take out", 6),
        ("switch", 5), ("set", 4), ("put", 3.5), ("give it", 6), ("it should", 6), ("tidy", 6),
        ("move", 5), ("merge", 4), ("split", 4.5), ("round", 4.5), ("limit", 5), ("ensure", 5),
        ("let it", 5), ("have it", 5.5), ("write a docstring", 9), ("write docstring", 9),
        ("write documentation", 9), ("write comments", 9), ("format", 4.5), ("accept", 5),
        ("cache", 5), ("log", 4.5), ("enhance", 7), ("alter", 7), ("tweak", 7), ("do not", 2),
        ("swap", 6), ("increase", 5), ("decrease", 5), ("validate", 4.5), ("the function should", 7),
    ),
    "debug": (
        ("debug", 9), ("fix", 8), ("repair", 8), ("solve", 6), ("diagnose", 8),
        ("troubleshoot", 8), ("correct", 6), ("investigate", 7), ("find the bug", 9),
        ("find bugs", 9), ("find the _ bug", 9), ("find the error", 9), ("find the problem", 9),
        ("find the mistake", 9), ("find the issue", 9), ("find out why", 5), ("why does", 2),
        ("why is", 3), ("why do", 2), ("what is wrong", 10), ("what went wrong", 10),
        ("something is wrong", 9), ("there is a bug", 9), ("there is an error", 9),
        ("there is a problem", 9), ("it crashes", 9), ("it does not work", 9), ("it fails", 9),
        ("there is something wrong", 9), ("resolve", 6), ("check for errors", 8),
        ("check for bugs", 8), ("look for", 3), ("sort out", 5), ("figure out why", 6),
    ),
    "test": (
        ("test", 8), ("unit tests", 8), ("write test", 7), ("write a test", 8),
        ("write some tests", 8), ("add test", 6), ("add a test", 6), ("verify", 5), ("cover", 5),
        ("check that", 4), ("check whether", 4), ("check if", 4), ("prove", 3),
    ),
    "explain": (
        ("explain", 9), ("describe", 8), ("what does", 7), ("what is", 5), ("what are", 5),
        ("how does", 7), ("how do", 5), ("how is", 4), ("how are", 4), ("how", 2), ("tell me", 6),
        ("walk me", 8), ("walk through", 8), ("talk me", 8), ("summarize", 8), ("summarise", 8),
        ("clarify", 7), ("go through", 6), ("go over", 6), ("why", 4), ("why did you", 5),
        ("what did", 5), ("what happens", 7), ("help me understand", 9), ("do not understand", 9),
        ("break down", 7), ("break it down", 8), ("elaborate", 7), ("show me how", 7),
        ("teach me", 7), ("when would", 5), ("which", 3), ("where", 3), ("give me an overview", 8),
        ("give me an explanation", 8), ("interpret", 6), ("write an explanation", 8),
    ),
    "undo": (
        ("undo", 10), ("revert", 10), ("roll back", 10), ("take that back", 10),
        ("take it back", 10), ("go back", 8), ("scratch that", 10), ("put it back", 9),
        ("restore", 7), ("discard", 6), ("discard the last", 8), ("remove the last change", 10),
        ("delete the last change", 10), ("get rid of the last change", 10),
        ("get rid of that change", 10), ("throw away the last", 9), ("step back", 7),
        ("back out", 8), ("reset to the", 6), ("do not want that", 8), ("forget the last", 7),
        ("change it back", 10), ("change that back", 10), ("turn it back", 8), ("drop the last", 7),
        ("bring back the", 7), ("return to the previous", 8), ("switch back", 8),
        ("reverse the last", 8), ("reverse that", 7), ("remove that change", 9),
    ),
    "cancel": (
        ("cancel", 10), ("never mind", 10), ("forget it", 9), ("forget about", 9),
        ("forget that", 7), ("abort", 10), ("stop", 7), ("halt", 8), ("quit", 6), ("hold on", 6),
        ("do not do", 8), ("leave it", 6), ("drop it", 6), ("ignore that", 9), ("ignore it", 8),
        ("ignore what", 8), ("skip it", 6), ("skip that", 6), ("no wait", 8), ("wait", 5),
        ("that is enough", 8), ("enough", 6), ("dismiss", 7), ("disregard", 9), ("no stop", 9),
        ("not now", 6), ("do not bother", 9), ("no never mind", 10), ("no cancel", 10),
    ),
}

ANYWHERE: dict[str, tuple[tuple[str, float], ...]] = {
    "create": (("called", 1), ("named", 1), ("from scratch", 3)),
    "modify": (
        ("instead", 2.5), ("error handling", 3), ("handle errors", 3), ("type hints", 2.5),
        ("docstring", 2.5), ("to it", 2.5), ("to the function", 2.5), ("to this function", 2.5),
        ("to the class", 2.5), ("to this", 1.5), ("to that", 1.5), ("rename", 4), ("modify", 5),
        ("logging", 1.5), ("async", 1), ("refactor", 4), ("as well", 1), ("more readable", 4),
        ("should also", 4), ("should return", 3), ("should handle", 3), ("so that it", 2.5),
    ),
    "debug": (
        ("debug", 5), ("bug", 4), ("broken", 5), ("crash", 5), ("fail", 4), ("not work", 6),
        ("not working", 6), ("wrong", 4.5), ("return none", 5), ("return null", 5),
        ("return undefined", 5), ("return nothing", 5), ("returns the wrong", 5),
        ("throws an", 3), ("stack trace", 5), ("traceback", 6), ("type error", 4),
        ("key error", 4), ("index error", 4), ("name error", 4), ("value error", 2),
        ("exception", 1.5), ("infinite loop", 4), ("incorrect", 4), ("unexpected", 4),
        ("mistake", 3.5), ("issue", 3), ("problem", 3), ("getting an error", 5),
        ("gives an error", 5), ("gives me an error", 5), ("get an error", 5), ("off by one", 5),
        ("hangs", 3), ("stuck", 3), ("is none", 3), ("always none", 5), ("always zero", 4), ("not return", 4), ("never returns", 4),
    ),
    "test": (
        ("tests", 4), ("test", 3), ("unit tests", 5), ("test cases", 5), ("test suite", 5),
        ("test for", 3), ("tests for", 3), ("a test", 2.5), ("pytest", 4), ("jest", 3),
        ("coverage", 4), ("test it", 4), ("test that", 2), ("integration test", 4), ("testing", 2),
    ),
    "explain": (
        ("explain", 5), ("explanation", 5), ("how it works", 5), ("how this works", 5),
        ("how that works", 5), ("what it does", 5), ("what this does", 5), ("what that does", 5),
        ("understand", 3), ("what this function", 4), ("in simple terms", 4),
        ("in plain english", 4), ("step by step", 2), ("function work", 3), ("code work", 3),
    ),
    "undo": (
        ("undo", 3), ("revert", 3), ("previous version", 3), ("last change", 4),
        ("as it was", 4), ("the way it was", 5), ("what you just did", 3), ("how it was", 4),
        ("the change back", 5), ("before the last", 2), ("that back", 2),
    ),
    "cancel": (("cancel", 2), ("never mind", 5), ("forget it", 4)),
}
# What looks like evidence but is not: a phrase takes weight away from an intent.
AGAINST: dict[str, tuple[tuple[str, float], ...]] = {
    "debug": (("error handling", 4), ("error message", 2), ("handle errors", 3), ("error class", 2),
              ("raise an exception", 2), ("handle the error", 2), ("wrong input", 2)),
    "test": (("failing test", 4), ("test fails", 4), ("tests fail", 4), ("test failure", 4)),
    "undo": (("undo method", 4), ("undo function", 4), ("undo button", 4)),
    "cancel": (("cancel button", 6), ("cancel method", 6), ("stop words", 6), ("stop watch", 6),
               ("stopwatch", 6), ("wait for", 3)),
    "explain": (("what is wrong", 6), ("not work", 3), ("show me how to fix", 3)),
    "create": (("docstring", 4), ("documentation", 3), ("comments", 2), ("explanation", 3)),
}
