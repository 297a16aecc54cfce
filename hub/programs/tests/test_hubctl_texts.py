"""Every text of hubctl stands in its table in three languages, with the same values in each."""
import re
import unittest
from pathlib import Path

PROGRAMS = Path(__file__).resolve().parents[1]
STRING = r'"(?:[^"\\]|\\.)*"'
STRINGS = rf"{STRING}(?:\s*{STRING})*"


def joined(strings):
    return "".join(part[1:-1] for part in re.findall(STRING, strings)).replace('\\"', '"')


def table():
    """english -> (russian, kazakh)"""
    text = (PROGRAMS / "hubctl_texts.inc").read_text("utf-8")
    rows = re.findall(rf"CTL_TEXT\(({STRINGS}),\s*({STRINGS}),\s*({STRINGS})\)", text)
    assert len(rows) == text.count("CTL_TEXT("), "an entry cannot be read"
    return [tuple(joined(part) for part in row) for row in rows]


def said(path):
    """The texts that a source of hubctl says; options of ?: are two."""
    text = path.read_text("utf-8")
    found = set()
    found |= {joined(one) for one in re.findall(rf"\b(?:say\(|cannot\(err,)\s*({STRINGS})", text)}
    choice = rf'\bsay\([^;"]{{0,60}}(?:{STRING}[^;"]{{0,20}}){{0,2}}\?\s*({STRING})\s*:\s*({STRING})\s*[,)]'
    for either in re.finditer(choice, text):
        found |= {joined(part) for part in either.groups()}
    # Heads of tables.
    for heads in re.finditer(r"\bTable\s+\w+\s*[({]\s*\{([^}]*)\}|\bTable\s+\w+\{\{([^}]*)\}\}", text):
        found |= {joined(part) for part in re.findall(STRING, heads[1] or heads[2] or "")}
    # Names of lines, alone or beside the member that holds the value.
    found |= {joined(part) for part in re.findall(rf"\bline\(out,\s*({STRING})", text)}
    found |= {joined(part) for part in re.findall(rf"^\s*line\(({STRING}),", text, re.M)}
    for pairs in re.findall(r"initializer_list<std::pair<const char\*, const char\*>>\{([^;]*?)\}\)\s*\{", text):
        found |= {joined(name) for name, _ in re.findall(rf"\{{({STRING}),\s*({STRING})\}}", pairs)}
    return {one for one in found if one and one not in ("#", "N", "P90", "SHA-256", "HTTP")}


class Texts(unittest.TestCase):
    def test_every_text_has_its_translations(self):
        known = {row[0] for row in table()}
        used = set()
        for path in sorted(PROGRAMS.glob("hubctl*.cpp")):
            used |= said(path)
        self.assertEqual(sorted(used - known), [], "not in hubctl_texts.inc")
        self.assertEqual(sorted(known - used), [], "said nowhere")

    def test_nothing_is_said_beside_the_table(self):
        # Help is in English; JSON, names of programs and protocols are no words.
        for path in sorted(PROGRAMS.glob("hubctl_*.cpp")):
            for raw in re.findall(rf"<<\s*({STRING})", path.read_text("utf-8")):
                words = re.sub(r"\\.|hubctl|HTTP|--\w+", " ", raw)
                if raw.startswith('"{') or raw.startswith('",\\"'):
                    continue
                self.assertNotRegex(words, "[A-Za-z]{3}", path.name)

    def test_law_diff_has_words_for_whatever_it_compares(self):
        rows = (PROGRAMS.parent / "rules" / "law_rows.cpp").read_text("utf-8")
        kinds = re.findall(rf"^    \{{{STRING}, {STRING}, ({STRING}),", rows, re.M)
        kinds += re.findall(rf"reader\.row\(({STRING}),", rows)
        self.assertGreater(len(kinds), 20)
        diff = (PROGRAMS.parent / "rules" / "law_diff.cpp").read_text("utf-8")
        kinds += re.findall(r'"(?:added|removed|changed)"', diff)
        told = (PROGRAMS / "hubctl_law_diff.cpp").read_text("utf-8")
        for kind in sorted(set(kinds)):
            self.assertIn(f"say({kind})", told)

    def test_values_agree(self):
        english = [row[0] for row in table()]
        self.assertEqual(len(english), len(set(english)), "one is there twice")
        for en, ru, kk in table():
            wanted = [f"{{{n}}}" for n in range(1, en.count("{}") + 1)]
            for other in (ru, kk):
                self.assertTrue(other.strip(), en)
                self.assertEqual(sorted(re.findall(r"\{[^}]*\}", other)), wanted, (en, other))
                self.assertEqual((en[:1] == " ", en[-1:] == " "), (other[:1] == " ", other[-1:] == " "), en)
            if re.search("[a-z]{3}", en):
                self.assertRegex(ru, "[а-яА-Я]", en)
                self.assertRegex(kk, "[а-яА-ЯәғқңөұүһіӘҒҚҢӨҰҮҺІ]", en)


if __name__ == "__main__":
    unittest.main()
