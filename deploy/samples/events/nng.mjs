// The few bytes of nng's wire that a subscriber needs: Scalability Protocols over TCP. Each side says who it is in eight
// bytes; then every message stands behind its length in eight bytes. A question carries a number that its answer repeats.
import net from 'node:net';

const HELLO = { req: 0x30, sub: 0x21 };
const PEER = { req: 0x31, sub: 0x20 };
const MAX_MESSAGE = 1048576;

/** Connects and calls message(bytes) for each message; closed() once, however it ends. */
function connect(kind, address, message, closed) {
  const { hostname, port } = new URL(address);
  const socket = net.connect(Number(port), hostname);
  let input = Buffer.alloc(0);
  let greeted = false;

  function take() {
    if (!greeted && input.length >= 8) {
      if (input.readUInt32BE(0) !== 0x00535000 || input.readUInt16BE(4) !== PEER[kind]) return socket.destroy();
      greeted = true;
      input = input.subarray(8);
    }
    while (greeted && input.length >= 8) {
      const length = input.readBigUInt64BE(0);
      if (length > BigInt(MAX_MESSAGE)) return socket.destroy();
      const end = 8 + Number(length);
      if (input.length < end) return undefined;
      message(input.subarray(8, end));
      input = input.subarray(end);
    }
    return undefined;
  }

  socket.setNoDelay(true);
  socket.write(Buffer.from([0, 0x53, 0x50, 0, 0, HELLO[kind], 0, 0]));
  socket.on('data', (bytes) => { input = Buffer.concat([input, bytes]); take(); });
  socket.on('error', () => {});
  socket.on('close', closed);
  return socket;
}

function send(socket, bytes) {
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(bytes.length));
  socket.write(Buffer.concat([length, bytes]));
}

/** REQ: one question at a time; an error when there is no answer in time. */
export class Asker {
  #socket = null;
  #address;
  #number = 0;
  #answer = null;

  constructor(address) { this.#address = address; }

  #open() {
    this.#socket = connect('req', this.#address, (bytes) => this.#take(bytes), () => {
      this.#socket = null;
      this.#answer?.reject(new Error('the publisher hung up'));
    });
  }

  #take(bytes) {
    if (bytes.length >= 4 && bytes.readUInt32BE(0) === this.#number) this.#answer?.resolve(bytes.subarray(4));
  }

  async ask(question, timeoutMs) {
    if (this.#socket === null) this.#open();
    this.#number = (0x80000000 | Math.floor(Math.random() * 0x7fffffff)) >>> 0;
    const head = Buffer.alloc(4);
    head.writeUInt32BE(this.#number);
    let timer;
    try {
      return await new Promise((resolve, reject) => {
        this.#answer = { resolve, reject };
        timer = setTimeout(() => reject(new Error('no answer in time')), timeoutMs);
        send(this.#socket, Buffer.concat([head, question]));
      });
    } finally {
      clearTimeout(timer);
      this.#answer = null;
    }
  }

  close() { this.#socket?.destroy(); }
}

/** SUB: calls woken() for each message; connects again when it has lost the connection. */
export class Listener {
  #socket = null;
  #closed = false;

  constructor(address, woken) {
    const open = () => {
      if (this.#closed) return;
      this.#socket = connect('sub', address, woken, () => setTimeout(open, 500).unref());
    };
    open();
  }

  close() {
    this.#closed = true;
    this.#socket?.destroy();
  }
}
