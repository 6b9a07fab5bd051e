"""Requests that flow while services are replaced: users who log in once, keep a connection each, and read and write at all
services by turns, at a steady pace.

What counts as failed: an answer other than the one that is expected, or none. Nothing is tried again. A connection that was idle
for three seconds is not used again, because the gateway ends one after five.
"""
import http.client
import json
import threading
import time
import uuid

import pods

PACE_S = 0.05
IDLE_S = 3
PASSWORD = "dure2026!load"


class Refused(Exception):
    pass


class Client:
    """One kept connection."""

    def __init__(self, address):
        self.address, self.connection, self.token, self.used = address, None, None, 0.0

    def ask(self, method, path, body=None, key=None):
        """(status, the answer's JSON)"""
        head = {"Content-Type": "application/json"} if body is not None else {}
        if self.token:
            head["Authorization"] = f"Bearer {self.token}"
        if key:
            head["Idempotency-Key"] = key
        if self.connection is not None and time.monotonic() - self.used > IDLE_S:
            self.hang_up()
        if self.connection is None:
            self.connection = http.client.HTTPConnection(*self.address, timeout=15)
        try:
            self.connection.request(method, path, json.dumps(body) if body is not None else None, head)
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.hang_up()
            raise
        self.used = time.monotonic()
        if answer.will_close:
            self.hang_up()
        return answer.status, json.loads(text) if text and "json" in answer.getheader("Content-Type", "") else None

    def hang_up(self):
        self.connection.close()
        self.connection = None

    def want(self, status, method, path, body=None, key=None):
        got, answer = self.ask(method, path, body, key)
        if got != status:
            raise Refused(f"{method} {path}: {got} {json.dumps(answer, ensure_ascii=False)}")
        return answer


class User(Client):
    """Somebody who has signed up, has points and buys."""

    def __init__(self, gateway, inbox, number):
        super().__init__(gateway)
        self.phone = f"0107{number:07d}"
        self.product = self.refresh = None
        self.sign_up(inbox)

    def sign_up(self, inbox):
        person = {"phone": self.phone, "email": f"load{self.phone}@example.com", "password": PASSWORD, "name": "부하"}
        token = self.want(201, "POST", "/api/create/token", person)["token"]
        self.want(202, "POST", "/api/join/check", {"token": token})
        code = read_code(inbox, self.phone)
        self.want(200, "POST", "/api/join/check", {"token": token, "code": code})
        self.want(201, "POST", "/api/join/do", {"token": token, "useAgree": True, "privateAgree": True})
        self.take(self.want(200, "POST", "/api/login", {"phone": self.phone, "password": PASSWORD}))

    def take(self, session):
        self.token, self.refresh = session["accessToken"], session["refreshToken"]

    # What is done by turns; every service is read from and, messaging apart, written to.

    def read_me(self):
        self.want(200, "GET", "/api/me")

    def renew(self):
        self.take(self.want(200, "POST", "/api/sessions/refresh", {"refreshToken": self.refresh}))

    def intend_to_pay(self):
        self.want(201, "POST", "/api/payments", {"amountKrw": 10000}, str(uuid.uuid4()))

    def read_payments(self):
        self.want(200, "GET", "/api/payments?limit=5")

    def read_wallet(self):
        self.want(200, "GET", "/api/wallet")

    def read_products(self):
        self.want(200, "GET", "/api/products?limit=5")

    def order(self):
        self.want(201, "POST", "/api/orders", {
            "lines": [{"productId": self.product, "quantity": 1}], "recipient": "김두레", "phone": self.phone,
            "postalCode": "04524", "address": "서울특별시 중구 세종대로 110"}, str(uuid.uuid4()))

    def read_alarms(self):
        self.want(200, "GET", "/api/alarms?limit=5")

    def confirm_alarms(self):
        self.want(200, "PATCH", "/api/alarms", {"confirm": True})

    def read_document(self):
        self.want(200, "GET", "/openapi.json")

    TURNS = (read_me, intend_to_pay, read_products, order, read_wallet, read_alarms, read_payments, confirm_alarms, renew,
             read_document)


def read_code(inbox, phone):
    import re
    end = time.monotonic() + 20
    client = Client(inbox)
    while time.monotonic() < end:
        items = client.want(200, "GET", f"/sandbox/inbox.json?to={phone}")["items"]
        for item in items:
            found = re.search(r"\b(\d{6})\b", json.dumps(item, ensure_ascii=False))
            if found:
                return found[1]
        time.sleep(0.1)
    raise Refused(f"no code came to {phone}")


class Shop(Client):
    """The operator, who puts something up for sale and gives points to buy it with."""

    def __init__(self, gateway, auth_pod):
        super().__init__(gateway)
        run = pods.podman("exec", "-i", auth_pod.container_name, "/usr/bin/dure", "operator", "add", "01099990001",
                          "load@dure.example", "Operator", input=PASSWORD + "\n")
        self.said = run.stdout
        self.token = self.want(200, "POST", "/api/login", {"phone": "01099990001", "password": PASSWORD})["accessToken"]
        category = self.want(200, "GET", "/api/categories")["items"][0]["id"]
        self.product = self.want(201, "POST", "/api/products", {"name": "두레 머그컵", "priceKrw": 100, "stock": 1000000,
                                                                "categoryId": category}, str(uuid.uuid4()))["id"]

    def endow(self, user):
        user_id = user.want(200, "GET", "/api/me")["userId"]
        user.product = self.product
        end = time.monotonic() + 20
        while True:          # commerce hears of a new user by an event
            status, answer = self.ask("POST", f"/api/point-accounts/{user_id}/grants",
                                      {"amountKrw": 1000000, "reason": "부하"}, f"grant-{user_id}")
            if status == 201:
                return
            if time.monotonic() > end:
                raise Refused(f"grant: {status} {answer}")
            time.sleep(0.1)


class Load:
    """Counts by phase; a phase is what is going on meanwhile."""

    def __init__(self, users):
        self.users, self.lock, self.going = users, threading.Lock(), True
        self.phase, self.counts = None, {}
        self.threads = [threading.Thread(target=self.run, args=[user, i], daemon=True) for i, user in enumerate(users)]

    def begin(self, phase):
        with self.lock:
            self.phase = phase
            self.counts[phase] = {"requests": 0, "failed": [], "slowest": 0.0}

    def total(self):
        with self.lock:
            return sum(count["requests"] for count in self.counts.values())

    def start(self, phase):
        self.begin(phase)
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.going = False
        for thread in self.threads:
            thread.join()

    def run(self, user, turn):
        due = time.monotonic()
        while self.going:
            step = user.TURNS[turn % len(user.TURNS)]
            phase, failure, begun = self.phase, None, time.monotonic()
            try:
                step(user)
            except (Refused, OSError, http.client.HTTPException) as e:
                failure = f"{step.__name__}: {type(e).__name__} {e}"
            self.count(phase, failure, time.monotonic() - begun)
            turn += 1
            due = max(due + PACE_S, time.monotonic() - 1)
            time.sleep(max(0.0, due - time.monotonic()))

    def count(self, phase, failure, seconds):
        with self.lock:
            mine = self.counts[phase]
            mine["requests"] += 1
            mine["slowest"] = max(mine["slowest"], seconds)
            if failure:
                mine["failed"].append(failure)
