"""What a front end does: asks the gateway by HTTP, pays at the sandbox's window, listens on Socket.IO by polling."""
import base64
import http.client
import itertools
import json
import struct
import time
import urllib.parse
import zlib

GOODS = '01926f00-0000-7000-8000-00000000c003'       # a category that the migrations make
numbers = itertools.count(1)


class Answer:
    """status 0: no answer; problem: the code of a problem document."""
    def __init__(self, status, headers, body, seconds):
        self.status, self.headers, self.body, self.seconds = status, headers, body, seconds

    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return {}

    def __str__(self):
        problem = self.json() if self.headers.get('content-type', '').startswith('application/problem+json') else {}
        late = ' without Retry-After' if self.status in (429, 503) and 'retry-after' not in self.headers else ''
        return f'{self.status or "no answer"} {problem.get("code", "")}'.strip() + late


def ask(url, method='GET', body=None, headers=None, patience=15):
    where = urllib.parse.urlsplit(url)
    began = time.monotonic()
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=patience)
    headers = dict(headers or {})
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
        headers['Content-Type'] = 'application/json'
    try:
        connection.request(method, where.path + (f'?{where.query}' if where.query else ''), body, headers)
        got = connection.getresponse()
        content = got.read()
        return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, content, time.monotonic() - began)
    except (OSError, http.client.HTTPException):
        return Answer(0, {}, b'', time.monotonic() - began)
    finally:
        connection.close()


def want(status, answer):
    if answer.status != status:
        raise AssertionError(f'wanted {status}, got {answer}: {answer.body[:300]}')
    return answer


def new_key():
    return {'Idempotency-Key': f'gameday-{time.time_ns()}-{next(numbers)}'}


def dot():
    """A PNG of one point."""
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 1, 1, 8, 2, 0, 0, 0)) +
            chunk(b'IDAT', zlib.compress(b'\0\xff\0\0')) + chunk(b'IEND', b''))


class Person:
    def __init__(self, suite, phone, password):
        self.suite, self.phone, self.password = suite, phone, password
        self.access = self.refresh = None

    def ask(self, method, path, body=None, more=None, renewing=True):
        """As a front end does: who is told that his token has expired renews it and asks once more."""
        headers = {'Authorization': f'Bearer {self.access}'} if self.access else {}
        answer = ask(self.suite.url('gateway') + path, method, body, headers | (more or {}))
        if renewing and str(answer) == '401 token.expired' and self.renew().status == 200:
            return self.ask(method, path, body, more, renewing=False)
        return answer

    def log_in(self):
        answer = ask(self.suite.url('gateway') + '/api/login', 'POST', {'phone': self.phone, 'password': self.password})
        self.take(answer)
        return answer

    def renew(self):
        answer = ask(self.suite.url('gateway') + '/api/sessions/refresh', 'POST', {'refreshToken': self.refresh})
        self.take(answer)
        return answer

    def take(self, answer):
        if answer.status == 200:
            self.access, self.refresh = answer.json()['accessToken'], answer.json()['refreshToken']

    # ---- money

    def intend(self, amount):
        return self.ask('POST', '/api/payments', {'amountKrw': amount}, new_key())

    def agree(self, intent):
        """In the provider's window; what the window gives back."""
        agreed = want(200, ask(self.suite.url('sandbox') + '/sandbox/toss/authenticate', 'POST', {
            'orderId': intent['orderId'], 'amount': intent['amountKrw'], 'orderName': 'points', 'method': 'card',
            'card': 'success'}))
        return {'paymentKey': agreed.json()['paymentKey'], 'orderId': intent['orderId'], 'amountKrw': intent['amountKrw']}

    def confirm(self, intent, agreed, key=None):
        return self.ask('POST', f'/api/payments/{intent["id"]}/confirm', agreed, key or new_key())

    def charge(self, amount):
        intent = want(201, self.intend(amount)).json()
        want(200, self.confirm(intent, self.agree(intent)))

    # ---- the shop

    def order(self, product, key=None, phone=None):
        return self.ask('POST', '/api/orders', {
            'lines': [{'productId': product, 'quantity': 1}], 'recipient': '홍길동', 'phone': phone or self.phone,
            'postalCode': '04524', 'address': '서울특별시 중구 세종대로 110', 'addressDetail': '1층'}, key or new_key())

    def offer(self, price, stock):
        return want(201, self.ask('POST', '/api/products', {
            'name': f'두레 머그컵 {next(numbers)}', 'priceKrw': price, 'stock': stock, 'categoryId': GOODS},
            new_key())).json()['id']

    # ---- Socket.IO

    def listen(self):
        """The words of the server to somebody who connects: "40…" let in, "44…" refused; else its status."""
        door = self.suite.url('gateway') + '/socket.io/?EIO=4&transport=polling'
        opened = ask(door)
        if opened.status != 200:
            return str(opened)
        door += '&sid=' + json.loads(opened.body[1:])['sid']
        ask(door, 'POST', b'40' + json.dumps({'token': self.access}).encode(), {'Content-Type': 'text/plain'})
        said = ask(door).body.decode()
        ask(door, 'POST', b'1', {'Content-Type': 'text/plain'})
        if said.startswith('40'):
            return 'let in'
        return 'refused ' + (json.loads(said[2:]).get('message', '') if said.startswith('44') else said[:40])


def header(token):
    """What a token says of itself: alg, kid, typ."""
    first = token.split('.')[0]
    return json.loads(base64.urlsafe_b64decode(first + '=' * (-len(first) % 4)))
