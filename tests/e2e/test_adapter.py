"""A fourth agency behind an adapter in another language, from configuration alone."""
import shutil
import unittest

from e2e import BUILD, ROOT, Case, make_appeal, write_config

BODY = """  - bin: "990150999910"
    alias: pyecho
    level: central
    names: {kk: "Экология сынақ органы", ru: "Пробный орган экологии", en: "Ecology test body"}
    kato: []
    topics: [ecology]
    valid_from: 2020-01-01
"""
RULE = """  - {id: R9, topics: [ecology/air], kato: [], body: "990150999910", valid_from: 2020-01-01}
"""
AGENCY = f"""
  - alias: pyecho
    command: [/usr/bin/python3, -B, {BUILD}/adapters/python_echo/echo_adapter.py]
    processes: 1
    collect_every_ms: 200
    settings: {{prefix: "ECO-"}}
"""


class PythonAdapter(Case):
    def make_law(self):
        law = self.work / "law"
        shutil.copytree(ROOT / "config" / "law", law)
        for name, text in (("bodies.yaml", BODY), ("routing.yaml", RULE)):
            with open(law / name, "a", encoding="utf-8") as file:
                file.write(text)
        return law

    def test_an_appeal_is_routed_to_it_and_delivered_by_it(self):
        law = self.make_law()
        config = write_config(self.work / "hub.yaml", self.pki, more=AGENCY,
                              replace={"law_folder: law": f"law_folder: {law}"})
        stage = self.start_stage(config=config)
        topic = [{"section": "ecology", "category": "air", "classifier_version": "topics-2026.1",
                  "by": "person", "primary": True}]
        receipts = [self.accept(make_appeal("zher", f"air-{n}", topic=topic,
                                            addressee_body={"bin": "990150999910"}))
                    for n in range(5)]
        others = self.accept(make_appeal("zher", "not-air"))
        for receipt in receipts:
            self.assertEqual((receipt["body"], receipt["body_name"]),
                             ("990150999910", "Ecology test body"))
            shown = self.until(lambda: self.appeal(receipt["hub_id"])["state"] == "assigned" and
                               self.appeal(receipt["hub_id"]), "it is delivered")
            self.assertEqual(shown["external_ids"],
                             [{"system": "pyecho", "id": "ECO-" + receipt["message_id"]}])
            self.assertEqual([d["state"] for d in shown["destinations"]], ["delivered"])
        told = self.agency("pyecho")
        self.assertEqual((told["adapter"], told["hosting"], told["name"]),
                         ("python_echo", "child", "Ecology test body"))
        self.assertEqual(told["restarts"], 0)
        # An agency may send statuses and decisions; this one sends receipts: kept, with the reason.
        self.until(lambda: len(self.quarantine("pyecho")) == 5, "its receipts are in quarantine")
        self.assertEqual({row["code"] for row in self.quarantine("pyecho")},
                         {"exchange.type_not_allowed"})
        self.wait_decided([others["hub_id"]])
        self.assertEqual(len(self.quarantine("pyecho")), 5)
        self.assertEqual({self.appeal(r["hub_id"])["state"] for r in receipts}, {"assigned"})


if __name__ == "__main__":
    unittest.main()
