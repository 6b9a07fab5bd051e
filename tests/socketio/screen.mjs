// Three browsers of one user, each with the stock client and another transport, as the README of notification shows it.
// URL and TOKEN say where and who; what happens to each is printed, a line of JSON at a time.
import { io } from "socket.io-client";

const { URL: url, TOKEN: token } = process.env;

function screen(transports) {
  let last;
  const tell = (said, more = {}) => console.log(JSON.stringify({ by: transports.join(), said, ...more }));
  const socket = io(url, { transports, forceNew: true, reconnectionDelay: 100, reconnectionDelayMax: 400,
    auth: (send) => send({ token, lastNumber: last }) });
  const again = (ms = Math.random() * 500) => setTimeout(() => socket.connect(), ms);

  socket.on("connect", () => {
    if (last !== undefined) { tell("back"); return; }
    socket.emit("alarmJoin", token, (joined) => socket.emit("alarmJoin", "somebody else's", (refused) =>
      socket.emit("alarm", (listed) => tell("acknowledged", { joined, refused, listed }))));
  });
  socket.on("sendAlarm", (alarms) => {
    last ??= alarms[0]?.number ?? 0;
    tell("list", { length: alarms.length });
  });
  socket.on("addAlarm", (alarm) => {
    tell(alarm.number === last + 1 ? "alarm" : "wrong", { number: alarm.number, type: alarm.alarm_type });
    last = alarm.number;
  });
  socket.on("disconnect", (why) => {
    tell("disconnect", { why });
    if (why === "io server disconnect") again();
  });
  socket.on("connect_error", (e) => {
    if (e.data?.code === "session_ended") tell("ended");
    else if (e.data) again(e.data.retryAfterMs);
  });
  socket.io.engine.on("upgrade", (transport) => tell("upgrade", { to: transport.name }));
}

screen(["websocket"]);
screen(["polling"]);
screen(["polling", "websocket"]);
