"""A remote's URL as sccache's variables and keys; credentials only as names."""

import pytest

from cargo_hone.cache.remote import parse
from cargo_hone.errors import UsageProblem


@pytest.mark.parametrize(
    ("url", "kind", "env"),
    [
        (
            "s3://bucket/team/rust?region=eu-west-1",
            "s3",
            {
                "SCCACHE_BUCKET": "bucket",
                "SCCACHE_S3_KEY_PREFIX": "team/rust",
                "SCCACHE_REGION": "eu-west-1",
            },
        ),
        (
            "s3://bucket?endpoint=minio:9000&ssl=false",
            "s3",
            {
                "SCCACHE_BUCKET": "bucket",
                "SCCACHE_REGION": "us-east-1",
                "SCCACHE_ENDPOINT": "minio:9000",
                "SCCACHE_S3_USE_SSL": "false",
            },
        ),
        ("gs://bucket/p", "gcs", {"SCCACHE_GCS_BUCKET": "bucket", "SCCACHE_GCS_KEY_PREFIX": "p"}),
        (
            "azblob://box/p",
            "azure",
            {"SCCACHE_AZURE_BLOB_CONTAINER": "box", "SCCACHE_AZURE_KEY_PREFIX": "p"},
        ),
        ("redis://host:6379", "redis", {"SCCACHE_REDIS_ENDPOINT": "redis://host:6379"}),
        (
            "rediss://host/3?prefix=team&expire=14d",
            "redis",
            {
                "SCCACHE_REDIS_ENDPOINT": "rediss://host",
                "SCCACHE_REDIS_DB": "3",
                "SCCACHE_REDIS_KEY_PREFIX": "team",
                "SCCACHE_REDIS_EXPIRATION": "1209600",
            },
        ),
        ("memcached://host:11211", "memcached", {"SCCACHE_MEMCACHED_ENDPOINT": "tcp://host:11211"}),
        ("https://dav.example/x/", "webdav", {"SCCACHE_WEBDAV_ENDPOINT": "https://dav.example/x"}),
        ("gha", "gha", {"SCCACHE_GHA_ENABLED": "true"}),
    ],
)
def test_each_storage(url: str, kind: str, env: dict[str, str]) -> None:
    remote = parse(url)
    assert (remote.kind, dict(remote.env)) == (kind, env)
    assert bool(remote.secrets) is (kind != "gha")
    assert remote.rw_mode.endswith("_RW_MODE")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "s3",
        "ftp://x",
        "s3://bucket?colour=red",
        "s3://bucket?ssl=perhaps",
        "s3://bucket#part",
        "s3:///prefix",
        "redis://me:secret@host",
        "redis://secret@host",
        "rediss://:secret@host:6379/1",
        "https://secret@host/path",
        "redis://host/zero",
        "redis://host:port",
        "memcached://host/path",
        "memcached://host?expire=31d",
        "s3://${{ secrets.X }}",
        "s3://a\nb",
        "s3://a b",
    ],
)
def test_what_cannot_be_is_refused(url: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        parse(url)
    assert "secret@" not in refused.value.message
    assert ":secret" not in refused.value.message
