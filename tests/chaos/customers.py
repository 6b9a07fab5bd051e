"""Mixed customers and the office: each decides by its own seeded chance and writes down what was acknowledged."""
import http.server
import json
import random
import threading
import time
import urllib.request

from client import Findings, GivenUp, Listener, Person

CARDS = ('success', 'success', 'success', 'success', 'decline', 'late')
PIECES = (700, 1300, 2900, 5500)
SHIPPING = {'recipient': '김두레', 'postalCode': '04524', 'address': '세종대로 110'}
GOODS = '01926f00-0000-7000-8000-00000000c003'     # a category that the migrations make
WEBHOOK_TYPES = ('payment.settled', 'payment.refunded')


class World:
    """What all share: the suite, the shop, the findings, and whether it still goes on."""
    def __init__(self, suite, seed, patience_s):
        self.suite, self.seed, self.patience_s = suite, seed, patience_s
        self.findings, self.lock = Findings(), threading.Lock()
        self.stopping = threading.Event()
        self.products, self.coupon, self.placed, self.refunded = [], None, [], {}

    def rng(self, *words):
        return random.Random('/'.join(str(word) for word in (self.seed, *words)))

    def end(self):
        """Ends the services and looks at how they ended, and at what they had said."""
        for line in self.suite.end_all():
            self.findings.add('an end that was none', line)
        for line in self.suite.panics():
            self.findings.add('a service panicked', line)

    @staticmethod
    def route_of(name):
        return '/'.join('{}' if len(part) == 36 and part.count('-') == 4 else part for part in name.split('/'))


