"""What is asked in each pass: every row of the table of routes in README.md is a function here, by the row's words.

A round is prepared while all is well, so that during a fault each row asks for one thing and nothing else."""
import itertools

import customer
from customer import ask, new_key, want

AMOUNT, PRICE, BREAKER_FAILURES = 30000, 1000, 8
phones = itertools.count(2000)
rows = {}


def row(words):
    def note(function):
        rows[words] = function
        return function
    return note


class Payment:
    """An intent to which the buyer has agreed at the provider, and the key under which it is confirmed."""
    def __init__(self, buyer):
        self.intent = want(201, buyer.intend(AMOUNT)).json()
        self.agreed, self.key = buyer.agree(self.intent), new_key()


class Round:
    """The people of the demo company, and what each row needs to have been made before."""
    def __init__(self, suite):
        self.suite = suite
        self.buyer = customer.Person(suite, '01000000002', suite.secret('demo_password'))
        self.operator = customer.Person(suite, '01000000001', suite.secret('operator_password'))
        want(200, self.operator.log_in())
        want(200, self.buyer.log_in())
        self.product = self.operator.offer(PRICE, 100000)
        made = want(201, self.operator.ask('POST', '/api/event-keys', {'name': 'game day', 'types': []})).json()
        self.event_key = {'Authorization': f'Dure-Event-Key {made["keyId"]}.{made["secret"]}'}
        self.placed = []

    def person(self):
        who = customer.Person(self.suite, self.buyer.phone, self.buyer.password)
        want(200, who.log_in())
        return who

    def prepare(self):
        want(200, self.operator.log_in())
        want(200, self.buyer.log_in())
        self.buyer.charge(AMOUNT)
        self.early, self.leaver, self.renewer, self.gone = (self.person() for _ in range(4))
        want(204, self.gone.ask('DELETE', '/api/sessions/current'))
        self.asking = want(201, self.sign_up()).json()['token']
        self.earlier, self.new = Payment(self.buyer), None
        self.key = new_key()
        self.first = want(201, self.buyer.order(self.product, self.key))
        self.place = self.upload().json()
        self.phone = f'0100009{next(phones)}'
        self.order = None

    def gateway(self, path, method='GET', body=None, headers=None):
        return ask(self.suite.url('gateway') + path, method, body, headers)

    def sign_up(self):
        phone = f'0100008{next(phones)}'
        return self.gateway('/api/create/token', 'POST', {'phone': phone, 'email': f'{phone}@dure.example',
                                                          'password': 'game-day-1!', 'name': '홍길동'})

    def upload(self):
        return self.operator.ask('POST', f'/api/products/{self.product}/image-uploads',
                                 {'contentType': 'image/png', 'sizeBytes': len(customer.dot())})


@row('GET /api/points with a token from before')
def old_token(r):
    return r.early.ask('GET', '/api/points', renewing=False)


@row('GET /openapi.json')
def read_documents(r):
    return r.gateway('/openapi.json')


@row('GET /.well-known/jwks.json')
def read_keys(r):
    return r.gateway('/.well-known/jwks.json')


@row('POST /api/create/token')
def sign_up(r):
    return r.sign_up()


@row('POST /api/join/check')
def ask_for_code(r):
    return r.gateway('/api/join/check', 'POST', {'token': r.asking})


@row('POST /api/login')
def log_in(r):
    return customer.Person(r.suite, r.buyer.phone, r.buyer.password).log_in()


@row('POST /api/sessions/refresh')
def refresh(r):
    return r.renewer.renew()


@row('DELETE /api/sessions/current')
def log_out(r):
    return r.leaver.ask('DELETE', '/api/sessions/current')


@row('GET /api/points by who has logged out')
def come_back(r):
    return r.gone.ask('GET', '/api/points')


@row('GET /api/me')
def read_me(r):
    return r.buyer.ask('GET', '/api/me')


@row('GET /api/wallet')
def read_wallet(r):
    return r.buyer.ask('GET', '/api/wallet')


@row('GET /api/points')
def read_points(r):
    return r.buyer.ask('GET', '/api/points')


