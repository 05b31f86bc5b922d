"""What pages cost, beside a bare Flask application under the same server, in one run.

    make bench

Only ratios travel between machines. Each row gives the CPU time that the server's workers spent on
one request (read from the kernel, so that the load generator's own work does not count) and the
ratio of the reference's cost to it: 1.00 is as cheap as the reference, 0.50 costs twice as much.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.client import Client
from tests.whole_site import Site, free_port, running

from benchmarks.catalogue import print_catalogue
from benchmarks.discussions import print_discussions
from benchmarks.matching import print_matching
from benchmarks.queries import count_queries

CONNECTIONS = 8
ROUNDS = 5
# The kernel counts CPU time in hundredths of a second: a cheap page needs many requests to be seen.
MEASURED_SECONDS = 1.2
WARM = 80
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Target:
    """Something to measure: a server's processes and a page of it."""

    name: str
    port: int
    pids: list[int]
    path: str
    headers: dict[str, str]


def main() -> None:
    console = Console(width=110)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as site:
        bare = BareFlask()
        try:
            pages = find_pages(site)
            measure_pages(console, site, bare, pages)
        finally:
            bare.stop()
        print_queries(console, site, pages)
        print_found(console, site, pages["thread"])
        print_imported(console, site)
    print_catalogue(console)
    print_discussions(console)
    print_matching(console)


class BareFlask:
    """``hello`` from Flask alone, under the same server with as many workers."""

    def __init__(self) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "benchmarks.bare", str(self.port)]
        self.process = subprocess.Popen(command, cwd=Path(__file__).parents[1])
        wait_for(self.port)

    @property
    def pids(self) -> list[int]:
        tasks = Path(f"/proc/{self.process.pid}/task")
        children = [t / "children" for t in tasks.iterdir()]
        return [int(pid) for file in children for pid in file.read_text().split()]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


def find_pages(site: Site) -> dict[str, str]:
    """The paths of the pages to measure, from the site itself."""
    client = Client(site.url)
    twinning = first_link(r"/gemellaggi/trepu[a-z0-9-]*", client.get("/gemellaggi").text)
    thread = first_link(r"/discussioni/\d+", client.get(twinning).text)
    fill_thread(site, thread)
    return {"empty view": "/healthz", "home": "/", "twinning": twinning, "thread": thread}


def first_link(pattern: str, page: str) -> str:
    found = re.search(f'href="({pattern})"', page)
    assert found is not None, pattern
    return found[1]


def fill_thread(site: Site, thread: str) -> None:
    """Twenty posts, as on a page of a real discussion."""
    client = Client(site.url)
    client.sign_in("verificato@demo.gemella.example")
    for number in range(20):
        target, values = client.form(thread, thread)
        text = f"Risposta numero {number}: **grassetto**, un elenco\n\n- uno\n- due\n\ne una frase."
        assert client.post(target, {**values, "text": text}).status == 200


def measure_pages(console: Console, site: Site, bare: BareFlask, pages: dict[str, str]) -> None:
    client = Client(site.url)
    client.sign_in("verificato@demo.gemella.example")
    cookie = client.cookie_header()
    site_pids = site.web_workers()
    targets = [Target("bare Flask", bare.port, bare.pids, "/", {})]
    targets += [
        Target(f"{name}, visitor", site.port, site_pids, path, {}) for name, path in pages.items()
    ]
    targets.append(
        Target("thread, signed in", site.port, site_pids, pages["thread"], {"Cookie": cookie})
    )
    costs: dict[str, list[float]] = {target.name: [] for target in targets}
    rates: dict[str, list[float]] = {target.name: [] for target in targets}
    requests = {target.name: int(load(target, WARM)[1] * MEASURED_SECONDS) for target in targets}
    for _ in range(ROUNDS):
        for target in targets:
            cost, rate = load(target, max(requests[target.name], WARM))
            costs[target.name].append(cost)
            rates[target.name].append(rate)
    table = Table(title="Pages")
    for column in ("page", "CPU ms/request", "x bare Flask", "x empty view", "requests/s"):
        table.add_column(column, justify="left" if column == "page" else "right")
    median = {name: statistics.median(values) for name, values in costs.items()}
    for target in targets:
        cost = median[target.name]
        table.add_row(
            target.name,
            f"{cost:.2f}",
            f"{median['bare Flask'] / cost:.2f}",
            f"{median['empty view, visitor'] / cost:.2f}",
            f"{statistics.median(rates[target.name]):.0f}",
        )
    console.print(table)


