"""One word for one thing in what people read: how an article is cited, and what an attachment is called in Kazakh.

The Code (АППК, ӘРПК) is divided into parts, «часть» and «бөлік»; points («пункт», «тармақ») are those of older laws and of orders.
A subparagraph («подпункт», «тармақша») is of both.
"""
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = ("hub", "config", "adapters", "tests/agencies")
SUFFIXES = {".cpp", ".h", ".inc", ".yaml", ".jq", ".xslt", ".xsl", ".py"}
POINT = re.compile(r"\d\)?-тарма[қғ]|(?<!под)пункт(?:а|е|у|ом|ы|ов)? \d", re.IGNORECASE)
OF_OTHERS = re.compile(r"\b(?:221|107|88)\b|бұйры|приказ", re.IGNORECASE)  # acts that have points
# Where the text speaks of an attachment; elsewhere the word says "additional".
ATTACHMENT = re.compile(r"(?=.*(?:влож|attachment)).*қосымша", re.IGNORECASE)


def lines():
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            # Of tests, the agencies of the demo alone speak to people.
            if path.suffix not in SUFFIXES or "tests" in path.relative_to(ROOT / folder).parts:
                continue
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                yield f"{path.relative_to(ROOT)}:{number}", line


class TextForms(unittest.TestCase):
    def test_the_code_is_cited_by_its_parts(self):
        self.assertEqual([f"{at}: {line.strip()}" for at, line in lines()
                          if POINT.search(line) and not OF_OTHERS.search(line)], [])

    def test_an_attachment_has_one_name_in_kazakh(self):
        self.assertEqual([f"{at}: {line.strip()}" for at, line in lines()
                          if ATTACHMENT.search(line)], [])

    def test_the_texts_are_looked_at(self):
        seen = {at.partition(":")[0] for at, _ in lines()}
        for path in ("hub/exchange/event_texts.cpp", "hub/base/detail_phrases.inc",
                     "config/law/procedure.yaml", "config/sms.yaml",
                     "tests/agencies/simlib/texts.py"):
            self.assertIn(path, seen)
        for wrong in ("ӘРПК 64-бап 3-тармақ", "1-тармағының 2) тармақшасы", "пункта 1 статьи 70"):
            self.assertTrue(POINT.search(wrong), wrong)
        for right in ("3-бөлік", "1-бөлігінің 2) тармақшасы", "подпункт 1) части 1 статьи 70"):
            self.assertFalse(POINT.search(right), right)


if __name__ == "__main__":
    unittest.main()
