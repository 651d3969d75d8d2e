"""A store that is away, slow, full, read-only or emptied: an answer at once, in words, and recovery by itself."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from conftest import Api, Replicas, connected
from patience import at_most
from redis_server import RedisServer, free_port, running
from state_behaviour import ARRIVAL, COMPLETION, NOW, START, document, eventually, pair, written
from werkzeug.test import Client

from mockroster.errors import ConfigurationError, StoreUnavailable
from mockroster.http.lifecycle import Application
from mockroster.state.port import Counters
from mockroster.state.redis import connect
from mockroster.state.redis.circuit import Circuit
from mockroster.state.values import DEFAULT, Limits

V1P2 = "/ims/oneroster/rostering/v1p2"


@pytest.fixture
def own_server() -> Iterator[RedisServer]:
    """Return a server that the test may stop."""
    with running() as server:
        yield server


def ready(app: Application) -> bool:
    """Return whether an application is ready."""
    return Client(app).get("/readyz").status_code == 200


def forms(app: Application, token: str) -> dict[str, tuple[int, Any]]:
    """Return status and body of one request of each kind."""
    api, client = Api(app, token), Client(app)
    responses = {
        "v1p1": api.get("/orgs"),
        "v1p2": client.get(f"{V1P2}/orgs", headers={"Authorization": f"Bearer {token}"}),
        "token": client.post("/oauth2/token", data={"grant_type": "client_credentials"}, auth=("a", "b")),
        "switchboard": client.get("/__admin/health"),
        "sandbox": client.get("/sandboxes/mine/__admin/clock"),
        "ready": client.get("/readyz"),
        "live": client.get("/livez"),
    }
    return {name: (response.status_code, response.get_json()) for name, response in responses.items()}


def test_store_that_goes_away_and_returns(replicas: Replicas, own_server: RedisServer) -> None:
    """Without the store each path answers 503 in its form; when it is back, empty, all begins again."""
    url = own_server.url()
    one, other = replicas(2, url)
    api = connected(one)
    api.put("/categories/c", {"category": {"sourcedId": "c", "status": "active", "title": "t"}})
    own_server.process.kill()
    own_server.process.wait()

    found = forms(one, api.token)

    assert {name: status for name, (status, _) in found.items()} == {
        **dict.fromkeys(("v1p1", "v1p2", "token", "switchboard", "sandbox", "ready"), 503),
        "live": 200,
    }
    assert "the store redis://127.0.0.1" in found["v1p1"][1]["statusInfoSet"][0]["imsx_description"]
    assert "the store redis://127.0.0.1" in found["v1p2"][1]["imsx_description"]
    assert found["token"][1]["error"] == "temporarily_unavailable"
    with running(own_server.port):
        eventually(lambda: ready(one) and ready(other))
        codes = [Api(app, api.token).get("/categories/c").status_code for app in (one, other)]
        rows = [Api(app, api.token).rows("/users") for app in (one, other)]
        written = api.put("/categories/c", {"category": {"sourcedId": "c", "status": "active", "title": "t"}})
        seen = Api(other, api.token).get("/categories/c").status_code

    assert codes == [404, 404]
    assert rows[0] == rows[1]
    assert (written.status_code, seen) == (201, 200)


def test_store_that_hangs(replicas: Replicas, own_server: RedisServer) -> None:
    """The first request waits less than two seconds, the next ones not at all; then it goes on by itself."""
    (app,) = replicas(1, own_server.url())
    api = connected(app)
    own_server.process.send_signal(signal.SIGSTOP)

    began = time.perf_counter()
    first, waited = api.get("/orgs").status_code, time.perf_counter() - began
    began = time.perf_counter()
    others, later = [api.get("/orgs").status_code for _ in range(20)], time.perf_counter() - began
    own_server.process.send_signal(signal.SIGCONT)
    eventually(lambda: ready(app))

    assert (first, others) == (503, [503] * 20)
    assert waited < at_most(2)
    assert later < at_most(1)
    assert api.get("/orgs").status_code == 200


def test_probe_that_fails() -> None:
    """A store counts as away while the attempt to reach it fails in any way, and the attempts go on."""
    attempts = count()

    def is_reachable() -> bool:
        if next(attempts) == 0:
            raise ValueError("out of order")
        return True

    closed: list[bool] = []
    circuit = Circuit("redis://store", is_reachable, lambda: closed.append(is_closed(circuit)))
    refused = circuit.open("it is away")

    assert "it is away" in str(refused.description)
    eventually(lambda: closed == [True])


def test_subscribers_look_again_after_an_outage(own_server: RedisServer) -> None:
    """A subscriber that could not read while the store hung is told once it answers, though no notice was lost."""
    store = connect(own_server.url())
    registration = store.registry.create("s", b"{}", START)
    assert registration is not None
    kinds: list[str] = []
    cancel = store.sandbox(registration.creation).subscribe(lambda notification: kinds.append(notification.kind))
    own_server.process.send_signal(signal.SIGSTOP)

    with pytest.raises(StoreUnavailable):
        store.check()
    own_server.process.send_signal(signal.SIGCONT)

    eventually(lambda: kinds == ["gap"])
    cancel()
    store.close()


def test_leases_are_released_after_an_outage(own_server: RedisServer) -> None:
    """A lease whose release or acquisition was lost in an outage is free once the store answers again."""
    url = own_server.url()
    store, other = connect(url), connect(url)
    registration = store.registry.create("s", b"{}", START)
    assert registration is not None
    counters, others = (each.sandbox(registration.creation).counters for each in (store, other))
    lease = counters.acquire("k", 900)
    own_server.process.send_signal(signal.SIGSTOP)

    with pytest.raises(StoreUnavailable):
        counters.acquire("k", 900)
    with pytest.raises(StoreUnavailable):
        counters.release(lease)
    own_server.process.send_signal(signal.SIGCONT)

    eventually(lambda: is_free(others, "k"))
    store.close()
    other.close()


def is_free(counters: Counters, key: str) -> bool:
    """Return whether nobody holds a lease."""
    lease = counters.acquire(key, 900)
    counters.release(lease)
    return lease.held == 1


def is_closed(circuit: Circuit) -> bool:
    """Return whether requests may use the store."""
    try:
        circuit.check()
    except StoreUnavailable:
        return False
    return True


def test_store_that_is_emptied(replicas: Replicas, redis_server: RedisServer) -> None:
    """Sandboxes begin again from their start, whichever server notices first; tokens stay valid."""
    url = redis_server.url()
    one, other = replicas(2, url)
    api = connected(one)
    for number in range(3):
        api.put(f"/categories/c{number}", {"category": {"sourcedId": f"c{number}", "status": "active", "title": "t"}})
    client = redis_server.client()
    keys = client.keys(f"{url.rpartition('=')[2]}*")

    client.delete(*keys)
    codes = [Api(app, api.token).get("/categories/c0").status_code for app in (other, one)]
    api.put("/categories/d", {"category": {"sourcedId": "d", "status": "active", "title": "t"}})
    changes = Client(other).get("/__admin/changes").get_json()

    assert len(keys) > 5
    assert codes == [404, 404]
    assert [change["sourcedId"] for change in changes["changes"]] == ["d"]
    client.close()


def test_store_that_is_full(replicas: Replicas, own_server: RedisServer) -> None:
    """A full store refuses in words, changes nothing, and serves again once there is room."""
    (app,) = replicas(1, own_server.url())
    api = connected(app)
    client = own_server.client()
    client.config_set("maxmemory", 1)

    found = forms(app, api.token)
    client.config_set("maxmemory", 0)

    assert found["v1p1"][0] == 507
    assert "is full (its maxmemory)" in found["v1p1"][1]["statusInfoSet"][0]["imsx_description"]
    assert found["switchboard"][0] == found["ready"][0] == 200
    assert api.get("/orgs").status_code == 200
    assert len(Client(app).get("/__admin/requests").get_json()["requests"]) == 2
    client.close()


def test_store_that_takes_no_writes(replicas: Replicas, own_server: RedisServer) -> None:
    """A replica of another server refuses writes; that is said, and over as soon as it is a primary again."""
    (app,) = replicas(1, own_server.url())
    api = connected(app)
    client = own_server.client()
    client.config_set("replica-serve-stale-data", "yes")
    client.replicaof("127.0.0.1", "1")

    refused = api.get("/orgs")
    client.replicaof("NO", "ONE")

    assert refused.status_code == 503
    assert "does not serve now" in refused.text
    assert api.get("/orgs").status_code == 200
    client.close()


def test_store_that_cannot_be_reached_at_start() -> None:
    """A server that is not there raises what a caller can wait for."""
    with pytest.raises(StoreUnavailable, match=r"the store redis://127.0.0.1:1/0 cannot be reached"):
        connect("redis://127.0.0.1:1/0")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://localhost", "is not the URL of a store: redis://HOST:PORT/DATABASE"),
        ("redis://localhost:port", "is not the URL of a store: redis://HOST:PORT/DATABASE"),
        ("redis://", "is not the URL of a store: redis://HOST:PORT/DATABASE"),
        ("redis://localhost/zero", "is not the URL of a store: redis://HOST:PORT/DATABASE"),
        ("redis://localhost/0?prefix=a%20b", "its prefix must be at most 64"),
        ("redis://localhost/0?prefx=a", "did you mean 'prefix'"),
        ("unix://", "is not the URL of a store: redis://HOST:PORT/DATABASE"),
    ],
)
def test_invalid_url(url: str, message: str) -> None:
    """An invalid URL is refused in words, without the password."""
    with pytest.raises(ConfigurationError, match=message):
        connect(url)


def test_cluster_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A cluster is refused in words."""
    folder = tmp_path_factory.mktemp("cluster")
    options = ("--cluster-enabled", "yes", "--cluster-port", str(free_port()), "--dir", str(folder))

    with running(0, *options) as server, pytest.raises(ConfigurationError, match="this is a cluster"):
        connect(server.url())


