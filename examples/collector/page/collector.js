// A client of the collector: makes events, keeps them in the browser until the collector answers
// 202, and shows the answers. Text is only ever inserted as text.

const OUTBOX = 'tailrace-collector-outbox';
const MOST_SENT = 500;
const MOST_ANSWERS = 30;
const PER_SECOND = 20;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

const byId = (id) => document.getElementById(id);
const counts = { made: 0, accepted: 0, duplicates: 0, rejected: 0, failed: 0 };
let outbox = loadOutbox();
let last = null;
let retryMs = FIRST_RETRY_MS;
let sending = false;
let timer = null;

function loadOutbox() {
  try {
    const kept = JSON.parse(localStorage.getItem(OUTBOX) ?? '[]');
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

function saveOutbox() {
  try {
    localStorage.setItem(OUTBOX, JSON.stringify(outbox));
  } catch {
    // A full or forbidden storage: the events live as long as the page.
  }
}

/** `crypto.randomUUID` is missing on a page that came over plain HTTP from another machine. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function newEvent() {
  const kind = byId('kind').value;
  const product = { product_id: Number(byId('product').value) };
  return {
    id: newId(),
    at: new Date(Date.now() - Number(byId('hours').value) * 3_600_000).toISOString(),
    customer_id: Number(byId('customer').value),
    kind,
    payload: kind === 'order' ? { ...product, total: Number(byId('total').value) } : product,
  };
}

function put(event) {
  last = event;
  byId('again').disabled = false;
  outbox.push(event);
  saveOutbox();
  showCounts();
  void send();
}

/** Sends what waits; one request at a time, so that an answer belongs to the first events. */
async function send() {
  if (sending || outbox.length === 0) return;
  sending = true;
  clearTimeout(timer);
  const events = outbox.slice(0, MOST_SENT);
  const answer = await post(events);
  sending = false;
  if (answer.status === 202) {
    outbox = outbox.slice(events.length);
    saveOutbox();
    retryMs = FIRST_RETRY_MS;
    counts.accepted += answer.body.accepted;
    counts.duplicates += answer.body.duplicates;
    counts.rejected += answer.body.rejected.length;
    const { accepted, duplicates, rejected } = answer.body;
    const errors = rejected.map(({ index, error }) => `event ${index + 1}: ${error}`);
    showAnswer(
      events.length,
      answer.status,
      [`${accepted} accepted, ${duplicates} duplicates, ${rejected.length} rejected`, ...errors].join('; '),
    );
    showConnection('the collector answers', 'fine');
  } else if ([400, 413, 415].includes(answer.status)) {
    // The same request would be refused again.
    outbox = outbox.slice(events.length);
    saveOutbox();
    counts.rejected += events.length;
    showAnswer(events.length, answer.status, answer.body.error);
  } else {
    counts.failed += 1;
    const waitMs = answer.retryAfterMs ?? retryMs;
    retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2);
    showAnswer(events.length, answer.status === 0 ? '–' : answer.status, `${answer.body.error}; trying again in ${waitMs / 1000} s`);
    showConnection('the collector does not take events; they wait here', 'trouble');
    timer = setTimeout(send, waitMs);
    showCounts();
    return;
  }
  showCounts();
  void send();
}

async function post(events) {
  try {
    const response = await fetch('v1/events', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(events),
      signal: AbortSignal.timeout(30_000),
    });
    const retryAfter = response.headers.get('retry-after');
    const body = await response.json();
    return { status: response.status, body, retryAfterMs: retryAfter === null ? null : Number(retryAfter) * 1000 };
  } catch (error) {
    return { status: 0, body: { error: `no answer (${error.message})` }, retryAfterMs: null };
  }
}

function showCounts() {
  for (const [id, value] of Object.entries({ ...counts, waiting: outbox.length })) byId(id).textContent = String(value);
}

function showConnection(text, level) {
  byId('connection').textContent = text;
  byId('connection').className = level;
}

function showAnswer(events, status, text) {
  const row = document.createElement('tr');
  for (const value of [new Date().toLocaleTimeString(), events, status, text]) {
    const cell = document.createElement('td');
    cell.textContent = String(value);
    row.append(cell);
  }
  row.className = status === 202 ? '' : 'trouble';
  byId('answers').prepend(row);
  while (byId('answers').children.length > MOST_ANSWERS) byId('answers').lastElementChild.remove();
}

byId('event').addEventListener('submit', (event) => {
  event.preventDefault();
  counts.made += 1;
  put(newEvent());
});
byId('again').addEventListener('click', () => put(last));
let stream = null;
byId('stream').addEventListener('click', () => {
  if (stream === null) {
    stream = setInterval(() => byId('event').requestSubmit(), 1000 / PER_SECOND);
  } else {
    clearInterval(stream);
    stream = null;
  }
  byId('stream').setAttribute('aria-pressed', String(stream !== null));
});
showCounts();
void send();
