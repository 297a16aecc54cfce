"""The demo behind `./dev run`: one hub, three simulated agencies, the sample appeals."""
import argparse
import csv
import fcntl
import json
import shutil
import signal
import socket
import sys
import threading
import time
import unicodedata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from stage import ROOT, Stage, StageError, free_port, main_guard, write_config  # noqa: E402

MARKER = ".otinish-demo"
SAMPLES = ROOT / "tests" / "samples"
# The Ministry of Finance, above the city akimat in the demo's own register: so a complaint goes up within the hub.
FICTITIOUS_HIGHER = "990140900507"
ROUGH = {"minfin": "minfin-rough-day.txt", "akimat": "akimat-rough-day.json",
         "zher": "zher-rough-day.txt"}


def width(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in text)


def table(headers, rows):
    columns = [max(width(str(r[i])) for r in [headers, *rows]) for i in range(len(headers))]
    for index, row in enumerate([headers, *rows]):
        print("  ".join(str(v) + " " * (c - width(str(v))) for v, c in zip(row, columns)).rstrip())
        if index == 0:
            print("  ".join("-" * c for c in columns))


def port_taken(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def feed_valid(stage, files):
    numbers, failed = [], []
    for index, path in enumerate(files, 1):
        status, _, body = stage.submit(path)
        if status in (200, 201):
            numbers.append((path.name, json.loads(body)))
        else:
            failed.append((path.name, status, body.decode("utf-8", "replace")[:500]))
        if sys.stdout.isatty() or index == len(files):
            print(f"\r  accepted {len(numbers)} of {len(files)}", end="", flush=True)
    print()
    for name, status, body in failed:
        print(f"  REFUSED {name}: {status} {body}")
    return numbers, failed


def feed_broken(stage):
    expected = {}
    with open(SAMPLES / "broken" / "expected.tsv", encoding="utf-8") as lines:
        for row in csv.reader((l for l in lines if not l.startswith("#")), delimiter="\t"):
            expected[row[0]] = {"status": row[1], "code": row[2]}
    rows, wrong = [], 0
    for name, row in sorted(expected.items()):
        language = {0: "en", 1: "ru", 2: "kk"}[len(rows) % 3]
        status, _, body = stage.submit(SAMPLES / "broken" / name, language)
        try:
            problem = json.loads(body)
        except ValueError:
            problem = {"code": "?", "title": body[:60].decode("utf-8", "replace")}
        first = (problem.get("errors") or [{}])[0]
        where = first.get("field") or (f"line {first['line']}" if first.get("line") else "")
        right = str(status) == row["status"] and str(problem.get("code", "")).startswith(row["code"])
        wrong += not right
        rows.append((name, status, problem.get("code"), where, problem.get("title", ""),
                     "" if right else f"EXPECTED {row['status']} {row['code']}"))
    table(("broken sample", "HTTP", "code", "where", "text in the caller's language", ""), rows)
    return wrong


def decided(row):
    return bool(row.get("decision_outcome"))


def watch(stage, ids, seconds, stop):
    """Live progress until every id is decided; returns the rows."""
    deadline = time.monotonic() + seconds
    shown = ""
    while True:
        rows = {r["hub_id"]: r for r in stage.all_appeals() if r["hub_id"] in ids}
        states = {}
        for row in rows.values():
            states[row["state"]] = states.get(row["state"], 0) + 1
        count = sum(decided(r) for r in rows.values())
        line = f"  decided {count} of {len(ids)}   " + "  ".join(
            f"{state} {n}" for state, n in sorted(states.items()))
        if line != shown:
            if sys.stdout.isatty():
                print("\r" + line.ljust(max(len(shown), 100)), end="", flush=True)
            else:
                print(line, flush=True)
            shown = line
        if count == len(ids) or time.monotonic() > deadline or stop.is_set():
            if sys.stdout.isatty():
                print()
            return list(rows.values())
        stop.wait(0.5)


def show_results(stage, rows):
    names = {a["alias"]: a for a in stage.get_json("/v1/agencies")["agencies"]}
    lines = []
    for row in sorted(rows, key=lambda r: r["reg_number"]):
        agency = names.get(row["destination"], {})
        decision = row.get("decision_outcome") or "-"
        if row.get("decision_character"):
            decision += " / " + row["decision_character"]
        lines.append((row["reg_number"], row["kind"], row["language"],
                      agency.get("name") or "reception desk", row["destination"] or "-",
                      row["due_date"], row["state"], decision))
    table(("number", "kind", "lang", "body", "adapter", "due", "state", "decision"), lines)


def hints(stage, rows, build, pki):
    number = sorted(r["reg_number"] for r in rows)[0] if rows else "NUMBER"
    ascii_number = number.replace("ЖТ-", "ZhT-").replace("ЗТ-", "ZT-")
    def shown(path):
        path = Path(path).resolve()
        return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    key = shown(Path(pki) / "api-key")
    program = shown(Path(build) / "bin" / "hubctl")
    hubctl = f"{program} --url {stage.url} --key-file {key}"
    ready = stage.ready
    sample = sorted(p.name for p in (SAMPLES / "valid").iterdir() if p.suffix == ".json")[0]
    print(f"""
Try next, in another terminal:
  {hubctl} status
  {hubctl} show {ascii_number}
  {hubctl} list --state executed
  {hubctl} submit tests/samples/valid/{sample}      (the same again: the same receipt)
  {hubctl} adapter list
  {program} map test adapters/mappings/minfin
  curl -H "Authorization: Bearer $(cat {key})" {stage.url}/v1/appeals/{ascii_number}/events
  curl -H "Authorization: Bearer $(cat {key})" -d '{{"kind":"complaint","received_at":"2026-03-17T10:00:00+05:00"}}' \\
       -H 'Content-Type: application/json' {stage.url}/v1/deadlines:calculate
  curl {stage.url}/metrics
Addresses:
  hub REST      {stage.url}            agency doors {stage.url}/agency/minfin, /agency/akimat
  SHEP gateway  http://127.0.0.1:{ready['minfin']['port']}/shep/async   control http://127.0.0.1:{ready['minfin']['control_port']}/control/state
  akimat        http://127.0.0.1:{ready['akimat']['port']}/api/v1       control http://127.0.0.1:{ready['akimat']['control_port']}/control/state
  land drop     {ready['sftp']['url']}   control http://127.0.0.1:{ready['zher']['control_port']}/control/state
Logs and data:  {stage.folder}""")


def lock_folder(folder):
    """The locked marker that says the folder is a demo's; None while another demo has it."""
    folder.mkdir(parents=True, exist_ok=True)
    marker = open(folder / MARKER, "a")
    try:
        fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        marker.close()
        return None
    return marker


def take_folder(wanted, keep):
    """(folder, lock) to run in. Only what a demo made is ever removed."""
    ours = [ROOT / "data" / name for name in ("demo", *(f"demo-{n}" for n in range(2, 10)))]
    for folder in [Path(wanted)] if wanted else ours:
        foreign = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
        if wanted and foreign and not (folder / MARKER).exists():
            raise StageError(f"{folder} holds something that is not a demo's data, and a demo replaces "
                            f"what is there: name another folder, or empty it yourself")
        lock = lock_folder(folder)
        if lock is None:
            continue
        for entry in [] if keep else folder.iterdir():
            if entry.name == MARKER:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        return folder, lock
    raise StageError("another demo runs in that folder" if wanted else "ten demos run already")


def make_law(folder):
    """The law data of the demo: as config/law, but that a connected body stands above another."""
    law = folder / "law"
    shutil.copytree(ROOT / "config" / "law", law, dirs_exist_ok=True)
    bodies = law / "bodies.yaml"
    head, mark, akimat = bodies.read_text("utf-8").partition("    alias: akimat\n")
    lines = akimat.split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith("    higher_body:"))
    lines[at] = (f'    higher_body: "{FICTITIOUS_HIGHER}"  # fictitious, for the demo alone: the '
                 "Ministry of Finance is connected, the Government is not")
    bodies.write_text(head + mark + "\n".join(lines), "utf-8")
    return law


