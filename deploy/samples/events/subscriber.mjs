// A subscriber of payment events without nng and without libdure-events, by common/outbox/PROTOCOL.md alone. Prints each
// event as a line and goes on where it was when it is started again.
//
//   node subscriber.mjs <wake url> <ask url> <key id> <file with the secret> <cursor file> [type…]
import { createHash, createHmac, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { decode, encode } from '@msgpack/msgpack';
import { Asker, Listener } from './nng.mjs';

const [wakeUrl, askUrl, keyId, secretFile, cursorFile, ...types] = process.argv.slice(2);
if (cursorFile === undefined) {
  console.error('usage: subscriber.mjs <wake url> <ask url> <key id> <secret file> <cursor file> [type...]');
  process.exit(2);
}

const PUBLISHER = 'billing';
const ASK_MS = 3000;
const ASK_EVERY_MS = 1000;
const secret = fs.readFileSync(secretFile, 'utf8').trim();
const hmacKey = createHash('sha256').update(secret).digest();
const asker = new Asker(askUrl);
let clockOff = 0;
let stopped = false;
let wake = () => {};

function question(request) {
  const bytes = Buffer.from(encode(request));
  const time = Math.floor(Date.now() / 1000) + clockOff;
  const nonce = randomBytes(16);
  const head = `dure-events-v1\n${PUBLISHER}\n${keyId}\n${time}\n${nonce.toString('hex')}\n`;
  const mac = createHmac('sha256', hmacKey).update(head).update(bytes).digest();
  return Buffer.from(encode({ key: keyId, time, nonce, mac, request: bytes }));
}

async function ask(request) {
  const answer = decode(await asker.ask(question(request), ASK_MS));
  if (answer.error === 'clock') clockOff = answer.time - Math.floor(Date.now() / 1000);
  return answer;
}

// Whole or not at all, and on disk before the next question says that it was handled.
function keep(cursor) {
  const fresh = fs.openSync(`${cursorFile}.new`, 'w');
  fs.writeSync(fresh, JSON.stringify(cursor));
  fs.fsyncSync(fresh);
  fs.closeSync(fresh);
  fs.renameSync(`${cursorFile}.new`, cursorFile);
  const folder = fs.openSync(path.dirname(cursorFile), 'r');
  fs.fsyncSync(folder);
  fs.closeSync(folder);
}

function handle(event) {
  const payload = decode(event.payload);
  fs.writeSync(1, `${event.id} ${event.type} ${payload.paymentId ?? ''} ${payload.amountKrw ?? 0}\n`);
}

const pause = (ms) => new Promise((resolve) => {
  const timer = setTimeout(resolve, ms);
  wake = () => { clearTimeout(timer); resolve(); };
});

async function run() {
  let cursor = fs.existsSync(cursorFile) ? JSON.parse(fs.readFileSync(cursorFile, 'utf8')) : undefined;
  while (!stopped) {
    const request = { op: 'next', ...(cursor && { after: cursor }), ...(types.length > 0 && { types }) };
    let answer;
    try {
      answer = await ask(request);
    } catch (error) {
      answer = { error: 'busy' };
    }
    if (['busy', 'clock', 'replayed'].includes(answer.error)) {
      await pause(200);
      continue;
    }
    if (answer.error !== undefined) throw new Error(answer.error);
    for (const event of answer.events ?? []) handle(decode(event));
    cursor = answer.cursor;
    keep(cursor);
    if (!answer.more) await pause(ASK_EVERY_MS);
  }
}

const listener = new Listener(wakeUrl, () => wake());
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { stopped = true; wake(); });
try {
  await run();
} catch (error) {
  console.error(`subscriber: ${error.message}`);
  process.exitCode = 1;
}
listener.close();
asker.close();
