import bz2
import hashlib
import socket
import threading

import pytest

from face2param.errors import OutputError, WeightsError
from face2param.weights import register
from face2param.weights.download import Patience
from face2param.weights.fetch import fetch
from tests.weights.loopback import CONTENT, NAME, add

HASTY = Patience(timeout=5, attempts=2, pause=0.01)


def get(**arguments):
    return fetch(NAME, patience=HASTY, **arguments)


def left_over(cache):
    """Files that are neither the weights nor the lock."""
    return sorted(p.name for p in cache.iterdir() if p.name not in ("loopback.bin", LOCK))


LOCK = ".loopback.bin.lock"


def test_the_file_is_fetched_verified_and_found(server, cache, monkeypatch):
    add(monkeypatch, server.url())
    done = get()
    assert done.path.read_bytes() == CONTENT and done.path.parent == cache
    assert done.downloaded and done.verified and done.place == "cache"
    assert register.path(NAME) == done.path
    assert left_over(cache) == []
    assert server.requests == [("/file", None)]


def test_a_good_file_is_not_fetched_again_and_a_damaged_one_is(server, cache, monkeypatch):
    add(monkeypatch, server.url())
    path = get().path
    assert not get().downloaded and len(server.requests) == 1
    path.write_bytes(CONTENT[:-1] + b"?")  # the same size
    assert get().downloaded
    assert path.read_bytes() == CONTENT


def test_a_cut_is_continued_within_one_call(server, cache, monkeypatch):
    add(monkeypatch, server.url())
    server.cuts = [200_000, 300_000]
    assert get().path.read_bytes() == CONTENT
    assert [wanted for _, wanted in server.requests] == [None, "bytes=200000-", "bytes=500000-"]
    assert server.sent == len(CONTENT)


def test_an_interrupted_fetch_is_continued_by_the_next(server, cache, monkeypatch):
    add(monkeypatch, server.url())
    server.cuts = [250_000, 0, 0, 0]
    with pytest.raises(WeightsError, match=r"cut off after 250000 bytes .*they are kept"):
        get()
    with pytest.raises(WeightsError, match=r"no loopback\.bin"):
        register.path(NAME)  # half a file is no file
    server.requests.clear()
    server.cuts = []
    assert get().path.read_bytes() == CONTENT
    assert server.requests == [("/file", "bytes=250000-")]
    assert left_over(cache) == []


def test_a_server_that_ignores_range_starts_over(server, cache, monkeypatch):
    add(monkeypatch, server.url())
    server.ranges, server.cuts = False, [300_000]
    assert get().path.read_bytes() == CONTENT
    assert server.sent == 300_000 + len(CONTENT)


def test_a_file_that_changed_meanwhile_is_not_joined_to_the_old_half(server, cache, monkeypatch):
    """Of a file without size and sha256, only the ETag tells."""
    add(monkeypatch, size=0, sha256="")
    server.files["/file"], server.cuts = bytes(len(CONTENT)), [100_000, 0, 0]
    with pytest.raises(WeightsError, match="cut off after 100000 bytes"):
        get(urls=[server.url()])
    server.files["/file"], server.etag, server.cuts = CONTENT, '"2"', []
    assert get(urls=[server.url()]).path.read_bytes() == CONTENT


def test_a_half_is_not_continued_where_nothing_tells_that_it_fits(server, cache, monkeypatch):
    add(monkeypatch, size=0, sha256="")
    server.etag, server.cuts = "", [100_000]
    assert get(urls=[server.url()]).path.read_bytes() == CONTENT
    assert server.requests == [("/file", None), ("/file", None)]


def test_a_wrong_beginning_is_thrown_away_once(server, cache, monkeypatch):
    """Without a validator only the sha256 tells; then the whole file is fetched."""
    server.etag = ""
    add(monkeypatch, server.url())
    server.files["/file"], server.cuts = bytes(len(CONTENT)), [100_000, 0, 0]
    with pytest.raises(WeightsError, match="cut off"):
        get()
    server.files["/file"], server.cuts = CONTENT, []
    server.requests.clear()
    assert get().path.read_bytes() == CONTENT
    assert [wanted for _, wanted in server.requests] == ["bytes=100000-", None]


def test_a_partial_file_that_is_whole_needs_no_byte(server, cache, monkeypatch):
    entry = add(monkeypatch, server.url())
    tag = hashlib.sha256(server.url().encode()).hexdigest()[:8]
    cache.mkdir(parents=True)
    (cache / f".{entry.file}.{tag}.part").write_bytes(CONTENT)
    assert get().path.read_bytes() == CONTENT
    assert server.sent == 0


