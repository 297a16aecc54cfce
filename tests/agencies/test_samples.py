"""The sample appeals: many kinds, languages and bodies, all fitting the published schema."""
import hashlib
import json
import os
import re
import unittest

import support
from lxml import etree
from simlib import identity

SAMPLES = os.path.join(support.ROOT, "tests", "samples")
SCHEMA = os.path.join(support.ROOT, "contracts", "appeal", "appeal.xsd")
XS = "{http://www.w3.org/2001/XMLSchema}"
NS = "urn:otinish:appeal:1"
FICTITIOUS = {"850101100012", "850101100022", "860228200011", "850101100304", "860228200216",
              "940140000385", "990141999900", "990142999906", "990160999904", "990140900507",
              "990150999910"}
KAZAKH = set("әғқңөұүһі")


class Types:
    """Element order and types of the schema, to write a JSON appeal as XML."""

    def __init__(self):
        root = etree.parse(SCHEMA).getroot()
        self.types = {
            each.get("name"): [(child.get("name"), (child.get("type") or "").split(":")[-1],
                                child.get("maxOccurs") == "unbounded")
                               for child in each.find(XS + "sequence").findall(XS + "element")]
            for each in root.findall(XS + "complexType")}

    def write(self, parent, type_name, value):
        left = dict(value)
        for name, child_type, repeated in self.types[type_name]:
            if name not in left:
                continue
            found = left.pop(name)
            if repeated != isinstance(found, list):
                raise AssertionError(f"{name}: a list where none is, or none where one is")
            for item in found if repeated else [found]:
                child = etree.SubElement(parent, f"{{{NS}}}{name}")
                if isinstance(item, dict):
                    self.write(child, child_type, item)
                else:
                    child.text = str(item).lower() if isinstance(item, bool) else str(item)
        if left:
            raise AssertionError(f"unknown fields: {sorted(left)}")

    def read(self, element, type_name):
        """The other way: an XML appeal as a dict of texts, for checks of content."""
        result = {}
        for name, child_type, repeated in self.types[type_name]:
            found = [self.read(child, child_type) if len(child) else child.text
                     for child in element.findall(f"{{{NS}}}{name}")]
            if found:
                result[name] = found if repeated else found[0]
        return result


def names(folder):
    return sorted(os.listdir(os.path.join(SAMPLES, folder)))


def read(*parts):
    with open(os.path.join(SAMPLES, *parts), "rb") as file:
        return file.read()


class Samples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.types = Types()
        cls.schema = etree.XMLSchema(etree.parse(SCHEMA))
        cls.valid = {}
        for name in names("valid"):
            data = read("valid", name)
            cls.valid[name] = json.loads(data) if name.endswith(".json") else \
                cls.types.read(etree.fromstring(data), "Appeal")

    def test_every_sample_fits_the_schema(self):
        for name, appeal in self.valid.items():
            with self.subTest(name):
                if name.endswith(".xml"):
                    root = etree.fromstring(read("valid", name))
                else:
                    root = etree.Element(f"{{{NS}}}appeal", nsmap={None: NS})
                    self.types.write(root, "Appeal", appeal)
                self.schema.assertValid(root)

    def test_there_is_enough_variety(self):
        appeals = self.valid.values()
        self.assertGreaterEqual(len(self.valid), 40)
        self.assertGreaterEqual(sum(name.endswith(".xml") for name in self.valid), 10)
        self.assertEqual({each["kind"] for each in appeals},
                         {"application", "complaint", "message", "proposal", "response",
                          "request", "petition"})
        self.assertEqual({each["language"] for each in appeals}, {"kk", "ru", "en"})
        self.assertEqual({each["addressee_body"]["bin"] for each in appeals},
                         {"990140900507", "940140000385", "990141999900"})
        self.assertEqual({each["applicant"][0]["type"] for each in appeals},
                         {"person", "company"})
        self.assertEqual({each["character"] for each in appeals}, {"individual", "collective"})
        self.assertTrue(any("attachments" in each for each in appeals))

    def test_texts_are_in_their_language(self):
        for name, appeal in self.valid.items():
            letters = set(appeal["subject_text"].lower())
            with self.subTest(name):
                self.assertGreaterEqual(len(re.findall(r"[.?!](?:\s|$)", appeal["subject_text"])), 3)
                if appeal["language"] == "kk":
                    self.assertGreaterEqual(len(letters & KAZAKH), 4)
                elif appeal["language"] == "ru":
                    self.assertFalse(letters & KAZAKH)
                else:
                    self.assertFalse(letters & set("абвгдежзийклмнопрстуфхцчшщъыьэюя"))

    def test_keys_are_unique_and_everybody_is_fictitious(self):
        keys = [(each["source_system"], each["source_id"]) for each in self.valid.values()]
        self.assertEqual(len(keys), len(set(keys)))
        for name, appeal in self.valid.items():
            for number in re.findall(r"(?<!\d)\d{12}(?!\d)", json.dumps(appeal)):
                self.assertIn(number, FICTITIOUS, name)
                self.assertTrue(identity.check_digit_fits(number), name)

    def test_attachments_are_there(self):
        used = set()
        for name, appeal in self.valid.items():
            for each in appeal.get("attachments", []):
                data = read("files", each["name"])
                self.assertEqual(int(each["size"]), len(data), name)
                self.assertEqual(each["sha256"], hashlib.sha256(data).hexdigest(), name)
                used.add(each["name"])
        self.assertEqual(used, set(names("files")))

    def test_the_broken_ones_are_listed(self):
        rows = [line.split("\t") for line in read("broken", "expected.tsv").decode().splitlines()
                if not line.startswith("#")]
        self.assertEqual(len(rows), 10)
        self.assertEqual([row[0] for row in rows],
                         [name for name in names("broken") if name != "expected.tsv"])
        for _, status, code, _ in rows:
            self.assertRegex(status, r"^4\d\d$")
            self.assertRegex(code, r"^[a-z]+\.[a-z_]+$")


if __name__ == "__main__":
    unittest.main()
