// Socket.IO 5 over raw frames: packets as they must be, and what misuse leads to.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Frames, sleep, startServer } from "./kit.mjs";

let server;
before(async () => { server = await startServer(); });
after(() => server.stop());

const connect = async () => {
  const f = new Frames(`${server.url}/socket.io/?EIO=4&transport=websocket`);
  assert.equal((await f.next())[0], "0");
  return f;
};
const joined = async (packet = "40") => {
  const f = await connect();
  f.send(packet);
  await f.next();
  await f.next();
  return f;
};

test("a client joins / and /custom, with and without auth", async () => {
  for (const [send, head, auth] of [["40", "40", "{}"], ['40{"token":"123"}', "40", '{"token":"123"}'],
    ["40/custom,", "40/custom,", "{}"], ["40/custom", "40/custom,", "{}"],
    ['40/custom,{"token":"abc"}', "40/custom,", '{"token":"abc"}']]) {
    const f = await connect();
    f.send(send);
    const answer = await f.next();
    assert.ok(answer.startsWith(`${head}{`));
    assert.deepEqual(Object.keys(JSON.parse(answer.slice(head.length))), ["sid"]);
    assert.equal(await f.next(), `42${head.slice(2)}["auth",${auth}]`);
    f.ws.close();
  }
});

test("an unknown namespace and a refused client are told so, the connection stays", async () => {
  const f = await connect();
  f.send("40/random");
  assert.equal(await f.next(), '44/random,{"message":"Invalid namespace"}');
  f.send('40{"refuse":1}');
  assert.equal(await f.next(), '44{"message":"not you","data":{"why":"asked for"}}');
  f.send("40");
  assert.ok((await f.next()).startsWith("40{"));
  f.ws.close();
});

test("a client leaves a namespace without an answer and keeps its connection", async () => {
  const f = await joined();
  f.send("40/custom");
  await f.next();
  await f.next();
  f.send("41/custom");
  f.send('42["message","to main"]');
  assert.equal(await f.next(), '42["message-back","to main"]');
  f.pings = true;
  f.send("41");
  assert.equal(await f.next(), "2");
  f.ws.close();
});

test("arguments come back byte for byte", async () => {
  const f = await joined();
  for (const args of ['1,"2",{"3":[true]}', '1.10,-0,1e400,12345678901234567890', '{"b":1,"a":2,"b":3}',
    '"\\u00e9\\/ \\ud83d\\ude00 é",null', '[[],{}," , "]']) {
    f.send(`42["message",${args}]`);
    assert.equal(await f.next(), `42["message-back",${args}]`);
  }
  f.send('42[ "message" , 1 , { "a b" : [ 2 ] } ]');
  assert.equal(await f.next(), '42["message-back",1,{"a b":[2]}]');
  f.send('42["message"]');
  assert.equal(await f.next(), '42["message-back"]');
  f.ws.close();
});

test("binary parts follow their packet, in events and acknowledgements", async () => {
  const f = await joined();
  const two = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}';
  const parts = [Buffer.from([1, 2, 3]), Buffer.from([4, 5, 6])];
  f.send(`452-["message",${two}]`);
  parts.forEach((p) => f.send(p));
  assert.equal(await f.next(), `452-["message-back",${two}]`);
  assert.deepEqual([await f.next(), await f.next()], parts);
  f.send(`452-789["message-with-ack",${two}]`);
  parts.forEach((p) => f.send(p));
  assert.equal(await f.next(), `462-789[${two}]`);
  assert.deepEqual([await f.next(), await f.next()], parts);
  f.send('42456["message-with-ack",1,"2",{"3":[false]}]');
  assert.equal(await f.next(), '43456[1,"2",{"3":[false]}]');
  f.ws.close();
});

test("the server asks and is given an acknowledgement, binary included", async () => {
  const f = await joined();
  f.send('42["emit-with-ack",1,"2"]');
  assert.equal(await f.next(), '421["emit-with-ack",1,"2"]');
  f.send('431[ 1, {"3":[true]} ]');
  assert.equal(await f.next(), '42["emit-with-ack",1,{"3":[true]}]');
  const part = Buffer.from([1, 2, 3]);
  f.send('451-["emit-with-ack",{"_placeholder":true,"num":0}]');
  f.send(part);
  assert.equal(await f.next(), '451-1["emit-with-ack",{"_placeholder":true,"num":0}]');
  assert.deepEqual(await f.next(), part);
  f.send('461-1[{"_placeholder":true,"num":0},"x"]');
  f.send(part);
  assert.equal(await f.next(), '451-["emit-with-ack",{"_placeholder":true,"num":0},"x"]');
  assert.deepEqual(await f.next(), part);
  f.send('43["nobody asked"]');
  f.send('42["message"]');
  assert.equal(await f.next(), '42["message-back"]');
  f.ws.close();
});

test("what cannot be understood closes the whole connection", async () => {
  for (const frame of ["4abc", "42{}", '42{"a":1}', '42abc["message"]', "42[]", "42[1,", '42["connect"]', '42["disconnecting",1]', '42["\\u0063onnect"]',
    '42/custom,["message"]', '4511-["message"]', '45["message"]', '451-["m",{"_placeholder":true,"num":1}]',
    '451-["m",{"_placeholder":true,"num":-1}]', '451-["m",{"_placeholder":true,"num":"0"}]', "47", "4", "41[]",
    '43{"a":1}', '40[]', "40", '42999999999999999999["message"]', '44{"message":"x"}', Buffer.from([1]),
    `42["message",${"[".repeat(200)}${"]".repeat(200)}]`]) {
    const f = await joined();
    f.send(frame);
    await f.end().catch(() => assert.fail(`still open after ${frame}`));
  }
});

test("text while a binary part is due closes the connection", async () => {
  const f = await joined();
  f.send('451-["message",{"_placeholder":true,"num":0}]');
  f.send('42["message"]');
  await f.end();
});

test("the first packet must be CONNECT, and must come in time", async () => {
  const f = await connect();
  f.send('42["message"]');
  await f.end();
  const late = await connect();
  const beat = setInterval(() => late.send("3"), 200);
  const from = performance.now();
  await late.end();
  clearInterval(beat);
  const took = performance.now() - from;
  assert.ok(took > 980 && took < 1500, `${took} ms`);
});

test("the server sends a client away, with and without its connection", async () => {
  const f = await joined();
  f.send('42["leave",false]');
  assert.equal(await f.next(), "41");
  f.send("40");
  assert.ok((await f.next()).startsWith("40{"));
  await f.next();
  f.send('42["leave",true]');
  assert.equal(await f.next(), "41");
  assert.equal(await f.end(), 1000);
});

test("over polling the farewell and the close packet come in one answer", async () => {
  const at = `${server.url}/socket.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse((await (await fetch(at)).text()).slice(1));
  const post = (body) => fetch(`${at}&sid=${sid}`, { method: "POST", body });
  const poll = async () => (await fetch(`${at}&sid=${sid}`)).text();
  await post("40");
  await sleep(20);
  assert.match(await poll(), /^40\{"sid":"[\w-]+"\}\x1e42\["auth",\{\}\]$/);
  await post('42["leave",true]');
  await sleep(20);
  assert.equal(await poll(), "41\x1e1");
  assert.equal((await fetch(`${at}&sid=${sid}`)).status, 400);
});
