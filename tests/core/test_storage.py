"""Where files are kept: a folder and a bucket keep the same promises (moto's server, over HTTP)."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from core import clock
from core.config import Bucket, ConfigurationError, Settings
from core.storage import (
    BucketStorage,
    FileMissing,
    FolderStorage,
    Storage,
    StorageBusy,
    new_key,
)


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    """A bucket of a server of our own."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "chiave")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "segreto")
        chosen = Bucket("gemella", f"http://{host}:{port}", "eu-south-1", "chiave", "segreto")
        client = boto3.client("s3", endpoint_url=chosen.endpoint, region_name=chosen.region)
        client.create_bucket(
            Bucket=chosen.name,
            CreateBucketConfiguration={"LocationConstraint": chosen.region},
        )
        client.close()
    yield chosen
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return FolderStorage(tmp_path / "files")
    return BucketStorage(request.getfixturevalue("bucket"))


def test_what_was_kept_is_read_whole_and_in_pieces(place: Storage) -> None:
    key, data = new_key(), os.urandom(3_000_000)
    place.put(key, io.BytesIO(data))
    with place.open(key) as file:
        assert file.read() == data
        assert file.seek(-10, os.SEEK_END) == len(data) - 10
        assert file.read(4) == data[-10:-6]
        file.seek(1_000_000)
        assert file.read(20) == data[1_000_000:1_000_020]
    assert place.has(key)
    (found,) = [one for one in place.files() if one.key == key]
    assert found.size == len(data)
    assert abs(found.modified_at - clock.now()) < timedelta(minutes=5)


def test_what_was_deleted_is_gone_and_may_be_deleted_again(place: Storage) -> None:
    key = new_key()
    place.put(key, io.BytesIO(b"x"))
    place.delete(key)
    place.delete(key)
    assert not place.has(key)
    with pytest.raises(FileMissing):
        place.open(key)
    assert key not in {one.key for one in place.files()}


@pytest.mark.parametrize("key", ["", "../x", "A" * 32, "0" * 31, "0" * 33, f"{'0' * 30}/x", "\0"])
def test_a_key_is_never_a_path(place: Storage, key: str) -> None:
    for use in (place.open, place.has, place.delete, lambda k: place.put(k, io.BytesIO(b"x"))):
        with pytest.raises(ValueError, match="not a key"):
            use(key)


def test_a_write_that_breaks_leaves_nothing_that_could_be_read(tmp_path: Path) -> None:
    class Breaks:
        def read(self, _length: int = -1, /) -> bytes:
            raise OSError(28, "No space left on device")

    place, key = FolderStorage(tmp_path), new_key()
    with pytest.raises(StorageBusy, match="No space"):
        place.put(key, Breaks())
    assert list(place.files()) == []
    assert not place.has(key)


def test_a_draft_is_listed_as_one_and_never_read(tmp_path: Path) -> None:
    place, key = FolderStorage(tmp_path), new_key()
    (tmp_path / key[:2]).mkdir()
    (tmp_path / key[:2] / f"{key}.new").write_bytes(b"half")
    (found,) = place.files()
    assert found.is_draft
    assert not place.has(key)
    place.delete(key)
    assert list(place.files()) == []


def test_a_bucket_that_is_away_is_busy_and_not_a_fault() -> None:
    place = BucketStorage(Bucket("gemella", "http://127.0.0.1:9", "eu-south-1", "a", "b"))
    for use in (place.open, place.has, place.delete, lambda k: place.put(k, io.BytesIO(b"x"))):
        with pytest.raises(StorageBusy):
            use(new_key())


def settings(folder: Path, url: str) -> Settings:
    return Settings.from_environment({"GEMELLA_DATA": str(folder), "GEMELLA_STORAGE_URL": url})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", None),
        (
            "s3://chiave:se%2Fgreto@s3.example.it:9000/gemella?region=it-1&tls=no",
            Bucket("gemella", "http://s3.example.it:9000", "it-1", "chiave", "se/greto"),
        ),
        ("s3://a:b@/gemella", Bucket("gemella", "", "eu-south-1", "a", "b")),
    ],
)
def test_an_address_names_a_bucket(tmp_path: Path, url: str, expected: Any) -> None:
    assert settings(tmp_path, url).storage == expected


@pytest.mark.parametrize(
    "url",
    [
        "gemella",
        "http://a:covered@host/gemella",
        "s3://host/gemella",
        "s3://a:covered@host/",
        "s3://a:covered@host/Due Parole",
        "s3://a:covered@host:porta/gemella",
        "s3://a:covered@host/gemella?regione=x",
        "s3://a:covered@host/gemella?tls=forse",
        "s3://a:covered@[/gemella",
    ],
)
def test_a_wrong_address_stops_the_start_and_keeps_its_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match="GEMELLA_STORAGE_URL: found") as raised:
        settings(tmp_path, url)
    assert "covered" not in str(raised.value)