class Customer(Person, threading.Thread):
    def __init__(self, world, number):
        threading.Thread.__init__(self, daemon=True)
        Person.__init__(self, world, f'0107{number:07d}', 'correct-horse-9!')
        self.number, self.random, self.id = number, world.rng('customer', number), None
        self.orders, self.charges, self.unsure, self.steps = [], {}, 0, 0
        self.listener, self.inbox_after, self.ready, self.done = None, 0, threading.Event(), False
        self.ended_tokens, self.has_plan = [], False
        self.given_back, self.cancelled, self.claimed, self.reminded = [], 0, 0, set()

    def run(self):
        try:
            self.enter()
            self.ready.set()
            while not self.world.stopping.is_set():
                try:
                    self.step()
                except GivenUp:
                    self.unsure += 1
                self.steps += 1
                time.sleep(self.random.random() * 0.2)
            self.done = True
        except GivenUp:
            pass
        except Exception as e:                   # a fault of the driver must not look like a quiet customer
            self.world.findings.add(f'a customer of the driver failed: {type(e).__name__}', str(e))
            raise
        finally:
            self.ready.set()

    # ---- sign-up

    def sandbox(self, path, body=None):
        """The buyer's side of the provider; it may be frozen, too."""
        until = time.monotonic() + self.world.patience_s
        while time.monotonic() < until:
            ask = urllib.request.Request(f'{self.world.suite.url("sandbox")}{path}',
                                         None if body is None else json.dumps(body).encode())
            try:
                with urllib.request.urlopen(ask, timeout=5) as answer:
                    return json.load(answer)
            except (OSError, ValueError):
                time.sleep(0.3)
        raise GivenUp

    def code(self):
        """The next code, or None when none comes for a while."""
        for _ in range(50):
            inbox = self.sandbox(f'/sandbox/inbox.json?to={self.phone}&after={self.inbox_after}')
            self.inbox_after = inbox['last']
            for item in reversed(inbox['items']):
                digits = ''.join(c if c.isdigit() else ' ' for c in item['content']).split()
                codes = [d for d in digits if len(d) == 6]
                if codes:
                    return codes[0]
            time.sleep(0.2)
        return None

    def enter(self):
        while not self.try_sign_up():
            if self.world.stopping.is_set():
                raise GivenUp
        self.log_in()
        self.id = self.insist('GET', '/api/me').json['userId']
        self.listener = Listener(self.world, self)
        self.listener.start()

    def try_sign_up(self):
        answer = self.insist('POST', '/api/create/token', {
            'phone': self.phone, 'email': f'{self.phone}@dure.example', 'password': self.password, 'name': '김두레'},
            ok=(201,), may=('signup.phone_taken',))
        if answer.status != 201:
            return True
        token = answer.json['token']
        self.insist('POST', '/api/join/check', {'token': token}, ok=(202,), may=('verification.too_soon',))
        code = self.code()
        if code is None:
            return False
        answer = self.insist('POST', '/api/join/check', {'token': token, 'code': code},
                             may=('verification.wrong_code', 'verification.expired', 'signup.expired',
                                  'verification.not_sent'))
        if answer.status != 200:
            return False
        answer = self.insist('POST', '/api/join/do', {'token': token, 'useAgree': True, 'privateAgree': True,
                                                      'marketingAgree': False}, ok=(201,),
                             may=('signup.expired', 'signup.phone_taken', 'signup.not_proven'))
        return answer.slug != 'signup.not_proven'

    # ---- a day in the shop

    def step(self):
        if self.access is None:
            self.log_in()
        chosen = self.random.choices((self.charge, self.order, self.claim, self.cancel_order, self.give_charge_back,
                                      self.look, self.remind, self.leave), (3, 12, 1, 2, 1, 4, 2, 1))[0]
        chosen()

    def charge(self):
        amount = self.random.choice((10000, 30000, 50000))
        intent = self.insist('POST', '/api/payments', {'amountKrw': amount}, ok=(201,), key=True).json
        window = self.sandbox('/sandbox/toss/authenticate', {
            'orderId': intent['orderId'], 'amount': amount, 'orderName': '포인트', 'method': 'card',
            'card': self.random.choice(CARDS)})
        answer = self.insist('POST', f'/api/payments/{intent["id"]}/confirm', {
            'paymentKey': window['paymentKey'], 'orderId': intent['orderId'], 'amountKrw': amount}, key=True,
            may=('payment.refused', 'payment.ended', 'payment.expired'))
        if answer.status == 200 and answer.json['status'] == 'paid':
            self.charges[intent['id']] = amount
        elif answer.status == 200 and answer.json['status'] not in ('confirming', 'unknown'):
            self.world.findings.add(f'a confirmation answered {answer.json["status"]}', intent['id'])

    def order(self):
        coupon = self.usable_coupon() if self.random.random() < 0.1 else None
        lines = [{'productId': product, 'quantity': self.random.randint(1, 3)}
                 for product in self.random.sample(self.world.products, self.random.randint(1, 2))]
        body = {'lines': lines, 'phone': self.phone, **SHIPPING, **({'registeredCouponId': coupon} if coupon else {})}
        answer = self.insist('POST', '/api/orders', body, ok=(201,), key=True,
                             may=('order.points_short', 'order.out_of_stock', 'coupon.used', 'coupon.expired',
                                  'coupon.min_amount'))
        if answer.status == 201:
            self.orders.append(answer.json['id'])
            with self.world.lock:
                self.world.placed.append(answer.json['id'])
        elif answer.slug == 'order.points_short':
            self.charge()

    def usable_coupon(self):
        items = self.insist('GET', '/api/registered-coupons').json['items']
        usable = [item['id'] for item in items if item['status'] == 'usable']
        return usable[0] if usable else None

    def claim(self):
        answer = self.insist('POST', f'/api/coupons/{self.world.coupon}/registrations', ok=(201,),
                             may=('coupon.per_customer', 'coupon.used_up'))
        self.claimed += answer.status == 201

    def cancel_order(self):
        if self.orders:
            answer = self.insist('POST', f'/api/orders/{self.random.choice(self.orders)}/cancellation', {'reason': '변심'},
                                 ok=(201,), key=True, may=('order.shipped', 'order.cannot_move'))
            self.cancelled += answer.status == 201

    def give_charge_back(self):
        if self.charges:
            payment = self.random.choice(sorted(self.charges))
            answer = self.insist('POST', f'/api/payments/{payment}/cancellations', {'amountKrw': 1000, 'reason': '변심'},
                                 ok=(201,), key=True, may=('payment.cancel_exceeds', 'payment.not_paid',
                                                           'payment.too_many_cancellations'))
            if answer.status == 201:
                self.given_back.append(answer.json['id'])

    def look(self):
        for path in ('/api/points', '/api/orders?limit=5', '/api/alarms', '/api/products', '/api/payments'):
            self.insist('GET', path)
        # A newcomer's plan is opened behind the sign-up, by an event; once it is there it stays.
        answer = self.insist('GET', '/api/plan', may=() if self.has_plan else ('plan.not_found',))
        self.has_plan = answer.status == 200
        if self.orders:
            self.insist('GET', f'/api/orders/{self.random.choice(self.orders)}')

    def remind(self):
        items = self.insist('GET', '/api/alarms?limit=5').json['items']
        if items:
            alarm = self.random.choice(items)['alarmId']
            answer = self.insist('POST', f'/api/alarms/{alarm}/remind', {'at': self.world.suite.now_text(seconds=5)},
                                 may=('alarm.remind_time', 'alarm.unknown'))
            if answer.status == 200:
                self.reminded.add(alarm)
            self.insist('PATCH', f'/api/alarms/{alarm}', {'confirm': True}, may=('alarm.unknown',))

    def leave(self):
        """Out and in again. An ended token must never open anything again, whatever Redis has forgotten."""
        old = self.access
        answer = self.insist('DELETE', '/api/sessions/current', ok=(204, 401))
        if answer.status == 204:
            self.ended_tokens.append(old)
        self.log_in()


