"""Reads the newest export of a table: latest.json, then the manifest, then the files that it names."""

import hashlib
import json
import os
import posixpath
from dataclasses import dataclass

import pandas
import pyarrow
import pyarrow.parquet
from pyarrow import fs

FORMAT = 1


class BadExport(Exception):
    """The export is missing, or differs from what its manifest says."""


@dataclass(frozen=True)
class Export:
    manifest: dict
    rows: pandas.DataFrame


def read_newest(place: str, table: str) -> Export:
    """All rows of the newest export. Raises BadExport when sum, size or rows of a file differ."""
    store, root = _open(place)
    folder = posixpath.join(root, table)
    latest = json.loads(_bytes(store, posixpath.join(folder, "latest.json")))
    path = posixpath.join(folder, latest["path"])
    manifest = json.loads(_bytes(store, path))
    if manifest["format"] != FORMAT:
        raise BadExport(f"{path} has format {manifest['format']}; this job reads {FORMAT}")
    parts = [_read(store, posixpath.dirname(path), file) for file in manifest["files"]]
    rows = sum(part.num_rows for part in parts)
    if rows != manifest["rows"]:
        raise BadExport(f"{path} says {manifest['rows']} rows, its files have {rows}")
    if not parts:
        raise BadExport(f"{path} names no files, so there is nothing to learn from")
    return Export(manifest, pyarrow.concat_tables(parts).to_pandas())


def _read(store: fs.FileSystem, folder: str, file: dict) -> pyarrow.Table:
    content = _bytes(store, posixpath.join(folder, file["path"]))
    if len(content) != file["bytes"] or hashlib.sha256(content).hexdigest() != file["sha256"]:
        raise BadExport(f"{file['path']} has other bytes than its manifest says")
    # One file, not a data set: the folder's name must not become a second column.
    part = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(content)).read()
    if part.num_rows != file["rows"]:
        raise BadExport(f"{file['path']} has {part.num_rows} rows, its manifest says {file['rows']}")
    return part


def _open(place: str) -> tuple[fs.FileSystem, str]:
    if not place.startswith("s3://"):
        return fs.LocalFileSystem(), os.path.abspath(place)
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    store = fs.S3FileSystem(endpoint_override=endpoint, region=region)
    return store, place.removeprefix("s3://").rstrip("/")


def _bytes(store: fs.FileSystem, path: str) -> bytes:
    try:
        with store.open_input_stream(path) as stream:
            return stream.read()
    except FileNotFoundError as error:
        raise BadExport(f"{path} is missing") from error
