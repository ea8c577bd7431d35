"""`cache.remote` as sccache's variables; credentials only as names of secrets."""

import pytest

from cargo_hone.ci.remote import parse
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
                "SCCACHE_ENDPOINT": "minio:9000",
                "SCCACHE_S3_USE_SSL": "false",
            },
        ),
        ("gs://bucket/p", "gcs", {"SCCACHE_GCS_BUCKET": "bucket", "SCCACHE_GCS_KEY_PREFIX": "p"}),
        ("azblob://box", "azure", {"SCCACHE_AZURE_BLOB_CONTAINER": "box"}),
        ("redis://host:6379", "redis", {"SCCACHE_REDIS_ENDPOINT": "redis://host:6379"}),
        ("memcached://host:11211", "memcached", {"SCCACHE_MEMCACHED_ENDPOINT": "tcp://host:11211"}),
        ("https://dav.example/x", "webdav", {"SCCACHE_WEBDAV_ENDPOINT": "https://dav.example/x"}),
    ],
)
def test_each_storage(url: str, kind: str, env: dict[str, str]) -> None:
    remote = parse(url)
    assert (remote.kind, dict(remote.env)) == (kind, env)
    assert remote.secrets
    assert remote.rw_mode.endswith("_RW_MODE")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x",
        "s3://bucket?colour=red",
        "redis://me:secret@host",
        "s3://${{ secrets.X }}",
        "s3://a\nb",
    ],
)
def test_what_cannot_be_is_refused(url: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        parse(url)
    assert "secret@" not in refused.value.message
