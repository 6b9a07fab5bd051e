"""What is played while something fails: one call through the gateway, and for those that others hear of, what must follow."""
import json
import socket
import struct
import time
import types
import urllib.request
import zlib

from client import Person, masked, upgrade
from customers import GOODS, SHIPPING

PLENTY, PATIENCE_S = 10000000, 60


def sandbox(world, path, body=None):
    ask = urllib.request.Request(f'{world.suite.url("sandbox")}{path}', None if body is None else json.dumps(body).encode())
    with urllib.request.urlopen(ask, timeout=PATIENCE_S) as answer:
        return json.load(answer)


class Call(types.SimpleNamespace):
    """method, path, body; who calls; ok: statuses of success, may: refusals that a repetition may get; key: needs one.
    came: is what must follow there? poke: wakes who sleeps over a clock that was moved."""
    def __init__(self, method, path, body=None, **more):
        super().__init__(**{'method': method, 'path': path, 'body': body, 'who': None, 'ok': (200,), 'may': (), 'key': False,
                            'came': None, 'headers': {}, 'made': None, 'poke': None, **more})


class Somebody(Person):
    def __init__(self, world, phone):
        super().__init__(world, phone, 'correct-horse-9!')
        self.random, self.id, self.read_to = world.rng(phone), None, 0

    def sms(self):
        """What has come to the phone since it was looked at last."""
        return sandbox(self.world, f'/sandbox/inbox.json?to={self.phone}&after={self.read_to}')

    def code(self):
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            inbox = self.sms()
            self.read_to = inbox['last']
            for item in reversed(inbox['items']):
                codes = [d for d in ''.join(c if c.isdigit() else ' ' for c in item['content']).split() if len(d) == 6]
                if codes:
                    return codes[0]
            time.sleep(0.02)
        raise RuntimeError(f'no code came to {self.phone}')

    def start(self):
        return self.insist('POST', '/api/create/token', self.form(), ok=(201,)).json['token']

    def form(self):
        return {'phone': self.phone, 'email': f'{self.phone}@dure.example', 'password': self.password, 'name': '김두레'}

    def prove(self):
        token = self.start()
        self.insist('POST', '/api/join/check', {'token': token}, ok=(202,))
        self.insist('POST', '/api/join/check', {'token': token, 'code': self.code()})
        return {'token': token, 'useAgree': True, 'privateAgree': True, 'marketingAgree': False}

    def join(self):
        self.insist('POST', '/api/join/do', self.prove(), ok=(201,))
        self.log_in()
        self.id = self.insist('GET', '/api/me').json['userId']
        while not self.is_known():
            time.sleep(0.02)

    def is_known(self):
        """Has everybody heard of the sign-up?"""
        return all(self.once('GET', path, None, {}).status == 200 for path in ('/api/plan', '/api/wallet', '/api/points'))

    def newest(self):
        items = self.insist('GET', '/api/alarms?limit=1').json['items']
        return items[0]['number'] if items else 0

    def is_credited(self, payment):
        entries = self.insist('GET', '/api/points/entries?limit=100').json['items']
        return payment in (entry['sourceId'] for entry in entries)