def load(target: Target, requests: int) -> tuple[float, float]:
    """Ask for the page over several kept connections; return CPU ms per request and rate."""
    before, started = cpu(target.pids), time.perf_counter()
    share = requests // CONNECTIONS
    threads = [threading.Thread(target=ask, args=(target, share)) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = share * CONNECTIONS
    spent = (cpu(target.pids) - before) * 1000 / done
    return max(spent, 0.001), done / (time.perf_counter() - started)


def ask(target: Target, times: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=30)
    for _ in range(times):
        connection.request("GET", target.path, headers=target.headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, (target.name, answer.status)
    connection.close()


def cpu(pids: list[int]) -> float:
    """Seconds of CPU that the processes have used."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def print_queries(console: Console, site: Site, pages: dict[str, str]) -> None:
    table = Table(title="SQL queries a page (goal: at most 10; home 16)")
    table.add_column("page")
    table.add_column("visitor", justify="right")
    table.add_column("signed in", justify="right")
    paths = [*pages.values(), "/gemellaggi", "/buone-pratiche", "/discussioni", "/iscritti"]
    paths += ["/enti", "/cerca?q=distretti+famiglia"]
    for path, visitor, member in count_queries(site, paths):
        table.add_row(path, str(visitor), str(member))
    console.print(table)


def print_found(console: Console, site: Site, thread: str) -> None:
    """How long after its acknowledgement a post stands in the results of search."""
    client = Client(site.url)
    client.sign_in("verificato@demo.gemella.example")
    waits: list[float] = []
    for number in range(20):
        word = f"ritrovabile{number:03d}"
        target, values = client.form(thread, thread)
        assert client.post(target, {**values, "text": f"Un messaggio {word}."}).status == 200
        started = time.perf_counter()
        while f"<mark>{word}</mark>" not in site.fetch(f"/cerca?q={word}")[1]:
            assert time.perf_counter() - started < 30, "never found"
            time.sleep(0.02)
        waits.append(time.perf_counter() - started)
    waits.sort()
    table = Table(title="Until a post is found, seconds (goal: p95 at most 2)")
    for name in ("median", "p95", "longest"):
        table.add_column(name, justify="right")
    p95 = waits[int(len(waits) * 0.95) - 1]
    table.add_row(f"{statistics.median(waits):.2f}", f"{p95:.2f}", f"{waits[-1]:.2f}")
    console.print(table)


def print_imported(console: Console, site: Site) -> None:
    """How fast lists are read, for the first time and again, while the site is served."""
    bodies = site.folder / "enti.csv"
    lines = [f"{n},Comune di Prova {n},c_{n:05d},,0750{n % 9}" for n in range(2_000)]
    bodies.write_text("\n".join(["id,name,ipa_code,level,istat_code", *lines]), encoding="utf-8")
    stories = site.folder / "storie.jsonl"
    text = "Una frase con **enfasi** e un [collegamento](https://example.org). " * 20
    told = ({"id": n, "body_markdown": f"# Storia {n}\n\n{text}"} for n in range(300))
    stories.write_text("\n".join(map(json.dumps, told)), encoding="utf-8")
    table = Table(title="Lists (goal: 9,537 bodies in 60 s, which is 159 rows a second)")
    for name in ("list", "rows", "rows/s", "read again, rows/s", "CPU ms/row", "again, CPU ms/row"):
        table.add_column(name, justify="right" if name != "list" else "left")
    _, started = commanded(site, "import", "--help")
    for name, file, rows in (("organisations", bodies, 2_000), ("practices", stories, 300)):
        rates, costs = [], []
        for _ in range(2):
            said, spent = commanded(site, "import", name, str(file))
            rate = re.search(r"(\d+) rows/s", said)
            assert rate is not None, said
            rates.append(rate[1])
            costs.append(f"{max(spent - started, 0) * 1000 / rows:.2f}")
        table.add_row(name, f"{rows:,}", *rates, *costs)
    console.print(table)


def commanded(site: Site, *arguments: str) -> tuple[str, float]:
    """What a command said, and the seconds of CPU that it used."""
    before = os.times()
    said = site.command(*arguments).stdout
    after = os.times()
    spent = after.children_user - before.children_user
    return said, spent + after.children_system - before.children_system


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            ask(Target("", port, [], "/", {}), 1)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the reference did not start")


if __name__ == "__main__":
    main()