def test_wrong_password_is_refused() -> None:
    """A password that the server does not accept is refused in words, and not shown."""
    with running(0, "--requirepass", "right") as server, pytest.raises(ConfigurationError) as caught:
        connect(server.url().replace("redis://", "redis://:secret-wrong@"))

    assert "secret-wrong" not in str(caught.value)


def test_keys_expire(redis_server: RedisServer) -> None:
    """Every key of a store has a time to live, whatever is in it."""
    url, client = redis_server.url(), redis_server.client()
    store = connect(url, ttl=1000)
    state, _ = pair((store, store))
    state.runs.start("r", NOW)
    state.complete(state.begin(ARRIVAL)[1], COMPLETION._replace(fact=b"f", runs=("r",)))
    written(state, "o", document(1))
    state.counters.increment("k", expires=5)
    state.counters.first_use("n", 10)
    state.counters.acquire("l", 10)
    state.texts.keep("t")
    state.snapshots.save("s", NOW)

    left = {key: client.ttl(key) for key in client.scan_iter(f"{url.rpartition('=')[2]}*")}
    store.close()
    client.close()

    assert len(left) > 25
    assert {key: seconds for key, seconds in left.items() if not 0 < seconds <= 1000} == {}


def test_default_whose_head_expired_first(redis_server: RedisServer) -> None:
    """`default` begins again without what is left of it, although some of its keys expire later than its head."""
    url, client = redis_server.url(), redis_server.client()
    store = connect(url)
    store.registry.create(DEFAULT, b"{}", START)
    state = store.sandbox(DEFAULT)
    written(state, "o", document(1))
    state.begin(ARRIVAL)
    (head,) = client.keys(f"{url.rpartition('=')[2]}*:s:{DEFAULT}")

    client.delete(head)
    written(state, "p", document(2))
    kept = [change.sourcedId for batch in state.log.read(0, 10) for change in batch.changes]
    content = {sourced_id for _, sourced_id in state.log.checkpoint().content}
    requests = state.journal.read().entries
    store.close()
    client.close()

    assert (kept, content, requests) == (["p"], {"p"}, ())


def test_sandbox_that_expired_and_is_evicted(redis_server: RedisServer) -> None:
    """Making room at the cost of a sandbox that has expired does not bring a part of it back."""
    url, client = redis_server.url(), redis_server.client()
    store = connect(url, Limits(all_logs_weight=5000))
    old, _ = pair((store, store), "old")
    new, _ = pair((store, store), "new")
    written(old, "o", document(1))
    (head,) = client.keys(f"{url.rpartition('=')[2]}*:s:{old.creation}")

    client.delete(head)
    for number in range(10):
        written(new, f"n{number}", document(number, 500))
    found = store.registry.enter("old", ARRIVAL)
    made = store.registry.create("old", b"{}", START)
    is_back = client.exists(head)
    store.close()
    client.close()

    assert found is None
    assert made is not None
    assert not is_back


def test_other_version_begins_beside(redis_server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    """Another version on the same prefix shares nothing with the ones before, and says so once."""
    url, client = redis_server.url(), redis_server.client()
    client.hset(f"{url.rpartition('=')[2]}mockroster", "other", "mockroster 0.0.1 with Faker 1")

    for _ in range(2):
        connect(url).close()
    client.close()

    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 1
    assert "has state of mockroster 0.0.1 with Faker 1" in said[0]
