#!/bin/sh
# Proves a keystone package in a clean Debian container: installs it by apt-get, checks the environment with uv, and
# has the service issue a token over HTTP. Wants: /package/*.deb, uv at /usr/local/bin/uv.
set -eu
root=/opt/openstack/keystone
apt-get -q update >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends /package/*.deb >/tmp/install.log 2>&1 || {
  cat /tmp/install.log
  exit 1
}
echo "version: $($root/bin/keystone-manage --version 2>/dev/null)"
echo "check: $(uv pip check --python $root/bin/python 2>&1 | tail -n 1)"

mkdir -p /etc/keystone /var/lib/keystone
cat >/etc/keystone/keystone.conf <<CONF
[database]
connection = sqlite:////var/lib/keystone/keystone.db
[token]
provider = fernet
CONF
manage() { $root/bin/keystone-manage "$@" >>/tmp/manage.log 2>&1 || { cat /tmp/manage.log; exit 1; }; }
manage db_sync
manage fernet_setup --keystone-user root --keystone-group root
manage credential_setup --keystone-user root --keystone-group root
manage bootstrap --bootstrap-password secret --bootstrap-public-url http://127.0.0.1:5000/v3/ --bootstrap-region-id one

$root/bin/keystone-wsgi-public --host 127.0.0.1 --port 5000 >/tmp/wsgi.log 2>&1 &
$root/bin/python - <<'PY'
import json, time, urllib.error, urllib.request

body = json.dumps({'auth': {
    'identity': {'methods': ['password'], 'password': {'user': {
        'name': 'admin', 'domain': {'id': 'default'}, 'password': 'secret'}}},
    'scope': {'project': {'name': 'admin', 'domain': {'id': 'default'}}},
}}).encode()
request = urllib.request.Request(
    'http://127.0.0.1:5000/v3/auth/tokens', data=body, headers={'Content-Type': 'application/json'})
for attempt in range(120):
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            token = answer.headers['X-Subject-Token']
            user = json.load(answer)['token']['user']['name']
            print(f'token: {answer.status} for {user}, {len(token)} characters')
            break
    except urllib.error.HTTPError as error:
        raise SystemExit(f'token: {error.code} {error.read().decode()}')
    except OSError:
        time.sleep(0.25)
else:
    print(open('/tmp/wsgi.log').read())
    raise SystemExit('token: the service does not answer')
PY