@row('GET /api/products')
def list_products(r):
    return r.buyer.ask('GET', '/api/products')


@row('POST /api/orders')
def place_order(r):
    answer = r.buyer.order(r.product, phone=r.phone)
    if answer.status == 201:
        r.order = answer.json()['id']
        r.placed.append(r.order)
    return answer


@row('POST /api/orders, an earlier key')
def place_again(r):
    answer = r.buyer.order(r.product, r.key)
    if answer.status == 201 and answer.body != r.first.body:
        return 'another answer'
    return answer


@row('POST /api/payments')
def intend(r):
    return r.buyer.intend(AMOUNT)


@row('POST /api/payments/{id}/confirm')
def confirm(r):
    return settle(r, r.earlier)


@row('POST /api/payments and confirm')
def pay(r):
    answer = r.buyer.intend(AMOUNT)
    if answer.status != 201:
        return answer
    r.new = Payment(r.buyer)
    return settle(r, r.new)


@row('POST /api/payments/webhooks/toss')
def webhook(r):
    return r.gateway('/api/payments/webhooks/toss', 'POST', {'eventType': 'PAYMENT_STATUS_CHANGED',
                                                             'data': {'orderId': r.earlier.intent['orderId']}})


@row('POST /api/products/{id}/image-uploads')
def place_for_picture(r):
    return r.upload()


@row('PUT the picture')
def send_picture(r):
    return ask(r.place['url'], 'PUT', customer.dot(), {'Content-Type': 'image/png'})


@row('PUT /api/products/{id}/image')
def name_picture(r):
    return r.operator.ask('PUT', f'/api/products/{r.product}/image', {'imageId': r.place['imageId']})


@row('GET /api/alarms')
def list_alarms(r):
    return r.buyer.ask('GET', '/api/alarms')


@row('Socket.IO, connecting')
def listen(r):
    return r.buyer.listen()


@row('GET /api/events?publisher=commerce')
def read_events(r):
    return r.gateway('/api/events?publisher=commerce&limit=1', headers=r.event_key)


# ---- what follows from them

def heard_of(r):
    return r.suite.sql(f"SELECT count(*) FROM notification.alarm WHERE source_id = '{r.order}'") != '0'


def sent_to(r):
    inbox = ask(r.suite.url('sandbox') + f'/sandbox/inbox.json?to={r.phone}&limit=10')
    return bool(inbox.json().get('items'))


def settle(r, payment):
    return r.buyer.confirm(payment.intent, payment.agreed, payment.key)


def captures(r, payment):
    """How often the provider has taken the money of this payment."""
    state = want(200, ask(r.suite.url('sandbox') + '/sandbox/state.json')).json()
    return sum(1 for p in state['toss'] if p['orderId'] == payment.intent['orderId'] and p['captured'] > 0)


def outcome(r, payment):
    """What became of a payment; its client repeats the call, with its key, until it is answered."""
    if payment is None:
        return 'not begun'
    answer, taken = str(settle(r, payment)), captures(r, payment)
    return {('200', 1): 'captured once', ('409 payment.ended', 0): 'ended, nothing taken'}.get((answer, taken), f'{answer}, {taken} taken')


# What shows that a provider is asked again: a breaker stays open for a moment after the provider is back.
answers_again = {
    'toss': lambda r: outcome(r, r.earlier) == 'captured once',
    'sens': sent_to,
    's3': lambda r: send_picture(r).status == name_picture(r).status == 200,
}


# ---- what makes somebody call a provider, often enough for its breaker

def press_toss(r):
    for _ in range(BREAKER_FAILURES + 2):
        intent = want(201, r.buyer.intend(AMOUNT)).json()
        r.buyer.confirm(intent, r.buyer.agree(intent))


def press_sens(r):
    for _ in range(BREAKER_FAILURES + 2):
        r.placed.append(want(201, r.buyer.order(r.product, phone=f'0100007{next(phones)}')).json()['id'])


def press_s3(r):
    for _ in range(BREAKER_FAILURES + 2):
        name_picture(r)