class Cast:
    """Who plays: a buyer with points, the office, and phones that nobody has used."""
    def __init__(self, world, receiver):
        self.world, self.receiver, self.used = world, receiver, 0
        self.orders, self.charges = [], {}
        self.office = Somebody(world, '01000000001')
        self.office.password = 'operator-secret-9!'
        world.suite.operator(self.office.phone, self.office.password)
        self.office.log_in()
        self.product = self.office.insist('POST', '/api/products', {
            'name': '두레 연필', 'priceKrw': 700, 'stock': 1000000, 'categoryId': GOODS}, ok=(201,), key=True).json['id']
        self.webhook = self.office.insist('POST', '/api/webhooks', {
            'url': f'http://127.0.0.1:{receiver.port}/', 'types': ['payment.settled']}, ok=(201,)).json['webhook']['id']
        self.buyer = self.somebody()
        self.buyer.join()
        self.enrich()
        self.entered_at = world.suite.now()

    def somebody(self):
        self.used += 1
        return Somebody(self.world, f'0108{self.used:07d}')

    def enrich(self):
        self.office.insist('POST', f'/api/point-accounts/{self.buyer.id}/grants', {'amountKrw': PLENTY, 'reason': '시험'},
                           ok=(201,), key=True)

    def rest(self):
        """Between two plays: nobody's token runs out in the middle of one."""
        if (self.world.suite.now() - self.entered_at).total_seconds() > 240:
            self.buyer.log_in()
            self.office.log_in()
            self.entered_at = self.world.suite.now()

    def coupon(self):
        """A coupon that the buyer can use in an order."""
        now = self.world.suite.now_text
        coupon = self.office.insist('POST', '/api/coupons', {
            'name': '두레', 'kind': 'percent', 'value': 10, 'startsAt': now(-90 * 86400), 'endsAt': now(90 * 86400)},
            ok=(201,), key=True).json['id']
        issued = self.office.insist('POST', f'/api/coupons/{coupon}/issues', {'userIds': [self.buyer.id]}, ok=(201,),
                                    key=True).json['issued']
        return issued[0]['registeredCouponId']

    def order_body(self, **more):
        return {'lines': [{'productId': self.product, 'quantity': 1}], 'phone': self.buyer.phone, **SHIPPING, **more}

    def placed(self):
        """An order of the buyer's, settled everywhere."""
        order = self.buyer.insist('POST', '/api/orders', self.order_body(), ok=(201,), key=True).json['id']
        self.orders.append(order)
        return order

    def intent(self):
        return self.buyer.insist('POST', '/api/payments', {'amountKrw': 10000}, ok=(201,), key=True).json

    def window(self, intent):
        key = sandbox(self.world, '/sandbox/toss/authenticate', {
            'orderId': intent['orderId'], 'amount': 10000, 'orderName': '포인트', 'method': 'card', 'card': 'success'})['paymentKey']
        return {'paymentKey': key, 'orderId': intent['orderId'], 'amountKrw': 10000}

    def charged(self):
        """A charge that has reached the points."""
        intent = self.intent()
        self.buyer.insist('POST', f'/api/payments/{intent["id"]}/confirm', self.window(intent), key=True)
        until = time.monotonic() + PATIENCE_S
        while not self.buyer.is_credited(intent['id']):
            if time.monotonic() > until:
                raise RuntimeError('a charge does not reach the points')
            time.sleep(0.01)
        self.charges[intent['id']] = 10000
        return intent['id']


PLAYS = []


def play(*services, hears=()):
    """A play that goes through these services; `hears` are those that only hear of it, and are waited for."""
    def take(function):
        PLAYS.append((function.__name__.replace('_', ' '), function, services, hears))
        return function
    return take


@play('gateway', 'auth')
def sign_up(cast):
    somebody = cast.somebody()
    return Call('POST', '/api/create/token', somebody.form(), who=somebody, ok=(201,))


@play('auth', 'gateway', hears=('messaging',))
def code_by_sms(cast):
    somebody = cast.somebody()
    token = somebody.start()
    return Call('POST', '/api/join/check', {'token': token}, who=somebody, ok=(202,), may=('verification.too_soon',),
                came=lambda: len(somebody.sms()['items']) > 0)


@play('auth', hears=('billing', 'messaging'))
def join(cast):
    somebody = cast.somebody()

    def has_followers():
        if somebody.access is None:
            somebody.log_in()
        return somebody.is_known()
    return Call('POST', '/api/join/do', somebody.prove(), who=somebody, ok=(201,), may=('signup.phone_taken', 'signup.expired'),
                came=has_followers)


@play('auth', 'gateway')
def log_in(cast):
    return Call('POST', '/api/login', {'phone': cast.buyer.phone, 'password': cast.buyer.password}, who=cast.buyer)


@play('auth')
def refresh(cast):
    somebody = cast.buyer
    answer = somebody.insist('POST', '/api/login', {'phone': somebody.phone, 'password': somebody.password})
    late = ('token_reused',)      # on a slow machine, past the ten seconds in which a token may be shown again
    return Call('POST', '/api/sessions/refresh', {'refreshToken': answer.json['refreshToken']}, who=somebody, may=late)


@play('auth', 'gateway')
def log_out(cast):
    leaving = Somebody(cast.world, cast.buyer.phone)
    leaving.log_in()
    return Call('DELETE', '/api/sessions/current', who=leaving, ok=(204,), may=('token.revoked', 'session.ended'))


@play('gateway', 'auth')
def who_am_i(cast):
    return Call('GET', '/api/me', who=cast.buyer)


@play('billing')
def charge_intent(cast):
    return Call('POST', '/api/payments', {'amountKrw': 10000}, who=cast.buyer, ok=(201,), key=True)


@play('billing', hears=('commerce', 'notification'))
def charge(cast):
    intent, heard = cast.intent(), cast.buyer.newest()
    return Call('POST', f'/api/payments/{intent["id"]}/confirm', cast.window(intent), who=cast.buyer, key=True,
                made=lambda answer: cast.charges.update({intent['id']: 10000}),
                came=lambda: cast.buyer.is_credited(intent['id']) and cast.buyer.newest() > heard)


