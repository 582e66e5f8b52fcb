"""Runs OpenStack Swift in one process, on free ports of the loopback address: swift_server.py DIRECTORY

A proxy, and an account, a container and an object server with one device. Prints the proxy's port when it takes requests.
Ends when its standard input ends.
"""
import os
import sys
from time import time as clock

import eventlet
import eventlet.patcher
import eventlet.wsgi

eventlet.patcher.monkey_patch(all=False, socket=True, select=True, thread=True)

import swift.common.utils as utils

directory = os.path.abspath(sys.argv[1])
utils.SWIFT_CONF_FILE = directory + '/swift.conf'  # which other modules read when they are imported
DEVICE = directory + '/devices/d1'
os.makedirs(DEVICE, exist_ok=True)

FILES = {
    'swift.conf': '''
[swift-hash]
swift_hash_path_suffix = tests
[storage-policy:0]
name = gold
default = yes
''',
    'mime.types': '',
    'proxy.conf': '''
[DEFAULT]
swift_dir = DIRECTORY
strict_cors_mode = true
cors_expose_headers = ETag
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck listing_formats bulk tempurl formpost s3api tempauth copy container-quotas account-quotas slo dlo symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:tempauth]
use = egg:swift#tempauth
user_photos_writer = secret .admin
user_other_writer = secret .admin
user_operator_operator = secret .admin .reseller_admin
[filter:tempurl]
use = egg:swift#tempurl
allowed_digests = sha256 sha512
[filter:formpost]
use = egg:swift#formpost
allowed_digests = sha256 sha512
[filter:s3api]
use = egg:swift#s3api
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:copy]
use = egg:swift#copy
[filter:container-quotas]
use = egg:swift#container_quotas
[filter:account-quotas]
use = egg:swift#account_quotas
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:symlink]
use = egg:swift#symlink
''',
}
STORAGE = '''
[DEFAULT]
swift_dir = DIRECTORY
devices = DIRECTORY/devices
mount_check = false
recon_cache_path = DIRECTORY
[pipeline:main]
pipeline = server
[app:server]
use = egg:swift#KIND
'''
for kind in 'account', 'container', 'object':
    FILES[kind + '.conf'] = STORAGE.replace('KIND', kind)
for name, text in FILES.items():
    with open(os.path.join(directory, name), 'w') as file:
        file.write(text.replace('DIRECTORY', directory))

from swift.common.ring import RingBuilder
from swift.common.wsgi import loadapp, SwiftHttpProtocol

utils.validate_configuration()


class Cache:
    """Keeps what memcached would keep for a single proxy."""

    def __init__(self):
        self.values = {}

    def get(self, key, **_):
        value, end = self.values.get(key, (None, 0))
        return value if not end or end > clock() else None

    def set(self, key, value, time=0, **_):
        # a period or a point in time, as in memcached's protocol
        self.values[key] = value, clock() + time if 0 < time <= 30 * 24 * 3600 else time

    def incr(self, key, delta=1, time=0):
        value = max(0, int(self.get(key) or 0) + delta)
        self.set(key, value, time=time)
        return value

    def decr(self, key, delta=1, time=0):
        return self.incr(key, -delta, time)

    def delete(self, key, **_):
        self.values.pop(key, None)

    def get_multi(self, keys, *_, **__):
        return [self.get(key) for key in keys]

    def set_multi(self, mapping, *_, time=0, **__):
        for key, value in mapping.items():
            self.set(key, value, time=time)


cache = Cache()


def serve(kind, socket):
    app = loadapp('%s/%s.conf' % (directory, kind), global_conf={'log_name': kind})

    def with_cache(environ, start_response):
        environ['swift.cache'] = cache
        return app(environ, start_response)

    eventlet.spawn(
        eventlet.wsgi.server, socket, with_cache, utils.NullLogger(), protocol=SwiftHttpProtocol, socket_timeout=60,
        capitalize_response_headers=False)


for kind in 'account', 'container', 'object':
    listener = eventlet.listen(('127.0.0.1', 0), backlog=512)
    ring = RingBuilder(4, 1, 0)
    ring.add_dev({'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': listener.getsockname()[1], 'device': 'd1',
                  'weight': 100.0})
    ring.rebalance(seed=1)
    ring.get_ring().save('%s/%s.ring.gz' % (directory, kind))
    serve(kind, listener)
front = eventlet.listen(('127.0.0.1', 0), backlog=512)
serve('proxy', front)
print(front.getsockname()[1], flush=True)

eventlet.hubs.trampoline(0, read=True)  # nobody writes to it, so that it ends
os._exit(0)
