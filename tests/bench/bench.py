"""./dev bench: measures speed and size of a real hubd, and prints tables for people.

Everything runs on this machine, on loopback, in a temporary folder, and ends by itself. Nothing is
asserted: the numbers say what they are, with the noise they were measured in.
"""
import argparse
import hashlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "tests" / "bench" / "appeal.xml"
KEY = "bench-key-of-a-short-life"
TICK = os.sysconf("SC_CLK_TCK")
KINDS = {"ECDSA P-256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
         "RSA-2048": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]}
PARTS = ["chain", "relay", "accept", "memory", "store", "law"]
HELP = """parts:
  chain    the whole way of an appeal as CPU time of the hub, beside the sum of its unavoidable parts
  relay    the hub's HTTP server and client alone (always measured with chain, as a part of the sum)
  accept   latency of REST in -> committed -> signed receipt, nothing delivered
  memory   resident memory of hubd over many appeals through the whole chain
  store    look-ups and finding work with few and with many finished appeals in the store
  law      deadlines, open clocks counted again, nearest duplicates, each beside a naive way
"""


class BenchError(Exception):
    pass


def run(arguments, **more):
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise BenchError(f"{Path(str(arguments[0])).name} failed: {done.stderr.strip()[-600:]}")
    return done.stdout


class Program:
    """A child process; those that listen print {"port": N}."""

    def __init__(self, arguments, log):
        self.log = open(log, "ab")
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", *(str(a) for a in arguments)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log)
        self.port = 0

    def wait_for_port(self):
        line = self.process.stdout.readline()
        if not line:
            raise BenchError(f"a program did not start, see {self.log.name}")
        self.port = json.loads(line)["port"]
        return self

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        self.log.close()


def cpu_of(pid):
    """CPU seconds of one process, without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def children_of(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found += [int(p) for p in (task / "children").read_text().split()]
        except OSError:
            pass
    return found


def memory_of(pid):
    """(resident, anonymous) KiB."""
    values = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return tuple(int(values[name].split()[0]) for name in ("VmRSS", "RssAnon"))


class Keys:
    """One self-signed certificate for the hub and one for the gateway, of one kind."""

    def __init__(self, folder, kind):
        self.folder = Path(folder)
        self.folder.mkdir()
        for name in ("hub", "gateway"):
            run(["openssl", "genpkey", *KINDS[kind], "-out", self.key(name)])
            os.chmod(self.key(name), 0o600)
            run(["openssl", "req", "-x509", "-new", "-key", self.key(name), "-days", "30", "-subj",
                 f"/O=Otinish bench/CN={name}", "-addext", "keyUsage=critical,digitalSignature",
                 "-addext", "basicConstraints=critical,CA:FALSE",
                 "-out", self.certificate(name)])

    def key(self, name):
        return self.folder / f"{name}.key"

    def certificate(self, name):
        return self.folder / f"{name}.crt"


class Hub:
    """A hubd of its own, with a fresh store. sink None: no agency, nothing is delivered."""

    def __init__(self, bench, name, keys, sink=None, hosting="in-process"):
        self.bench = bench
        self.sink = sink
        self.folder = bench.folder / name
        self.folder.mkdir(exist_ok=True)
        (self.folder / "password").write_text("demo")
        config = self.folder / "hub.yaml"
        config.write_text(self.config(keys, hosting))
        port_file = self.folder / "port"
        self.program = Program([bench.build / "bin" / "hubd", "--config", config, "--port-file",
                                port_file], self.folder / "hubd.log")
        deadline = time.monotonic() + 60
        while not port_file.exists():
            if self.program.process.poll() is not None or time.monotonic() > deadline:
                raise BenchError("hubd did not start:\n" +
                                 (self.folder / "hubd.log").read_text()[-2000:])
            time.sleep(0.02)
        self.port = int(port_file.read_text())
        self.pid = self.program.process.pid
        self.sent = 0

    def config(self, keys, hosting):
        text = f"""