@play('billing', hears=('commerce',))
def charge_given_back(cast):
    payment = cast.charged()
    return Call('POST', f'/api/payments/{payment}/cancellations', {'amountKrw': 1000, 'reason': '변심'}, who=cast.buyer,
                ok=(201,), key=True, came=lambda: cast.buyer.insist('GET', f'/api/payments/{payment}').json['status'] == 'partially_refunded')


@play('billing')
def hint_of_toss(cast):
    intent = cast.intent()
    cast.window(intent)
    return Call('POST', '/api/payments/webhooks/toss', {
        'eventType': 'PAYMENT_STATUS_CHANGED', 'createdAt': '2026-01-01T00:00:00.000000',
        'data': {'orderId': intent['orderId'], 'status': 'DONE'}}, who=cast.buyer)


@play('gateway', 'commerce', hears=('notification', 'messaging'))
def order(cast):
    heard = cast.buyer.newest()
    return Call('POST', '/api/orders', cast.order_body(registeredCouponId=cast.coupon()), who=cast.buyer, ok=(201,), key=True,
                made=lambda answer: cast.orders.append(answer.json['id']), came=lambda: cast.buyer.newest() > heard)


@play('commerce')
def order_read(cast):
    return Call('GET', '/api/orders?limit=20', who=cast.buyer)


@play('commerce', 'gateway')
def order_export(cast):
    return Call('GET', '/api/orders.csv', who=cast.office)


@play('commerce')
def order_cancelled(cast):
    return Call('POST', f'/api/orders/{cast.placed()}/cancellation', {'reason': '변심'}, who=cast.buyer, ok=(201,), key=True)


@play('commerce')
def refund(cast):
    order_id = cast.placed()
    etag = cast.office.insist('GET', f'/api/orders/{order_id}').headers['ETag']
    return Call('POST', f'/api/orders/{order_id}/refunds', {'lines': [{'lineNo': 1, 'quantity': 1}], 'reason': '파손'},
                who=cast.office, ok=(201,), key=True, headers={'If-Match': etag})


@play('notification')
def alarms(cast):
    return Call('GET', '/api/alarms', who=cast.buyer)


@play('notification')
def alarm_again(cast):
    alarm = cast.buyer.insist('GET', '/api/alarms?limit=1').json['items'][0]['alarmId']
    return Call('POST', f'/api/alarms/{alarm}/remind', {'at': cast.world.suite.now_text(seconds=3600)}, who=cast.buyer)


@play('notification')
def webhook(cast):
    before, path = cast.receiver.heard, f'/api/webhooks/{cast.webhook}/test'
    return Call('POST', path, who=cast.office, ok=(202,), came=lambda: cast.receiver.heard > before,
                poke=lambda: cast.office.insist('POST', path, ok=(202,)))


def png():
    """Two grey pixels."""
    def part(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    return (b'\x89PNG\r\n\x1a\n' + part(b'IHDR', struct.pack('>IIBBBBB', 2, 1, 8, 0, 0, 0, 0)) +
            part(b'IDAT', zlib.compress(b'\0\x80\x90')) + part(b'IEND', b''))


@play('commerce')
def picture(cast):
    data = png()
    place = cast.office.insist('POST', f'/api/products/{cast.product}/image-uploads', {
        'contentType': 'image/png', 'sizeBytes': len(data)}, ok=(201,)).json
    put = urllib.request.Request(place['url'], data, {'Content-Type': 'image/png'}, method='PUT')
    with urllib.request.urlopen(put, timeout=PATIENCE_S) as answer:
        answer.read()
    path = f'/api/products/{cast.product}'

    def has_thumbnail():
        image = cast.office.insist('GET', path).json['image']
        return image['id'] == place['imageId'] and image['state'] == 'ready'
    return Call('PUT', f'{path}/image', {'imageId': place['imageId']}, who=cast.office, came=has_thumbnail)


class Screen:
    """A connection of the screen: is it let in?"""
    def __init__(self, port, token):
        self.port, self.token = port, token

    def is_let_in(self):
        try:
            with socket.create_connection(('127.0.0.1', self.port), timeout=15) as s:
                return self.enter(s)
        except (OSError, ValueError, IndexError):
            return False

    def enter(self, s):
        upgrade(s)
        stream = s.makefile('rb')
        self.frame(stream)
        s.sendall(masked('40' + json.dumps({'token': self.token, 'lastNumber': 0})))
        return self.frame(stream)[:2] == b'40'

    @staticmethod
    def frame(stream):
        length = stream.read(2)[1] & 127
        if length == 126:
            length = struct.unpack('>H', stream.read(2))[0]
        return stream.read(length)


@play('notification', 'gateway')
def screen(cast):
    return Call('SOCKET', '/socket.io/', who=cast.buyer)
