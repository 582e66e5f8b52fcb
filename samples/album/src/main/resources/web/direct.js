// The same album, with the photos sent straight to the object store. A host signs the request that writes a photo, and
// records it when it has come. Only then there is a receipt.

const AT_ONCE = 3;

const form = document.getElementById('make');
const endpoints = form.dataset.endpoint.split(' ').map((endpoint) => new URL(endpoint, location));
const list = document.getElementById('list');
const status = document.getElementById('status');
const chooser = document.getElementById('files');
const rows = new Map(); // each row of the list → {file, started, sending, failed, receipt}
let turn = 0;
let running = 0;

const pause = (seconds) => new Promise((done) => { setTimeout(done, 1000 * seconds); });

/** Asks the hosts in turn until one responds. Any host can record what another has begun. */
async function ask(path, options) {
  let failure;
  for (const _ of endpoints) {
    const endpoint = endpoints[turn++ % endpoints.length];
    try {
      const response = await fetch(new URL(path, `${endpoint}/`), { method: 'POST', headers: { Accept: 'application/json' }, ...options });
      if (response.status !== 502 && response.status !== 503 && response.status !== 504) return response;
      failure = new Error(`The host responded ${response.status}.`);
    } catch {
      failure = new Error('No host responds.');
    }
  }
  throw failure;
}

async function json(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error([body.title, body.detail].filter(Boolean).join(': ') || `The host responded ${response.status}.`);
  return body;
}

/** Writes a photo. fetch() does not tell how far it is. */
function write({ method, url, fields }, file, item, onProgress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    item.sending = request;
    request.open(method, url);
    let body = file;
    if (method === 'POST') { // a form, whose last field is the file
      body = new FormData();
      for (const [name, value] of Object.entries(fields)) body.append(name, value);
      body.append('file', file);
    } else {
      for (const [name, value] of Object.entries(fields)) request.setRequestHeader(name, value);
    }
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded / (total || 1));
    // Many stores refuse without the fields that would let this page see why. The host knows what has come.
    request.onloadend = resolve;
    request.send(body);
  });
}

/** Any host records an upload. While one is reading it, another would read it, too: it is asked again. */
async function receiptOf(path, row) {
  let response = await ask(path);
  while (response.status === 202 && rows.has(row)) {
    await pause(Number(response.headers.get('Retry-After')) || 1);
    response = await fetch(response.url, { method: 'POST', headers: { Accept: 'application/json' } }).catch(() => ask(path));
  }
  return (await json(response)).receipts[0]?.receipt;
}

async function send(row) {
  const item = rows.get(row);
  const progress = row.querySelector('progress');
  const say = (text) => { row.querySelector('.state').textContent = text; };
  row.querySelector('.again').hidden = true;
  item.failed = false;
  running++;
  try {
    const { name, type, size } = item.file;
    say('waiting');
    const asked = await ask('direct', {
      body: JSON.stringify({ name, type: type || 'application/octet-stream', size }),
      headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
    });
    const begun = await json(asked);
    if (!rows.has(row)) return;
    say('sending');
    await write(begun, item.file, item, (part) => { progress.value = part; });
    if (!rows.has(row)) return;
    say('checking');
    item.receipt = await receiptOf(begun.record, row);
    progress.value = 1;
    say('stored');
  } catch (error) {
    item.failed = true;
    say(error.message);
    row.querySelector('.again').hidden = false;
  } finally {
    running--;
    item.started = false;
    show();
    next();
  }
}

function next() {
  for (const [row, item] of rows) {
    if (running >= AT_ONCE) return;
    if (!item.receipt && !item.failed && !item.started) {
      item.started = true;
      send(row);
    }
  }
}

/** The order of the list is the order of the album. */
function show() {
  const receipts = [...rows.values()].map(({ receipt }) => receipt).filter(Boolean);
  form.querySelectorAll('[name=receipt]').forEach((input) => input.remove());
  form.append(...receipts.map((value) => Object.assign(document.createElement('input'), { type: 'hidden', name: 'receipt', value })));
  form.querySelector('button').disabled = !receipts.length || receipts.length < rows.size;
  status.textContent = rows.size ? `${receipts.length} of ${rows.size} stored` : '';
}

function add(file) {
  const row = document.getElementById('row').content.firstElementChild.cloneNode(true);
  row.querySelector('.name').textContent = file.name;
  row.querySelector('progress').setAttribute('aria-label', file.name);
  row.querySelector('.remove').setAttribute('aria-label', `Remove ${file.name}`);
  row.querySelector('.again').setAttribute('aria-label', `Send ${file.name} again`);
  row.querySelector('.remove').onclick = () => {
    const item = rows.get(row);
    rows.delete(row);
    item.sending?.abort();
    row.remove();
    chooser.focus();
    show();
  };
  row.querySelector('.again').onclick = () => { rows.get(row).failed = false; next(); };
  rows.set(row, { file });
  list.append(row);
}

chooser.onchange = () => {
  [...chooser.files].forEach(add);
  chooser.value = '';
  show();
  next();
};