node_name: bench
data_folder: {self.folder}/data
law_folder: {ROOT}/config/law
schema_file: {ROOT}/contracts/appeal/appeal.xsd
keys:
  - {{name: hub, key: {keys.key('hub')}, certificate: {keys.certificate('hub')}}}
journal_key: hub
listen: {{host: 127.0.0.1, port: 0, plain_on_loopback: true}}
clients:
  - {{name: bench, api_key_sha256: {hashlib.sha256(KEY.encode()).hexdigest()}, admin: true}}
"""
        if self.sink is None:
            return text + "agencies: []\n"
        return text + f"""
agencies:
  - alias: minfin
    adapter: soap
    hosting: {hosting}
    concurrency: 4
    collect_every_ms: 0
    settings_file: {ROOT}/adapters/mappings/minfin/settings.yaml
    secrets: {{password: {self.folder}/password}}
    endpoints:
      - name: gateway
        url: http://127.0.0.1:{self.sink.port}/shep/async
        connections_max: 32
        security: {{profile: wsse-shep, key: hub, peers: [{keys.certificate('gateway')}]}}
"""

    def post(self, count, connections):
        result = self.bench.load(self.port, count, connections, f"{self.folder.name}-{self.sent}")
        self.sent += count
        return result

    def unfinished(self):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/v1/agencies")
        request.add_header("Authorization", "Bearer " + KEY)
        with urllib.request.urlopen(request, timeout=30) as answer:
            agency = json.load(answer)["agencies"][0]
        counts = agency.get("outbox", agency)
        if counts.get("dead", 0) or counts.get("retrying", 0):
            raise BenchError(f"deliveries failed: {agency}")
        return counts["waiting"]

    def wait_delivered(self, answered_before, count):
        """Until the gateway answered them all and the hub stored every result."""
        deadline = time.monotonic() + 120
        while self.bench.answered(self.sink) < answered_before + count or self.unfinished():
            if time.monotonic() > deadline:
                raise BenchError("deliveries do not finish; see hubd.log")
            time.sleep(0.02)

    def cpu(self):
        return cpu_of(self.pid) + sum(cpu_of(p) for p in children_of(self.pid))

    def chain(self, count, connections):
        """(CPU us, wall us) per appeal, from the first request until the last result is stored."""
        before, answered, start = self.cpu(), self.bench.answered(self.sink), time.monotonic()
        self.post(count, connections)
        self.wait_delivered(answered, count)
        return ((self.cpu() - before) * 1e6 / count, (time.monotonic() - start) * 1e6 / count)

    def stop(self):
        self.program.stop()


class Table:
    def __init__(self, *heads):
        self.rows = [heads]

    def add(self, *cells):
        self.rows.append(cells)

    def show(self):
        widths = [max(len(str(row[i])) for row in self.rows) for i in range(len(self.rows[0]))]
        for n, row in enumerate(self.rows):
            print("  " + "  ".join(str(c).ljust(w) if i == 0 else str(c).rjust(w)
                                   for i, (c, w) in enumerate(zip(row, widths))).rstrip())
            if n == 0:
                print("  " + "  ".join("-" * w for w in widths))
        print()


def spread(values, digits=0):
    """median (lowest-highest)"""
    return (f"{statistics.median(values):.{digits}f} "
            f"({min(values):.{digits}f}-{max(values):.{digits}f})")


class Bench:
    def __init__(self, arguments, folder):
        self.build = Path(arguments.build).resolve()
        self.folder = Path(folder)
        self.arguments = arguments
        self.running = []
        self.keys = {kind: Keys(self.folder / f"keys{i}", kind) for i, kind in enumerate(KINDS)}

    def program(self, name, *arguments):
        program = Program([self.build / "bin" / name, *arguments], self.folder / f"{name}.log")
        self.running.append(program)
        return program.wait_for_port()

    def hub(self, *arguments, **more):
        hub = Hub(self, *arguments, **more)
        self.running.append(hub)
        return hub

    def sink(self, keys, signed):
        return self.program("bench_sink", "--key", keys.key("gateway"), "--certificate",
                            keys.certificate("gateway"), "--signed", signed)

    def load(self, port, count, connections, prefix, path="/v1/appeals", key=KEY):
        return json.loads(run([self.build / "bin" / "bench_load", "--port", port, "--template",
                               TEMPLATE, "--count", count, "--connections", connections,
                               "--prefix", prefix, "--path", path, "--key", key]))

    def answered(self, sink):
        with urllib.request.urlopen(f"http://127.0.0.1:{sink.port}/", timeout=30) as answer:
            return int(answer.read())

    def stop(self):
        for program in reversed(self.running):
            program.stop()
        self.running = []

    def parts(self, keys, ms):
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            return json.loads(run([self.build / "bin" / "bench_parts", "--source", ROOT,
                                   "--template", TEMPLATE, "--key", keys.key("hub"),
                                   "--certificate", keys.certificate("hub"), "--folder", folder,
                                   "--ms", ms]))

    def relay_round(self, relay, count, connections):
        before, start = cpu_of(relay.process.pid), time.monotonic()
        self.load(relay.port, count, connections, "relay", "/agency/relay", "")
        return ((cpu_of(relay.process.pid) - before) * 1e6 / count,
                (time.monotonic() - start) * 1e6 / count)

    # --- the tables

    def chain_table(self):
        a = self.arguments
        count, rounds, connections = a.count, a.rounds, a.connections
        print(f"A. The whole chain: REST in, validate, store, translate, sign, HTTP out, receipt "
              f"verified, stored.\n   CPU time of the hub per appeal of {TEMPLATE.stat().st_size} "
              f"bytes; {rounds} interleaved rounds of {count} appeals,\n   {connections} "
              f"connections; median (lowest-highest) in microseconds.\n")
        relay = self.program("bench_relay", "--sink",
                             self.sink(self.keys["ECDSA P-256"], "once").port)
        hubs = {}
        for kind, keys in self.keys.items():
            for hosting in ("in-process", "child"):
                hubs[kind, hosting] = self.hub(f"{keys.folder.name}-{hosting}", keys,
                                               self.sink(keys, "each"), hosting)
                hubs[kind, hosting].chain(max(200, count // 5), connections)
        self.relay_round(relay, count, connections)
        sums = {kind: [] for kind in KINDS}
        parts = {kind: [] for kind in KINDS}
        cpu = {key: [] for key in hubs}
        wall = {key: [] for key in hubs}
        ratios = {key: [] for key in hubs}
        relays, relay_walls = [], []
        for _ in range(rounds):
            for kind, keys in self.keys.items():
                part = self.parts(keys, a.part_ms)
                part["HTTP in and out (plain relay)"], relay_wall = self.relay_round(
                    relay, count * 2, connections)
                relays.append(part["HTTP in and out (plain relay)"])
                relay_walls.append(relay_wall)
                parts[kind].append(part)
                sums[kind].append(sum(part.values()))
                for hosting in ("in-process", "child"):
                    micros, wall_micros = hubs[kind, hosting].chain(count, connections)
                    cpu[kind, hosting].append(micros)
                    wall[kind, hosting].append(wall_micros)
                    ratios[kind, hosting].append(micros / sums[kind][-1])
        self.stop()
        table = Table("unavoidable part, us", *KINDS)
        for name in parts["RSA-2048"][0]:
            table.add(name, *(spread([p[name] for p in parts[kind]], 1) for kind in KINDS))
        table.add("sum", *(spread(sums[kind], 1) for kind in KINDS))
        table.show()
        table = Table("chain", "CPU us/appeal", "appeals/s (2 cores, with load and gateway)",
                      "ratio to the sum")
        for (kind, hosting), values in cpu.items():
            table.add(f"{kind}, adapter {hosting}", spread(values),
                      spread([1e6 / w for w in wall[kind, hosting]]),
                      spread(ratios[kind, hosting], 2))
        table.show()
        print("   The sum holds bare library calls (libxml2, libxslt, OpenSSL, SQLite with 100 appeals per "
              "commit) and the\n   plain relay; an appeal goes through all of them before the next "
              "does, on two threads at once, as the\n   chain keeps both cores busy. It stores one row "
              "and one result; the chain keeps events, clocks, outbox,\n   attempt and journal, too. "
              "Its HTTP part is the hub's own server and client.\n")
        table = Table("B. plain relay (HTTP server and client only)", "CPU us/request", "requests/s")
        table.add("in and out", spread(relays, 1), spread([1e6 / w for w in relay_walls]))
        table.show()
        noise = [p["sign: key operation"] for p in parts["RSA-2048"]]
        print(f"   Noise: the same RSA signature took {spread(noise, 1)} us over the rounds: "
              f"differences below {max(noise) / min(noise):.2f}x mean nothing.\n")

    def accept_table(self):
        a = self.arguments
        print("C. Accepting alone: REST in, validated, registered, committed, signed receipt out; "
              "nothing is delivered.\n")
        table = Table("keys, connections", "p50 ms", "p95 ms", "p99 ms", "appeals/s", "CPU us/appeal")
        for kind, keys in self.keys.items():
            hub = self.hub(f"accept-{keys.folder.name}", keys)
            hub.post(500, 16)
            for connections in (1, 16, 64):
                count = a.count if connections > 1 else max(500, a.count // 2)
                before = hub.cpu()
                got = hub.post(count, connections)
                table.add(f"{kind}, {connections}",
                          *(f"{got[p] / 1000:.2f}" for p in ("p50_us", "p95_us", "p99_us")),
                          f"{got['sent'] / got['seconds']:.0f}",
                          f"{(hub.cpu() - before) * 1e6 / count:.0f}")
            self.stop()
        table.show()

    def memory_table(self):
        total = self.arguments.appeals
        print(f"D. Memory of hubd over {total} appeals through the whole chain (adapter in-process).\n")
        keys = self.keys["ECDSA P-256"]
        hub = self.hub("memory", keys, self.sink(keys, "each"))
        table = Table("appeals", "resident MiB", "of it anonymous", "against 10 %")
        first = 0
        for tenth in range(1, 11):
            count = total * tenth // 10 - total * (tenth - 1) // 10
            hub.chain(count, self.arguments.connections)
            resident, anonymous = memory_of(hub.pid)
            first = first or resident
            table.add(total * tenth // 10, f"{resident / 1024:.1f}", f"{anonymous / 1024:.1f}",
                      f"{(resident / first - 1) * 100:+.1f} %")
        self.stop()
        table.show()

    def store_table(self):
        print("E. The store: cost per commit by group size, and look-ups with few and with many "
              "finished appeals.\n")
        folder = self.folder / "store"
        folder.mkdir()
        subprocess.run([str(self.build / "bin" / "store_scale_bench"), str(self.arguments.finished),
                        "1000", str(folder)], check=True)
        print()
        print("   The same two stores behind the door: GET /v1/appeals/{number} of any of them, "
              "interleaved rounds; median (lowest-highest).\n")
        hubs = {}
        for name in ("few", "many"):
            data = self.folder / f"lookup-{name}" / "data"
            data.mkdir(parents=True)
            (folder / f"{name}.db").rename(data / "hub.db")
            hubs[name] = self.hub(f"lookup-{name}", self.keys["ECDSA P-256"])
        few, many = 1000, self.arguments.finished
        # Cold pages cost whoever asks for appeals of long ago; the depth of the trees costs everybody.
        asked = {f"{few}": ("few", 1, few),
                 f"{many}, the newest {few} of them": ("many", many - few + 1, few),
                 f"{many}, any of them": ("many", 1, many)}
        rows = {name: [] for name in asked}
        for hub_round in range(self.arguments.rounds + 1):
            for name, (store, first, numbers) in asked.items():
                hub = hubs[store]
                before = hub.cpu()
                got = json.loads(run([
                    self.build / "bin" / "bench_load", "--port", hub.port, "--count",
                    self.arguments.count, "--connections", 4, "--key", KEY, "--numbers", numbers,
                    "--first-number", first, "--path", "/v1/appeals/%D0%96%D0%A2-2026-@N@"]))
                cpu = (hub.cpu() - before) * 1e6 / self.arguments.count
                if hub_round > 0:  # the first one warms up
                    rows[name].append((cpu, got["p50_us"], got["p99_us"]))
        self.stop()
        table = Table("finished appeals, asked for", "CPU us/request", "p50 us", "p99 us")
        for name, values in rows.items():
            table.add(name, *(spread(column) for column in zip(*values)))
        table.show()

    def law_table(self):
        print("F. Questions to the law, each beside a naive way of doing the same.\n")
        subprocess.run([str(self.build / "bin" / "law_bench"), str(self.arguments.finished)],
                       cwd=ROOT, check=True)
        print("\nA late order on days off, with the store (nothing moved; then every consideration term),"
              " beside the naive way:")
        subprocess.run([str(self.build / "bin" / "reload_bench"),
                        str(min(200_000, self.arguments.finished))], cwd=ROOT, check=True)
        print("\nReports of supervision, and what each appeal costs if it is asked for alone:")
        subprocess.run([str(self.build / "bin" / "report_bench"),
                        str(min(200_000, self.arguments.finished))], cwd=ROOT, check=True)
        print()


def parse_arguments():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__, epilog=HELP,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART",
                        help="which tables to make (default: all): " + ", ".join(PARTS))
    parser.add_argument("--build", default=str(ROOT / "build"), help="build folder")
    parser.add_argument("--quick", action="store_true",
                        help="fewer rounds and appeals: a look in about a minute")
    parser.add_argument("--rounds", type=int, help="rounds of the chain (default 7)")
    parser.add_argument("--count", type=int, help="appeals per round (default 4000)")
    parser.add_argument("--connections", type=int, default=64, help="of the chain (default 64)")
    parser.add_argument("--appeals", type=int, help="of the memory table (default 100000)")
    parser.add_argument("--finished", type=int,
                        help="finished appeals of the store table (default 1000000)")
    parser.add_argument("--keep", action="store_true", help="keep the temporary folder")
    arguments = parser.parse_args()
    for part in arguments.parts:
        if part not in PARTS:
            parser.error(f"unknown part '{part}'")
    arguments.parts = arguments.parts or PARTS
    quick = arguments.quick
    arguments.rounds = arguments.rounds or (3 if quick else 7)
    arguments.count = arguments.count or (1500 if quick else 4000)
    arguments.appeals = arguments.appeals or (20_000 if quick else 100_000)
    arguments.finished = arguments.finished or (20_000 if quick else 1_000_000)
    arguments.part_ms = 600 if quick else 1500
    return arguments


def main():
    arguments = parse_arguments()
    folder = tempfile.mkdtemp(prefix="otinish-bench-")
    bench = Bench(arguments, folder)
    try:
        if "chain" in arguments.parts or "relay" in arguments.parts:
            bench.chain_table()
        if "accept" in arguments.parts:
            bench.accept_table()
        if "memory" in arguments.parts:
            bench.memory_table()
        if "store" in arguments.parts:
            bench.store_table()
        if "law" in arguments.parts:
            bench.law_table()
        return 0
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        bench.stop()
        if arguments.keep:
            print(f"kept: {folder}")
        else:
            subprocess.run(["rm", "-rf", folder], check=False)


if __name__ == "__main__":
    sys.exit(main())
