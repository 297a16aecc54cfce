"""Every detail of a refusal that the sources can make at a door has its Russian and Kazakh phrase."""
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PHRASES = ROOT / "hub" / "base" / "detail_phrases.inc"
# Rooms whose refusals reach a caller; of the law's room not what only loads its data.
SOURCES = (*(ROOT / "hub" / "web").glob("*.cpp"), *(ROOT / "hub" / "exchange").glob("*.cpp"),
           *(ROOT / "hub" / "model").glob("*.cpp"),
           *(ROOT / "hub" / "trust").glob("*.cpp"),
           *(ROOT / "hub" / "store").glob("*.cpp"),
           *(ROOT / "hub" / "store" / "sqlite").glob("*.cpp"),
           *(ROOT / "hub" / "transport").glob("*.cpp"),
           *(ROOT / "hub" / "notify").glob("*.cpp"),
           *(ROOT / "hub" / "rules").glob("*.cpp"))
# Before any door is open; law_rows: the names of lists, and no refusal.
SOURCES = [path for path in SOURCES
           if path.name not in ("migrations.cpp", "law_loader.cpp", "procedure_loader.cpp",
                                "law_rows.cpp")]
# Said to an administrator at the start, in the log or in the row of a delivery, never to a caller at a door.
INSIDE = re.compile(r"web\.(listen|tls|bad_client|insecure_listen)|trust\.(bad_key|bad_profile)"
                    r"|rules\.data_\w+|store\.corrupt|base\.internal|model\.bad_schema"
                    r"|store\.newer_schema|transport\.\w+|base\.file_unreadable|adapter\.unsupported_type|exchange\.(unknown_endpoint|unknown_profile)")
# The short names under which these files make failures of one code.
MAKERS = {"web/connection.cpp": "bad", "web/json_in.cpp": "bad", "web/parameters.cpp": "bad",
          "web/talon.cpp": "unavailable", "rules/number.cpp": "bad", "rules/batch.cpp": "wrong",
          "exchange/notices.cpp": "nothingToNotify", "trust/keys.cpp": "refused",
          "trust/cms.cpp": "malformed|wrong|refused", "trust/jws.cpp": "malformed|wrong|refused",
          "trust/wsse.cpp": "malformed|wrapping", "trust/xml.cpp": "malformed",
          "trust/xml_signature.cpp": "malformed|wrong|refused", "trust/signer_policy.cpp": "unknown"}
# Of failures whose code is a variable: what an administrator reads at the start, a note to the hub itself, and
# a state's code, which is a value.
NOT_TOLD = ("agencies.", ".tell_term_changes: ", "not told", "new")
STRING = r'"(?:[^"\\]|\\.)*"'
CALL = re.compile(r'\b(failure|fail|add|refuse|badInput|no|checkUtf8|Status::failure)\s*\(')
JUDGED = re.compile(r'\bjudgement\.text = (' + STRING + r');')  # why an agency's item is not taken

VALUE = re.compile(r'\{(?="[a-z]+\.[a-z0-9_]+",)')  # an Error, or what becomes one


def arguments(text, at):
    """The arguments of the call whose parenthesis opens before `at`."""
    depth, out, start = 1, [], at
    while depth:
        string = re.compile(STRING + r"|'(?:[^'\\]|\\.)'").match(text, at)
        if string:
            at = string.end()
            continue
        if text[at] in "({[":
            depth += 1
        elif text[at] in ")}]":
            depth -= 1
        if not depth or (text[at] == "," and depth == 1):
            out.append(text[start:at].strip())
            start = at + 1
        at += 1
    return out


def details(path):
    """(line, a piece of a detail) of every refusal that the file makes."""
    text = path.read_text("utf-8")
    short = MAKERS.get(f"{path.parent.name}/{path.name}")
    calls = re.compile(CALL.pattern + "|" + VALUE.pattern
                       + (rf"|\b({short})\s*\(" if short else ""))
    for call in calls.finditer(text):
        given = arguments(text, call.end())
        code = re.fullmatch(r'"([a-z]+\.[a-z0-9_]+)"', given[0])
        if call[1] == "badInput" or (call[1] is None and not call[0].startswith("{")):
            detail = given[1 if short == "bad" and path.name == "parameters.cpp" else 0]
        elif code:
            if INSIDE.fullmatch(code[1]):
                continue
            detail = given[3 if call[1] == "no" else 1] if len(given) > 1 else ""
        elif call[1] == "checkUtf8":
            detail = given[1]
        elif call[1] == "fail" and re.fullmatch(STRING, given[0]):
            detail = given[0]  # always of one code
        elif call[1] == "Status::failure":  # the code is a variable: any of its details may reach a door
            detail = given[1] if len(given) > 1 else ""
        else:
            continue
        detail = re.sub(r'"\s*"', "", detail)  # adjacent literals are one
        detail = re.sub(r'std::string\((' + STRING + r')\)', r"\1", detail)
        for piece in re.findall(STRING, detail):
            if re.search(r"[A-Za-z]{3}", piece) and not (code is None and piece[1:-1] in NOT_TOLD):
                yield text.count("\n", 0, call.start()) + 1, piece[1:-1]
    for judged in JUDGED.finditer(text):
        yield text.count("\n", 0, judged.start()) + 1, judged[1][1:-1]


class DetailPhrases(unittest.TestCase):
    maxDiff = None

    def test_every_detail_is_told_in_three_languages(self):
        english = re.findall(r"OTINISH_DETAIL\((" + STRING + ")", PHRASES.read_text("utf-8"))
        # A whole detail, or what stands between the values; a value may be a phrase too.
        known = {piece.strip() for phrase in english for piece in phrase[1:-1].split("{}")}
        whole = [re.compile(".+".join(map(re.escape, phrase[1:-1].split("{}"))))
                 for phrase in english if phrase != '"{}: {}"']
        found, left = 0, []
        for path in SOURCES:
            for line, piece in details(path):
                found += 1
                if piece.strip() not in known and not any(w.fullmatch(piece) for w in whole):
                    left.append(f"{path.relative_to(ROOT)}:{line}: {piece}")
        self.assertEqual(left, [], "no phrase in " + str(PHRASES.relative_to(ROOT)))
        self.assertGreater(found, 250)  # the scan has not gone blind


if __name__ == "__main__":
    unittest.main()
