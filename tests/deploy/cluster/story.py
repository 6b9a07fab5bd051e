"""The way in from outside, and the story (tests/scenario/story.c) by it: nginx does what the Ingress objects say, and the sandbox
has a port as kubectl port-forward would give it one; both on this namespace's loopback."""
import os
import subprocess
import time

import pods

GATEWAY_PORT, SANDBOX_PORT = 8080, 8190

CONF = """
worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log; daemon off; user root;
events {{ worker_connections 512; }}
http {{
	access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
	uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi; proxy_http_version 1.1; proxy_read_timeout 3600;
	map $http_upgrade $connection_header {{ default upgrade; "" close; }}
	proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
	proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_header;
	server {{ listen 127.0.0.1:{gateway}; {locations} }}
	server {{ listen 127.0.0.1:{sandbox}; location / {{ proxy_pass http://{sandbox_address}; }} }}
}}
"""

# What the story asks of a suite that it did not start (tests/kit/suite_attached.c).
PROGRAMS = {
    "sql": """{ echo "SET search_path = $1;"; cat; } |
    podman exec -i %(postgres)s psql -X -qAt -v ON_ERROR_STOP=1 -U postgres -d dure -f -""",
    "redis": """exec podman exec -i %(redis)s sh -c \\
    'REDISCLI_AUTH=$(sed "s/.*>\\([^ ]*\\).*/\\1/" /run/secrets/dure/users.acl) redis-cli'""",
    "run": """shift
exec podman exec -i %(auth)s /usr/bin/dure "$@\"""",
}


def ingress(suite, folder):
    """nginx, started; whoever has it ends it."""
    paths = [p for d in suite.of_kind("Ingress") for p in d["spec"]["rules"][0]["http"]["paths"]]
    named = [(p["path"], p["backend"]["service"]["name"], p["backend"]["service"]["port"]["name"]) for p in paths]
    locations = " ".join("location %s { proxy_pass http://%s:%d; }" % (path, *suite.cluster.address(service, port))
                         for path, service, port in named)
    with open(f"{folder}/nginx.conf", "w") as f:
        f.write(CONF.format(folder=folder, gateway=GATEWAY_PORT, sandbox=SANDBOX_PORT, locations=locations,
                            sandbox_address="%s:%d" % suite.cluster.address("sandbox", "http")))
    nginx = subprocess.Popen(["nginx", "-c", f"{folder}/nginx.conf"], stdin=subprocess.DEVNULL)
    end = time.monotonic() + 20
    while not pods.reachable("127.0.0.1", SANDBOX_PORT):
        if nginx.poll() is not None or time.monotonic() > end:
            raise pods.PodFailed(f"nginx does not start, see {folder}/nginx.log")
        time.sleep(0.1)
    return nginx


def attach(suite, folder, containers):
    os.makedirs(f"{folder}/env")
    with open(f"{folder}/env/ports", "w") as f:
        f.write(f"gateway http {GATEWAY_PORT}\nsandbox http {SANDBOX_PORT}\n")
    for name, text in PROGRAMS.items():
        with open(f"{folder}/{name}", "w") as f:
            f.write(f"#!/bin/sh\n{text % containers}\n")
        os.chmod(f"{folder}/{name}", 0o700)


def play(suite, folder, root):
    """Its last line."""
    nginx = ingress(suite, folder)
    attach(suite, f"{folder}/suite", {"postgres": "postgres-0-postgres", "redis": "redis-0-redis",
                                      "auth": suite.servers["auth"].container_name})
    run = subprocess.run([f"{root}/tests/run", "--story", f"{root}/build/test/tests/scenario-story"], capture_output=True, text=True,
                         env={**os.environ, "KIT_SUITE": f"{folder}/suite", "KIT_PLAY": "1"}, timeout=300)
    nginx.terminate()
    nginx.wait()
    if run.returncode != 0:
        raise pods.PodFailed(f"the story fails:\n{(run.stdout + run.stderr)[-4000:]}")
    return run.stdout.strip().splitlines()[-1]