def main():
    parser = argparse.ArgumentParser(prog="./dev run", description=__doc__)
    parser.add_argument("--once", action="store_true",
                        help="end by itself; 0 only if every valid appeal got its decision back")
    parser.add_argument("--build", default=str(ROOT / "build"), help=argparse.SUPPRESS)
    parser.add_argument("--pki", default=str(ROOT / "certs" / "dev"), help=argparse.SUPPRESS)
    parser.add_argument("--data", 
                        help="data folder: new, empty or of an earlier demo, whose data it replaces "
                             "(default data/demo, or data/demo-2 … while another demo runs)")
    parser.add_argument("--keep", action="store_true", help="go on with the data of the last run")
    parser.add_argument("--port", type=int, default=8480,
                        help="the hub's port (default 8480, or a free one if it is taken)")
    parser.add_argument("--rough-day", action="store_true",
                        help="the agencies misbehave by tests/agencies/faults")
    parser.add_argument("--timeout", type=int, default=180, help="seconds to wait for decisions")
    options = parser.parse_args()

    folder, _lock = take_folder(options.data, options.keep)
    port = free_port() if options.port == 0 or port_taken(options.port) else options.port
    faults = {}
    if options.rough_day:
        faults = {a: ROOT / "tests" / "agencies" / "faults" / f for a, f in ROUGH.items()}
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stage = Stage(folder, options.build, options.pki, faults=faults, step_ms=300,
                  config=write_config(folder / "hub.yaml", options.pki, replace={
                      "law_folder: law": f"law_folder: {make_law(folder)}"}))
    result = 2
    try:
        print("Starting an SFTP server and three simulated agencies …", flush=True)
        stage.start_agencies(port)
        stage.start_hub()
        print("In the demo's register the Ministry of Finance stands above the city akimat, so that a "
              "complaint goes up to a connected body: fictitious.")
        print(f"The hub listens on {stage.url}\n\nUploading attachments, submitting sample appeals:")
        stage.upload_files(SAMPLES / "files")
        files = sorted(p for p in (SAMPLES / "valid").iterdir() if p.suffix in (".json", ".xml"))
        accepted, failed = feed_valid(stage, files)
        print("\nSubmitting samples that must be refused:")
        wrong = feed_broken(stage)
        print("\nWaiting for the agencies' decisions:")
        ids = {receipt["hub_id"] for _, receipt in accepted}
        rows = watch(stage, ids, options.timeout, stop)
        print()
        show_results(stage, rows)
        undecided = len(ids) - sum(decided(r) for r in rows)
        print(f"\n{len(ids) - undecided} of {len(files)} appeals decided, {len(failed)} refused, "
              f"{undecided} undecided; broken samples treated otherwise than expected: {wrong}")
        result = 0 if not (undecided or failed or wrong) else 1
        if not options.once and not stop.is_set():
            hints(stage, rows, options.build, options.pki)
            print("\nThe hub keeps running. Ctrl-C stops it.", flush=True)
            stop.wait()
            print("\nStopping …")
            result = 0
    finally:
        codes = stage.stop()
        dirty = {name: code for name, code in codes.items() if code not in (0, None)}
        if dirty:
            print(f"did not stop cleanly: {dirty}; logs in {stage.logs}", file=sys.stderr)
            result = result or 2
    return result


if __name__ == "__main__":
    main_guard(main)
