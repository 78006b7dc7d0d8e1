// The receiver of alerts in compose: prints each alert as a line, and GET / returns them all as JSON.
// Replace it by your pager's address in docker/alertmanager/alertmanager.yml.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

const PORT = 8126;
const MOST = 10_000;
const received = [];

const server = createServer(async (request, response) => {
  if (request.method !== 'POST') {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(received));
    return;
  }
  try {
    const body = JSON.parse(await text(request));
    for (const alert of body.alerts ?? [body]) {
      received.push(alert);
      process.stdout.write(`${JSON.stringify(alert)}\n`);
    }
    received.splice(0, received.length - MOST);
    response.end();
  } catch {
    response.writeHead(400).end();
  }
});
server.listen(PORT, '0.0.0.0');
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => process.exit(0));