def test_without_a_length_the_registered_size_is_the_measure(server, cache, monkeypatch):
    add(monkeypatch, server.url())
    server.length = False
    assert get().path.read_bytes() == CONTENT
    add(monkeypatch, server.url(), name="b", file="b.bin", content=CONTENT + b"more")
    with pytest.raises(WeightsError, match="it sent 700001 bytes, there must be 700005"):
        fetch("b", patience=HASTY)


def test_wrong_contents_are_refused_and_nothing_stays(server, cache, monkeypatch):
    add(monkeypatch, server.url(), sha256="0" * 64)
    with pytest.raises(WeightsError, match=r"sha256 is [0-9a-f]{16}\.\.\., it must be 0{16}.*hand"):
        get()
    assert left_over(cache) == [] and not (cache / "loopback.bin").exists()


@pytest.mark.parametrize("surplus", [-1, 1])
def test_a_wrong_size_is_refused_before_the_download(server, cache, monkeypatch, surplus):
    add(monkeypatch, server.url())
    server.files["/file"] = (CONTENT + b"?")[: len(CONTENT) + surplus]
    with pytest.raises(WeightsError, match=f"offers {len(CONTENT) + surplus} bytes"):
        get()
    assert left_over(cache) == []


def test_more_than_the_size_is_not_written_where_no_length_is_sent(server, cache, monkeypatch):
    add(monkeypatch, server.url())
    server.files["/file"], server.length = CONTENT * 3, False
    with pytest.raises(WeightsError, match="sends more than 700001 bytes"):
        get()
    assert left_over(cache) == []


def test_missing_page_and_missing_server_name_cause_and_way_by_hand(server, cache, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}/file"
        add(monkeypatch, server.url("/gone"), nobody, package="no_such_x", install="pip install x")
        with pytest.raises(WeightsError) as caught:
            get()
    message = str(caught.value)
    assert "the server answers 404" in message and f"{nobody}: nobody answers there" in message
    assert "pip install x" in message and "--url=file:///path/to/the/file" in message


