#!/usr/bin/python3
"""Executes a guide written in Markdown, so that it cannot drift from the programs. See README.md."""
import argparse
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "demo"))
from ports import free_port  # noqa: E402

MARKS = {"file", "append", "run", "exit", "eventually", "output", "terminal", "until", "shown"}
SECONDS_MAX = 600       # one command; a sanitizer build on a busy machine takes its time
EVENTUALLY_SECONDS = 30  # one expected output that comes by itself


class GuideError(Exception):
    pass


class Block:
    def __init__(self, line, language, marks, text):
        self.line, self.language, self.marks, self.text = line, language, marks, text


def blocks_of(markdown):
    """Fenced blocks; the words behind the language are marks: name or name=value."""
    blocks, current, body = [], None, []
    for number, line in enumerate(markdown.splitlines(), 1):
        if current is None and line.startswith("```"):
            words = shlex.split(line[3:])
            marks = {}
            for word in words[1:]:
                name, _, value = word.partition("=")
                if name not in MARKS:
                    raise GuideError(f"line {number}: unknown mark '{name}'")
                marks[name] = value
            current, body = Block(number, words[0] if words else "", marks, ""), []
        elif current is not None and line.strip() == "```":
            current.text = "\n".join(body) + "\n"
            blocks.append(current)
            current = None
        elif current is not None:
            body.append(line)
    if current is not None:
        raise GuideError(f"line {current.line}: the block is not closed")
    for block in blocks:
        if not block.marks:
            raise GuideError(f"line {block.line}: mark the block as executed, or as 'shown'")
    return blocks


def pattern_of(expected):
    """'…' stands for any text within a line; a line of '…' alone for any lines."""
    lines = []
    for line in expected.rstrip("\n").split("\n"):
        if line.strip() == "…":
            lines.append(r"(?:.*\n)*?")
        else:
            pieces = [re.escape(piece) for piece in line.rstrip().split("…")]
            lines.append(".*".join(pieces) + r"[ ]*\n")
    return re.compile("".join(lines) + r"\n*\Z")


def fits(expected, made):
    """Columns of a table may be wider than in the guide: runs of spaces count as one."""
    expected, made = (re.sub(r"(?<=\S) +", " ", text) for text in (expected, made))
    return bool(pattern_of(expected).match(made.rstrip("\n") + "\n" if made.strip() else ""))


class Runner:
    """One guide in one folder. Ports that the guide writes are replaced by free ones."""

    def __init__(self, folder, environment, ports):
        self.folder = Path(folder)
        self.environment = environment
        self.ports = {port: str(free_port()) for port in ports}
        self.terminals = {}

    def real(self, text):
        for written, used in self.ports.items():
            text = text.replace(written, used)
        return text

    def written(self, text):
        for written, used in self.ports.items():
            text = text.replace(used, written)
        return text

    def execute(self, blocks):
        try:
            for index, block in enumerate(blocks):
                follows = blocks[index + 1] if index + 1 < len(blocks) else None
                self.one(block, follows)
        finally:
            for name in list(self.terminals):
                self.end(name)

    def one(self, block, follows):
        marks = block.marks
        if "file" in marks or "append" in marks:
            path = self.folder / (marks.get("file") or marks["append"])
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "a" if "append" in marks else "w", encoding="utf-8") as out:
                out.write(self.real(block.text))
        elif "terminal" in marks:
            self.start(block)
        elif "run" in marks:
            expected = follows.text if follows and "output" in follows.marks else None
            self.run(block, expected)

    def command(self, text):
        done = subprocess.run(["/bin/bash", "-euo", "pipefail", "-c", self.real(text)],
                              cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=SECONDS_MAX, check=False)
        return done.returncode, self.written(done.stdout.decode("utf-8", "replace"))

    def run(self, block, expected):
        wanted = int(block.marks.get("exit", "0"))
        deadline = time.monotonic() + EVENTUALLY_SECONDS
        while True:
            code, output = self.command(block.text)
            good = code == wanted and (expected is None or fits(expected, output))
            if good:
                return
            if "eventually" not in block.marks or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        logs = "".join(f"--- terminal {name}\n{self.log(name)[-3000:]}\n" for name in self.terminals)
        raise GuideError(f"line {block.line}: {block.text}"
                         f"--- exit {code}, the guide says {wanted}\n--- output\n{output}"
                         + (f"--- the guide says\n{expected}" if expected else "") + logs)

    def log(self, name):
        return (self.folder / f".terminal-{name}").read_text("utf-8", "replace")

    def start(self, block):
        """A program that stays; one that runs in this terminal already is ended first."""
        name, until = block.marks["terminal"], block.marks["until"]
        self.end(name)
        with open(self.folder / f".terminal-{name}", "wb") as log:
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "/bin/bash", "-c",
                 "exec " + self.real(block.text)], cwd=self.folder,
                env=self.environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True)
        self.terminals[name] = process
        deadline = time.monotonic() + SECONDS_MAX
        while until not in self.log(name):
            if process.poll() is not None or time.monotonic() > deadline:
                raise GuideError(f"line {block.line}: did not say '{until}'\n{self.log(name)}")
            time.sleep(0.02)

    def end(self, name):
        process = self.terminals.pop(name, None)
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("guide")
    parser.add_argument("--source", required=True, help="the source tree, HUB in the guide")
    parser.add_argument("--build", required=True, help="the build folder, BUILD in the guide")
    parser.add_argument("--port", action="append", default=[], help="a port the guide writes")
    parser.add_argument("--keep", help="work in this folder and keep it")
    args = parser.parse_args()
    source, build = Path(args.source).resolve(), Path(args.build).resolve()
    environment = {
        **{name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ},
        "HUB": str(source), "BUILD": str(build), "LC_ALL": "C.UTF-8",
        "PATH": f"{build}/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    folder = args.keep or tempfile.mkdtemp(prefix="guide-")
    Path(folder).mkdir(exist_ok=True)
    os.umask(0o022)  # the hub refuses adapter files that a group may write
    started = time.monotonic()
    try:
        blocks = blocks_of(Path(args.guide).read_text("utf-8"))
        runner = Runner(folder, environment, args.port)
        environment["OTINISH_URL"] = runner.real("http://127.0.0.1:8490")
        environment["OTINISH_KEY_FILE"] = "pki/api-key"
        runner.execute(blocks)
        done = sum("shown" not in block.marks for block in blocks)
        print(f"{args.guide}: {done} blocks, {time.monotonic() - started:.1f} s")
        return 0
    except (GuideError, subprocess.TimeoutExpired) as error:
        print(f"{args.guide}: {error}", file=sys.stderr)
        return 1
    finally:
        if not args.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
