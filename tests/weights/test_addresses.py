import urllib.request

import pytest

from face2param.errors import WeightsError
from face2param.weights.addresses import _Redirects, check_address, local_path


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://host/file", "only addresses that begin with http, https or file"),
        ("host/file", "only addresses"),
        ("http:///file", "names no server"),
        ("http://host/a b", "as percent signs"),
        ("http://host/ä", "as percent signs"),
        ("http://host:port/file", "no address"),
        ("file://host/file", "file:///path"),
        ("https://me:secret@host/file", "a login belongs in no address"),
    ],
)
def test_refused(url, message):
    with pytest.raises(WeightsError, match=message) as caught:
        check_address(url)
    assert "secret" not in str(caught.value)


def test_file_addresses_become_paths(tmp_path):
    path = tmp_path / "with blank"
    check_address(path.as_uri())
    assert local_path(path.as_uri()) == path
    assert local_path("https://host/file") is None


def redirect(old, new):
    request = urllib.request.Request(old, headers={"Range": "bytes=7-"})
    return _Redirects().redirect_request(request, None, 302, "Found", {}, new)


def test_redirects_never_leave_https():
    for old in ("http://a/f", "https://a/f"):
        followed = redirect(old, "https://b/g")
        assert followed.full_url == "https://b/g" and followed.get_header("Range") == "bytes=7-"
    assert redirect("http://a/f", "http://b/g").full_url == "http://b/g"
    with pytest.raises(WeightsError, match="sends on to http://b/g, which is refused"):
        redirect("https://a/f", "http://b/g")
