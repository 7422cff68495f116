/* An operator's SMS centre for tests, by the npm package smpp: takes what Kannel binds and submits, writes each message as a line of JSON, and reports its delivery. Numbers that end in 99 can't be
 * reached. It must never be taken for more than a test's.
 * usage: node smsc.js PORT FILE */
'use strict';
const fs = require('fs');
const smpp = require('smpp');

const [port, file] = process.argv.slice(2);
const out = fs.openSync(file, 'a');
let number = 0;

const text = (pdu) => (pdu.short_message && pdu.short_message.message !== undefined ? pdu.short_message.message : String(pdu.short_message));

smpp.createServer((session) => {
  session.on('error', () => {});
  for (const kind of ['bind_transceiver', 'bind_transmitter', 'bind_receiver']) session.on(kind, (pdu) => session.send(pdu.response()));
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => { session.send(pdu.response()); session.close(); });
  session.on('submit_sm', (pdu) => {
    const id = String(++number + process.pid * 100000);
    fs.writeSync(out, JSON.stringify({ to: pdu.destination_addr, text: text(pdu) }) + '\n');
    session.send(pdu.response({ message_id: id }));
    if (!(pdu.registered_delivery & 3)) return;
    const reached = !pdu.destination_addr.endsWith('99');
    setTimeout(() => session.deliver_sm({
      source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4,
      short_message: `id:${id} sub:001 dlvrd:001 submit date:2511260000 done date:2511260000 stat:${reached ? 'DELIVRD' : 'UNDELIV'} err:000 text:`,
    }), 20);
  });
}).listen(Number(port), '127.0.0.1', () => console.log('listens'));
