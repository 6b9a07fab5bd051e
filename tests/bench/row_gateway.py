"""An authenticated GET of a small JSON through the gateway, nginx and haproxy, all in front of the same upstream: as many as
each can, and at a rate that all of them bear."""
import lab
import load
from measure import Side, compare, contest

CONNECTIONS = 32
PER_SECOND = 3000
PATH = '/api/orders/01926f00-0000-7000-8000-000000000001'
ANSWER = ('{"id":"01926f00-0000-7000-8000-000000000001","orderNo":"20260102-0001","status":"paid","totalKrw":12000,'
          '"items":[{"name":"rice","quantity":2,"unitKrw":6000}]}')

NGINX = '''daemon off; pid {pid}; error_log stderr warn; worker_processes 2;
events {{ worker_connections 1024; }}
http {{
	access_log off; keepalive_requests 1000000000; keepalive_timeout 120s;
	client_body_temp_path {tmp}; proxy_temp_path {tmp}; fastcgi_temp_path {tmp}; uwsgi_temp_path {tmp}; scgi_temp_path {tmp};
	{body}
}}
'''
PROXY = '''upstream up {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests 1000000000; }}
	server {{ listen 127.0.0.1:{port} backlog=1024;
		location / {{ proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; }} }}'''

HAPROXY = '''global
	nbthread 2
	maxconn 1024
defaults
	mode http
	timeout connect 1s
	timeout client 120s
	timeout server 120s
	timeout http-keep-alive 120s
	option http-keep-alive
frontend door
	bind 127.0.0.1:{port} backlog 1024
	http-request set-var(txn.bearer) http_auth_bearer
	http-request set-var(txn.alg) var(txn.bearer),jwt_header_query('$.alg')
	http-request set-var(txn.exp) var(txn.bearer),jwt_payload_query('$.exp','int')
	http-request set-var(txn.now) date()
	http-request deny deny_status 401 unless {{ var(txn.alg) -m str ES256 }}
	http-request deny deny_status 401 unless {{ var(txn.bearer),jwt_verify(txn.alg,"{key}") 1 }}
	http-request deny deny_status 401 if {{ var(txn.exp),sub(txn.now) -m int lt 0 }}
	default_backend up
backend up
	http-reuse always
	server one 127.0.0.1:{upstream}
'''


def nginx(name, port, body):
    conf, tmp = lab.OUT / f'{name}.conf', lab.OUT / f'{name}.tmp'
    tmp.mkdir(exist_ok=True)
    conf.write_text(NGINX.format(pid=lab.OUT / f'{name}.pid', tmp=tmp, body=body))
    return lab.Program(name, ['/usr/sbin/nginx', '-p', lab.OUT, '-c', conf, '-e', 'stderr'], port)


def haproxy(port, upstream, key):
    conf = lab.OUT / 'haproxy.conf'
    conf.write_text(HAPROXY.format(port=port, upstream=upstream, key=key))
    return lab.Program('haproxy', ['/usr/sbin/haproxy', '-db', '-f', conf], port)


def side(name, port, tokens, programs, postmaster=None):
    def go(seconds):
        return load.wrk(name, f'http://127.0.0.1:{port}{PATH}', CONNECTIONS, seconds, 'get.lua', tokens)
    return Side(name, go, programs, postmaster)


def paced(name, port, tokens, programs, postmaster=None):
    def go(seconds):
        said = load.own('paced', port, PATH, tokens, CONNECTIONS, PER_SECOND, max(1, round(seconds)))
        return said['done'], said['us'] / 1e6, said['p50'] / 1e3, said['p99'] / 1e3, 0
    return Side(name, go, programs, postmaster)


def measure(plan, suite):
    upstream, plain, verifying = lab.free_port(), lab.free_port(), lab.free_port()
    key = lab.OUT / 'jwt_public.pem'
    key.write_text(lab.run(['openssl', 'pkey', '-in', suite.dir / 'secrets/jwt_key.pem', '-pubout']))
    suite.start('auth', 'commerce', 'gateway')
    persons = lab.people(suite, 16)
    lab.log_in(suite, persons)
    tokens = lab.OUT / 'gateway.heads'
    tokens.write_text(''.join(f'Authorization: Bearer {p.token}\n' for p in persons))
    gateway = suite.apart('gateway-alone', 'gateway', DURE_UPSTREAMS=f'commerce=127.0.0.1:{upstream},'
                          f'auth=127.0.0.1:{suite.port("auth")}')
    peers = [lab.Program('upstream', [lab.BIN / 'upstream', upstream, ANSWER], upstream),
             nginx('nginx', plain, PROXY.format(upstream=upstream, port=plain)), haproxy(verifying, upstream, key)]
    try:
        gateway.start('gateway')
        ours = (gateway.pid('gateway'), suite.pid('auth'), suite.redis_pid())
        got, calm = (contest(plan, [make('dure', gateway.port('gateway'), tokens, lambda: ours, suite.postmaster),
                                    make('nginx', plain, tokens, lambda: [peers[1].pid]),
                                    make('haproxy', verifying, tokens, lambda: [peers[2].pid])]) for make in (side, paced))
    finally:
        gateway.stop('gateway')
        for peer in peers:
            peer.close()
    what = 'gateway: authenticated GET'
    return [compare('gateway', what, 'nginx proxy_pass', got['dure'], got['nginx'], least=0.7),
            compare('gateway', what, 'nginx proxy_pass', got['dure'], got['nginx'], 'p99', most=2),
            compare('gateway', what, 'haproxy jwt_verify', got['dure'], got['haproxy'], least=1.0),
            compare('gateway', f'{what}, {PER_SECOND}/s offered', 'nginx proxy_pass', calm['dure'], calm['nginx'], 'p99'),
            compare('gateway', f'{what}, {PER_SECOND}/s offered', 'haproxy jwt_verify', calm['dure'], calm['haproxy'], 'p99')]
