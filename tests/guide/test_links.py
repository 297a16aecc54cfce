"""Every link of the documents leads somewhere, and every document can be found from README.md."""
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# What people look for who have only README.md.
WANTED = ("contracts/api/openapi.yaml", "contracts/appeal/README.md", "contracts/adapter/hub_adapter.h")


def documents():
    """Those for readers; hub/ has notes beside its tests' data only."""
    return [path for path in ROOT.rglob("*.md")
            if not path.relative_to(ROOT).parts[0].startswith(("build", "hub", "."))]


def links(path):
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.S)
    for target in LINK.findall(text):
        if not re.match(r"[a-z]+:|#", target):
            yield target, (path.parent / target.split("#")[0]).resolve()


class Links(unittest.TestCase):
    def test_every_link_leads_somewhere(self):
        dead = [f"{path.relative_to(ROOT)}: {target}"
                for path in documents() for target, to in links(path) if not to.exists()]
        self.assertEqual(dead, [])

    def test_every_document_can_be_found_from_the_readme(self):
        seen, todo = set(), [ROOT / "README.md"]
        while todo:
            path = todo.pop()
            if path in seen:
                continue
            seen.add(path)
            if path.suffix == ".md":
                todo += [to for _, to in links(path)]
            elif path.is_dir():
                todo += sorted(path.glob("*.md"))
        lost = [str(path.relative_to(ROOT)) for path in documents() if path not in seen]
        self.assertEqual(lost, [])
        self.assertEqual([name for name in WANTED if ROOT / name not in seen], [])


if __name__ == "__main__":
    unittest.main()
