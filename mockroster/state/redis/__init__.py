"""The backend for several processes: everything in a Redis or Valkey server, which all of them share."""

from mockroster.state.redis.store import RedisStore as RedisStore
from mockroster.state.redis.store import connect as connect