class Office(Person, threading.Thread):
    """The operator: offers goods, moves parcels, gives orders back."""
    def __init__(self, world):
        threading.Thread.__init__(self, daemon=True)
        Person.__init__(self, world, '01000000001', 'operator-secret-9!')
        self.random = world.rng('office')
        world.suite.operator(self.phone, self.password)

    def open(self, receiver_port):
        self.log_in()
        for price in PIECES:
            answer = self.insist('POST', '/api/products', {
                'name': f'두레 {price}', 'priceKrw': price, 'stock': 1000000, 'categoryId': GOODS}, ok=(201,), key=True)
            self.world.products.append(answer.json['id'])
        rare = self.insist('POST', '/api/products', {'name': '드문 것', 'priceKrw': 900, 'stock': 25, 'categoryId': GOODS},
                           ok=(201,), key=True)
        self.world.products.append(rare.json['id'])
        self.world.coupon = self.insist('POST', '/api/coupons', {
            'name': '두레', 'kind': 'percent', 'value': 10, 'startsAt': self.world.suite.now_text(-90 * 86400),
            'endsAt': self.world.suite.now_text(90 * 86400)}, ok=(201,), key=True).json['id']
        self.insist('POST', '/api/webhooks', {'url': f'http://127.0.0.1:{receiver_port}/', 'types': list(WEBHOOK_TYPES)},
                    ok=(201,))

    def run(self):
        while not self.world.stopping.is_set():
            with self.world.lock:
                order = self.random.choice(self.world.placed) if self.world.placed else None
            try:
                if self.access is None:
                    self.log_in()
                if order is not None:
                    self.random.choice((self.prepare, self.prepare, self.give_back))(order)
            except GivenUp:
                pass
            time.sleep(0.1 + self.random.random() * 0.3)

    def prepare(self, order):
        path = f'/api/orders/{order}/shipping'
        etag = self.insist('GET', path).headers['ETag']
        self.insist('PATCH', path, {'status': 'preparing'}, headers={'If-Match': etag},
                    may=('shipping.stale', 'shipping.cannot_move', 'shipping.order_closed'))

    def give_back(self, order):
        etag = self.insist('GET', f'/api/orders/{order}').headers['ETag']
        answer = self.insist('POST', f'/api/orders/{order}/refunds', {
            'lines': [{'lineNo': 1, 'quantity': 1}], 'reason': '파손'}, ok=(201,), key=True, headers={'If-Match': etag},
            may=('order.stale', 'order.cannot_move', 'refund.quantity'))
        if answer.status == 201:
            with self.world.lock:
                self.world.refunded[answer.json['id']] = order


class Receiver(threading.Thread):
    """Of webhooks: keeps which event came how often. Fails now and then, as receivers do."""
    def __init__(self, world):
        super().__init__(daemon=True)
        self.events, rng = {}, world.rng('receiver')
        events = self.events

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
                status = 503 if rng.random() < 0.05 else 204
                if status == 204:
                    events.setdefault(self.headers['webhook-id'], []).append(body.get('type'))
                self.send_response(status)
                self.send_header('Content-Length', '0')
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.port = self.server.server_address[1]

    def run(self):
        self.server.serve_forever()
