// The figures of notification itself, on a suite that `make up` has started; the service's README states them.
//
//   node alarms.mjs <dir> <sockets> users    each socket is a user of its own that has missed three alarms: all come at
//                                            once, and are told what they missed
//   node alarms.mjs <dir> <sockets> one      all are one user's: memory, idling, one alarm to all of them
//
// <dir> is .run. Makes users and sessions of its own and leaves them behind.
import { createPrivateKey, randomUUID, sign } from "node:crypto";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import net from "node:net";

const [dir, count, mode] = [process.argv[2], Number(process.argv[3]), process.argv[4]];
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const env = readFileSync(`${dir}/env/notification.env`, "utf8");
const port = Number(/DURE_SOCKETIO_LISTEN=.*:(\d+)/.exec(env)[1]);
const gateway = Number(/^gateway http (\d+)/m.exec(readFileSync(`${dir}/env/ports`, "utf8"))[1]);
const pid = Number(readFileSync(`${dir}/pid/notification`, "utf8").split(" ")[0]);
const key = createPrivateKey(readFileSync(`${dir}/secrets/jwt_key.pem`));

const memory = () => /RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`))[1] / 1024;
const cpu = () => readFileSync(`/proc/${pid}/stat`, "latin1").split(" ").slice(13, 15).reduce((a, b) => a + Number(b), 0) * 10;
const sql = (text) => execFileSync("deploy/dev/databases", ["psql", dir, "-qtA", "-d", "dure"], { input: text, maxBuffer: 1e9 })
  .toString().trim();

const base64url = (o) => Buffer.from(JSON.stringify(o)).toString("base64url");
function tokenOf(user) {
  const now = Math.floor(Date.now() / 1000);
  const said = `${base64url({ alg: "ES256", kid: "k1", typ: "JWT" })}.${base64url({ iss: "https://dure.example", aud: "dure",
    sub: user.id, sid: user.session, jti: randomUUID(), typ: "staff", iat: now, exp: now + 600 })}`;
  return `${said}.${sign("sha256", Buffer.from(said), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

function storeSessions(users) {
  const redis = net.connect(`${readFileSync(`${dir}/place`, "utf8").trim()}/redis/sock`);
  const nil = "00000000-0000-0000-0000-000000000000", expiry = String((Date.now() + 3600000) * 1000);
  for (const u of users) {
    const words = ["HSET", `session:${u.session}`, "v", "1", "a", "1", "x", expiry, "u", u.id, "c", nil, "p", "0", "w", "2"];
    redis.write(`*${words.length}\r\n${words.map((w) => `$${w.length}\r\n${w}\r\n`).join("")}`);
  }
  let answers = 0;
  return new Promise((done) => redis.on("data", (d) => {
    answers += d.toString().split("\r\n").length - 1;
    if (answers >= users.length) { redis.end(); done(); }
  }));
}

// A client's frame must be masked, not well: with zeros.
function frame(text) {
  const body = Buffer.from(text);
  const head = body.length < 126 ? [0x81, 0x80 | body.length] : [0x81, 0x80 | 126, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), body]);
}
const UPGRADE = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n" +
  "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
const PONG = frame("3");

let busy = 0, onAlarm = () => {}, wrong = 0;
// Resolves when it is in and has heard everything up to `until`.
function client(user, until) {
  return new Promise((ready, failed) => {
    const s = net.connect(port, "127.0.0.1", () => s.write(UPGRADE));
    let joined = false, text = "";
    const auth = () => s.write(frame(`40${JSON.stringify({ token: user.token, ...(until ? { lastNumber: 0 } : {}) })}`));
    const look = () => { if (joined && (user.last ?? 0) >= until) ready(s); };
    s.on("error", failed);
    s.on("data", (d) => {
      text = d.toString("latin1");
      if (text.includes('0{"sid"') && !text.includes('40{"sid"')) auth();
      if (text.includes('40{"sid"')) joined = true;
      const refused = /44(\{.*\})/.exec(text);
      if (refused) { busy++; setTimeout(auth, JSON.parse(refused[1]).data.retryAfterMs); }
      for (const [, number] of text.matchAll(/\["addAlarm",\{"alarmId":"[^"]*","number":(\d+)/g)) {
        if (until && Number(number) !== (user.last ?? 0) + 1) wrong++;
        user.last = Number(number);
        onAlarm(text);
      }
      if (text.endsWith("\x81\x012")) s.write(PONG);
      look();
    });
  });
}

const person = () => { const u = { id: randomUUID(), session: randomUUID() }; u.token = tokenOf(u); return u; };
const alarms = (users, n) => sql(`SET search_path = notification;
  CREATE TEMP TABLE u (id uuid); COPY u FROM STDIN;
${users.map((u) => u.id).join("\n")}
\\.
  INSERT INTO alarm_counter SELECT id, ${n} FROM u;
  INSERT INTO alarm (id, user_id, company_id, number, kind, message, source_id, source_kind, created_at, expires_at)
    SELECT gen_random_uuid(), u.id, gen_random_uuid(), n, 100, '두레 머그컵 주문이 접수되었습니다.', gen_random_uuid(), 'order', now(),
    now() + interval '14 days' FROM u, generate_series(1, ${n}) n;`);
const say = (what, value) => console.log(`${what}: ${value}`);

async function comeAtOnce() {
  const users = Array.from({ length: count }, person);
  await storeSessions(users);
  alarms(users, 3);
  const used = cpu(), from = performance.now();
  await Promise.all(users.map((u) => client(u, 3)));
  say(`${count} users that came at once had what they missed after`, `${(performance.now() - from).toFixed(0)} ms`);
  say("processor of the service", `${cpu() - used} ms`);
  say("told to come again", busy);
  say("alarms twice, missing or out of order", wrong);
}

async function oneForAll() {
  const user = person(), clients = [];
  await storeSessions([user]);
  alarms([user], 1);
  say("empty", `${memory().toFixed(1)} MiB`);
  const before = memory();
  for (let i = 0; i < count; i += 200)
    clients.push(...await Promise.all(Array.from({ length: Math.min(200, count - i) }, () => client(user, 0))));
  say(`${count} sockets`, `${memory().toFixed(1)} MiB, ${((memory() - before) * 1024 / count).toFixed(2)} KiB each`);
  await sleep(5000);
  const used = cpu();
  await sleep(10000);
  say("idle for 10 s", `${cpu() - used} ms of processor`);
  const id = sql(`SELECT id FROM notification.alarm WHERE user_id = '${user.id}' LIMIT 1`);
  for (let round = 0; round < 3; round++) {
    let heard = 0, made = 0;
    const start = cpu();
    const all = new Promise((done) => { onAlarm = (text) => {
      made ||= Date.parse(/"createdAt":"([^"]+)"/.exec(text)[1]);
      if (++heard === count) done();
    }; });
    await fetch(`http://127.0.0.1:${gateway}/api/alarms/${id}/remind`, { method: "POST",
      headers: { Authorization: `Bearer ${user.token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ at: new Date(Date.now() + 1000).toISOString() }) });
    await all;
    say("one alarm, from its making until the last socket had it", `${Date.now() - made} ms, ${cpu() - start} ms of processor`);
  }
  say("afterwards", `${memory().toFixed(1)} MiB`);
}

await (mode === "one" ? oneForAll() : comeAtOnce());
process.exit(0);
