/* Another mail server for tests, by the npm package smtp-server: writes the headers of each mail that matter as a line of JSON.
 * usage: node smtp_sink.js PORT FILE */
'use strict';
const fs = require('fs');
const { SMTPServer } = require('smtp-server');

const [port, file] = process.argv.slice(2);
const out = fs.openSync(file, 'a');
const header = (text, name) => (text.match(new RegExp(`^${name}: (.*)\r$`, 'm')) || [])[1];

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData(stream, session, done) {
    const parts = [];
    stream.on('data', (part) => parts.push(part));
    stream.on('end', () => {
      const text = Buffer.concat(parts).toString('utf8');
      fs.writeSync(out, JSON.stringify({ to: session.envelope.rcptTo.map((to) => to.address), event: header(text, 'X-Payung-Event'), id: header(text, 'Message-ID') }) + '\n');
      done();
    });
  },
});
server.on('error', () => {}); // of a client that was killed: the others go on
server.listen(Number(port), '127.0.0.1', () => console.log('listens'));