def test_a_server_that_says_nothing_is_given_up(cache, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        add(monkeypatch, f"http://127.0.0.1:{silent.getsockname()[1]}/file")
        with pytest.raises(WeightsError, match="no answer in time"):
            fetch(NAME, patience=Patience(timeout=0.3))


def test_the_second_address_serves_where_the_first_fails(server, cache, monkeypatch):
    add(monkeypatch, server.url("/gone"), server.url())
    assert get().path.read_bytes() == CONTENT


@pytest.mark.parametrize("kind", ["plain", "disguised"])
def test_a_web_page_is_not_saved_as_weights(server, cache, monkeypatch, kind):
    server.html = kind
    add(monkeypatch, server.url(), size=0, sha256="", sources=())
    with pytest.raises(WeightsError, match="a web page instead of the file"):
        get(urls=[server.url()])
    assert left_over(cache) == []


def test_a_web_page_in_between_costs_nothing_of_what_is_here(server, cache, monkeypatch):
    """The network of a hotel answers everything with its own page until one has signed in."""
    add(monkeypatch, server.url())
    server.cuts = [250_000, 0, 0]
    with pytest.raises(WeightsError, match="cut off after 250000 bytes"):
        get()
    for server.html in ("plain", "disguised"):
        with pytest.raises(WeightsError, match="a web page instead of the file"):
            get()
    server.html, server.cuts, server.sent = "", [], 0
    assert get().path.read_bytes() == CONTENT
    assert server.sent == len(CONTENT) - 250_000


def test_an_empty_answer_is_no_file(server, cache, monkeypatch):
    add(monkeypatch, size=0, sha256="")
    server.files["/file"] = b""
    with pytest.raises(WeightsError, match="it sent 0 bytes, there must be some"):
        get(urls=[server.url()])
    assert left_over(cache) == []


def test_only_files_behind_a_browser_are_refused_with_the_way_by_hand(cache):
    with pytest.raises(WeightsError) as caught:
        fetch("lightcnn29v2_checkpoint")
    message = str(caught.value)
    assert "drive.google.com/open?id=1Jn6aXtQ84WY-7J3Tpr2_j6sX0ch9yucS" in message
    assert "by hand" in message and "LightCNN_29Layers_V2_checkpoint.pth.tar" in message
    with pytest.raises(WeightsError, match="convert_weights --network lightcnn29v2"):
        fetch("lightcnn29v2")


def test_a_file_got_by_hand_is_taken_over(tmp_path, cache, monkeypatch):
    add(monkeypatch, pages=("http://127.0.0.1/page",))
    own = tmp_path / "Downloads" / "my file.bin"
    own.parent.mkdir()
    own.write_bytes(CONTENT)
    assert get(urls=[own.as_uri()]).path.read_bytes() == CONTENT
    assert own.exists()
    register.path(NAME).unlink()
    with pytest.raises(WeightsError, match=r"No such file.*open http://127\.0\.0\.1/page"):
        get(urls=[(tmp_path / "gone").as_uri()])


@pytest.mark.parametrize("target", ["ftp://127.0.0.1/file", "file:///etc/hosts", "data:,x"])
def test_redirects_to_other_schemes_are_refused(server, cache, monkeypatch, target):
    add(monkeypatch, server.url())
    server.redirect = target
    with pytest.raises(WeightsError, match=r"302|refused"):
        get()
    assert left_over(cache) == []


def test_bzip2_is_unpacked_and_the_contents_are_verified(server, cache, monkeypatch):
    # Two streams in one file, as parallel packers write them.
    server.files["/f.bz2"] = bz2.compress(CONTENT[:300_000]) + bz2.compress(CONTENT[300_000:])
    add(monkeypatch, server.url("/f.bz2"))
    server.cuts = [100_000]
    assert get().path.read_bytes() == CONTENT
    assert left_over(cache) == []


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (bz2.compress(bytes(50_000_000)), "unpacks to more than 700001 bytes"),
        (bz2.compress(CONTENT)[:-9], "cut short"),
        (CONTENT, "not a bzip2 file"),
        (bz2.compress(bytes(700_001)), "its sha256 is"),
    ],
    ids=["bomb", "cut", "other", "contents"],
)
def test_bad_archives_are_refused_and_nothing_stays(server, cache, monkeypatch, packed, message):
    server.files["/f.bz2"] = packed
    add(monkeypatch, server.url("/f.bz2"))
    with pytest.raises(WeightsError, match=message):
        get()
    assert left_over(cache) == []


def test_two_threads_download_once(server, cache, monkeypatch):
    add(monkeypatch, server.url())
    server.pause = 0.02
    done = []
    threads = [threading.Thread(target=lambda: done.append(get())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(d.downloaded for d in done) == [False, False, True]
    assert server.requests == [("/file", None)]


def test_a_file_in_the_users_folder_needs_no_fetching(tmp_path, cache, monkeypatch):
    add(monkeypatch, "http://127.0.0.1:9/never")
    (tmp_path / "loopback.bin").write_bytes(b"mine")
    monkeypatch.setenv("FACE2PARAM_WEIGHTS", str(tmp_path))
    done = get()
    assert done.place == "own" and not done.verified and not done.downloaded


def test_a_cache_that_cannot_be_written_is_an_output_error(tmp_path, monkeypatch, cache):
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("FACE2PARAM_CACHE", str(tmp_path / "taken"))
    add(monkeypatch, "http://127.0.0.1:9/never")
    with pytest.raises(OutputError, match="cannot write"):
        get()


def test_a_partial_file_that_cannot_be_written_is_an_output_error(server, cache, monkeypatch):
    entry = add(monkeypatch, server.url())
    tag = hashlib.sha256(server.url().encode()).hexdigest()[:8]
    (cache / f".{entry.file}.{tag}.part").mkdir(parents=True)
    with pytest.raises(OutputError, match=r"cannot write .*\.part: Is a directory"):
        get()


def test_a_disk_that_fills_up_while_unpacking_leaves_the_archive_alone(server, cache, monkeypatch):
    server.files["/f.bz2"] = bz2.compress(CONTENT)
    add(monkeypatch, server.url("/f.bz2"))

    def full(archive, output, limit):
        output.write_bytes(CONTENT[:1000])
        raise OutputError(f"cannot write {output}: No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("face2param.weights.fetch.unpack_bzip2", full)
        with pytest.raises(OutputError, match="No space left"):
            get()
    assert not list(cache.glob("*.unpacked")) and len(list(cache.glob(".*.part"))) == 1
    server.sent = 0
    assert get().path.read_bytes() == CONTENT
    assert server.sent == 0
