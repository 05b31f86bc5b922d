"""What is found, by whom, in which order."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import pytest

from core.contracts import SearchDocument
from core.references import Reference
from search.queries import segments
from search.queries.searcher import Searcher
from search.services.index import Index
from tests.search.engine_samples import document, found, results, shared_rows

DOCUMENTS = [
    document(1, "Il nido comunale apre le sue porte: l'infanzia al centro.", title="Asili nido"),
    document(2, "La penisola del Sinai e le alture del Golan", names="Anna Bianchi"),
    document(3, "Delibera n. 1687 del 10 luglio 2009 sulla qualità", kind="protocol"),
    document(4, "Gemellaggio BG -LE con la rete NU112 e il progetto TrePu", kind="twinning"),
    document(5, "Bozza segreta sull'infanzia", audience="space:17"),
    document(6, "Appunti miei sull'infanzia", audience="owner:42", kind="note"),
    document(7, "The meetings of the council", lang="en"),
    document(8, "Die Sitzungen der Bürgermeister", lang="de"),
    document(9, "Il Sinai non è una penisola qualsiasi"),
    document(10, "Testo senza nulla", keywords=("mobilità",), names="legge 241/1990"),
]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    folder = tmp_path_factory.mktemp("index")
    index = Index(folder)
    rebuild = index.rebuild()
    rebuild.feed(DOCUMENTS[:4], 4)
    rebuild.feed(DOCUMENTS[4:], 10)
    rebuild.finish()
    index.close()
    return Searcher(folder)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("infanzia", [1]),
        ("dell’infanzia", [1]),
        ("QUALITA", [3]),
        ("1687", [3]),
        ("1687/2009", [3]),
        ("n. 1687 del 10 luglio 2009", [3, 10]),
        ("delibera n.1687", [3]),
        ("bg-le", [4]),
        ("BG-LE", [4]),
        ("BG -LE", [4]),
        ("bgle", [4]),
        ("bg le", [4]),
        ("nu112", [4]),
        ("NU 112", [4]),
        ("NU-112", [4]),
        ("trepu", [4]),
        ("meeting", [7]),
        ("burgermeister", [8]),
        ("Sitzung", [8]),
        ("bianchi", [2]),
        ("mobilita", [10]),
        ("241/90", [10]),
        ('"penisola del Sinai"', [2]),
        ('"sinai penisola"', []),
        ('"penisola Sinai"', []),
        ('"la penisola nel Sinai"', [2]),
        ('"anna bianchi"', [2]),
        ('"bianchi anna"', []),
        ("sinai -golan", [9]),
        ('sinai -"alture del Golan"', [9]),
        ("sinai golan", [2, 9]),
        ("sconosciutissimo", []),
        ("il", []),
        ("", []),
    ],
)
def test_what_a_query_finds(searcher: Searcher, query: str, ids: list[int]) -> None:
    assert found(searcher, query) == ids


def check_audience(searcher: Searcher) -> None:
    everything = "infanzia nido bozza appunti segreta"
    for tokens in (set(), {"public"}, {"public", "space:17"}, {"owner:42"}, {"space:1"}):
        allowed = {d.reference for d in DOCUMENTS if d.audience in tokens}
        answer = searcher.search(everything, tokens=frozenset(tokens))
        assert {hit.reference for hit in answer.hits} <= allowed
        assert answer.total == len(answer.hits)
        assert answer.kind_counts == Counter(hit.reference.kind for hit in answer.hits)
    both = searcher.search("infanzia", tokens=frozenset({"public", "space:17", "owner:42"}))
    assert {hit.reference.id for hit in both.hits} == {1, 5, 6}


def test_only_the_readers_documents_are_found_and_counted(searcher: Searcher) -> None:
    check_audience(searcher)


def test_audience_check_notices_an_engine_that_forgets_it(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    for segment in searcher.snapshot().segments:
        monkeypatch.setattr(segment.facts, "audiences", ["public"] * segment.size)
    monkeypatch.setattr(searcher.snapshot(), "_masks", {})
    with pytest.raises(AssertionError):
        check_audience(searcher)


def test_kinds_narrow_the_total_and_leave_the_counts(searcher: Searcher) -> None:
    answer = results(searcher, "sinai delibera rete", kinds=frozenset({"protocol"}))
    assert [hit.reference for hit in answer.hits] == [Reference("protocol", 3)]
    assert answer.total == 1
    assert answer.kind_counts == {"practice": 2, "protocol": 1, "twinning": 1}


def test_excluded_references_are_neither_shown_nor_counted(searcher: Searcher) -> None:
    answer = results(searcher, "sinai", exclude=frozenset({Reference("practice", 2)}))
    assert [hit.reference.id for hit in answer.hits] == [9]
    assert (answer.total, answer.kind_counts) == (1, {"practice": 1})


def test_pages_follow_each_other_without_gap(searcher: Searcher) -> None:
    query = "sinai delibera rete nido meeting sitzung mobilita"
    whole = found(searcher, query, limit=100)
    paged = [
        number for at in range(0, 9, 2) for number in found(searcher, query, limit=2, offset=at)
    ]
    assert paged == whole
    assert len(whole) == results(searcher, query, limit=0).total
    assert found(searcher, query, offset=1000) == found(searcher, query, limit=-5) == []


def test_a_hit_brings_what_is_shown(searcher: Searcher) -> None:
    hit = results(searcher, "asili").hits[0]
    source = DOCUMENTS[0]
    assert (hit.reference, hit.title, hit.url) == (source.reference, source.title, source.url)
    assert (hit.text, hit.lang, hit.at) == (source.text, source.lang, source.at)


@pytest.mark.parametrize("path", ["search_box_injection/search_box_injection", "blns/blns"])
def test_hostile_queries_are_queries(searcher: Searcher, path: str) -> None:
    for row in shared_rows(f"hostile/{path}.jsonl"):
        text = str(row["input"])
        for query in (text, f'"{text}', f"-{text}", f'-"{text}" sinai'):
            results(searcher, query)


def test_hostile_texts_are_documents(tmp_path: Path) -> None:
    texts = [str(row["input"]) for row in shared_rows("hostile/blns/blns.jsonl")]
    index = Index(tmp_path)
    rebuild = index.rebuild()
    rebuild.feed([document(n, text, title=text) for n, text in enumerate(texts)], None)
    rebuild.finish()
    index.apply([document(len(texts), "\ud800 solitario", names="\udfff", title="\x00")])
    searcher = Searcher(tmp_path)
    assert not searcher.check((Reference("practice", n), 1) for n in range(len(texts) + 1))
    assert found(searcher, "solitario") == [len(texts)]


def test_threads_get_the_same_answer(searcher: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "MOST_POSTINGS", 20)  # so that postings are read again and again
    queries = ["sinai", "infanzia nido", "bg-le rete", '"penisola del sinai"', "meeting sitzung"]
    expected = [found(searcher, query) for query in queries]
    wrong: list[object] = []

    def ask() -> None:
        for _ in range(30):
            answers = [found(searcher, query) for query in queries]
            if answers != expected:
                wrong.append(answers)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_more_of_the_query_and_closer_together_ranks_higher(tmp_path: Path) -> None:
    filler = "altro testo che non conta affatto " * 3
    index = Index(tmp_path)
    rebuild = index.rebuild()
    documents: list[SearchDocument] = [
        document(1, f"mensa {filler} scolastica {filler} rumore"),
        document(2, f"{filler} mensa scolastica {filler} rumore"),
        document(3, f"mensa {filler} mensa {filler} rumore ancora"),
    ]
    rebuild.feed(documents, None)
    rebuild.finish()
    assert found(Searcher(tmp_path), "mensa scolastica") == [2, 1, 3]
