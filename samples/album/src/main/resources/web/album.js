// The front end of the sample application "Album".
//
// The browser keeps the receipts. Each photo is uploaded to whichever host is next in turn and gets a receipt.
// One last request carries all receipts, in order, to any host, which responds with the album.

const UPLOADS_AT_ONCE = 4;
const STALLED_AFTER_MS = 60_000;
const SILENT_AFTER_MS = 120_000; // a host tells its progress each second, but a front server may collect that
const FLEET_EVERY_MS = 4_000;
const ROWS_AT_ONCE = 50;
const LOG_LINES = 200;

const byId = (id) => document.getElementById(id);
const root = document.documentElement;
const compose = byId('compose');
const masthead = document.querySelector('.masthead');
const chooser = byId('chooser');
const files = byId('files');
const editor = byId('editor');
const list = byId('photos');
const submit = byId('submit');
const problemBox = byId('problem');
const result = byId('result');
const gallery = byId('gallery');
const logList = byId('log');
const status = byId('status');

root.classList.add('js');

// ---------------------------------------------------------------------------------------------------------------
// Words

const plural = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

function bytes(n) {
  if (n < 1000) return plural(n, 'byte');
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = n / 1000;
  let unit = 0;
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000;
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

function moment(instant) {
  const date = new Date(instant);
  const time = date.toLocaleTimeString('en-GB');
  const sameDay = date.toDateString() === new Date().toDateString();
  return sameDay ? time : `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })}, ${time.slice(0, 5)}`;
}

const address = (url) => url.replace(/^https?:\/\//, '');

function extension(name) {
  const dot = name.lastIndexOf('.');
  return dot > 0 && name.length - dot <= 6 ? name.slice(dot + 1).toUpperCase() : 'FILE';
}

// A live region repeats nothing and drops what comes too fast: say the last thing, once, a little later.
let saying = 0;
function say(text) {
  clearTimeout(saying);
  saying = setTimeout(() => { status.textContent = text; }, 80);
}

const logBuffer = [];
function log(text, kind = 'news') {
  logBuffer.push({ text, kind, at: new Date() });
  if (logBuffer.length === 1) setTimeout(flushLog, 60);
}

function flushLog() {
  const fragment = document.createDocumentFragment();
  for (const { text, kind, at } of logBuffer.splice(0).slice(-LOG_LINES).reverse()) {
    const line = document.createElement('li');
    line.dataset.kind = kind;
    const time = document.createElement('time');
    time.dateTime = at.toISOString();
    time.textContent = at.toLocaleTimeString('en-GB');
    const words = document.createElement('span');
    words.textContent = text;
    line.append(time, words);
    fragment.append(line);
  }
  logList.prepend(fragment);
  while (logList.children.length > LOG_LINES) logList.lastElementChild.remove();
}

// ---------------------------------------------------------------------------------------------------------------
// Problems (RFC 9457)

/** What went wrong, in words for a person, and whether another host might do better. */
class Problem extends Error {
  constructor(title, detail = '', { status = 0, errors = [], elsewhere = false } = {}) {
    super(title);
    Object.assign(this, { title, detail, status, errors, elsewhere });
  }

  static noAnswer(url) {
    return new Problem('No response', `${address(url)} did not respond.`, { elsewhere: true });
  }

  static of(statusCode, text) {
    let body = {};
    try {
      body = JSON.parse(text) ?? {};
    } catch {
      // Not a problem document: a front server's own page, perhaps. The status has to do.
    }
    const errors = Array.isArray(body.errors) ? body.errors.filter((error) => Number.isInteger(error?.index)) : [];
    return new Problem(
      typeof body.title === 'string' ? body.title : `The host refused (status ${statusCode})`,
      typeof body.detail === 'string' ? body.detail : '',
      { status: statusCode, errors, elsewhere: statusCode >= 500 || statusCode === 408 || statusCode === 429 },
    );
  }

  get sentence() {
    return [this.title, this.detail].filter(Boolean).map((part) => (/[.!?]$/.test(part) ? part : `${part}.`)).join(' ');
  }
}

async function ask(url, path, { onProgress, ...options } = {}) {
  const gone = new AbortController();
  let silent;
  const stillThere = () => {
    clearTimeout(silent);
    if (onProgress) silent = setTimeout(() => gone.abort(), SILENT_AFTER_MS);
  };
  let response;
  let text;
  try {
    stillThere();
    response = await fetch(url + path, { cache: 'no-store', signal: gone.signal, ...options, headers: { Accept: 'application/json', ...options.headers } });
    if (response.headers.get('Content-Type')?.startsWith('text/event-stream')) {
      for await (const { name, data } of events(response.body)) {
        stillThere();
        if (name === 'progress') onProgress(data);
        else if (name === 'problem') throw Problem.of(data.status, JSON.stringify(data));
        else return data;
      }
      throw Problem.noAnswer(url); // it ended before its end
    }
    text = await response.text();
  } catch (error) {
    throw error instanceof Problem ? error : Problem.noAnswer(url);
  } finally {
    clearTimeout(silent);
  }
  if (!response.ok) throw Problem.of(response.status, text);
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem('Unreadable response', `The response of ${address(url)} is not JSON.`, { elsewhere: true });
  }
}

/** The events of a response. EventSource cannot send a body, and would ask again by itself, perhaps another host. */
async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    const whole = (rest + value).split('\n\n');
    rest = whole.pop();
    for (const event of whole) {
      const field = (name) => event.match(new RegExp(`^${name}: (.*)$`, 'm'))?.[1];
      yield { name: field('event'), data: JSON.parse(field('data')) };
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------
// The fleet

const fleet = {
  hosts: [], // {number, name, url, running, uploads, bytes}; url is how this page reaches the host
  maxFileSize: Infinity,
  selfUrl: null, // what this page's own host calls itself
  answered: location.origin, // who answered last
  turn: 0,
  version: 0, // so that a slow poll does not overwrite a newer answer
};

const reach = (url) => (url === fleet.selfUrl ? location.origin : url);
const hostOf = (url) => fleet.hosts.find((host) => host.url === url);

/** Every host, the likeliest to answer first. */
function hostsToAsk({ first = fleet.answered, avoid = null } = {}) {
  const urls = fleet.hosts.length ? fleet.hosts.map((host) => host.url) : [location.origin];
  const rank = (url) => (url === avoid ? 3 : hostOf(url)?.running === false ? 2 : url === first ? 0 : 1);
  return urls.sort((a, b) => rank(a) - rank(b));
}

/** The running hosts, starting with the one whose turn it is: what round-robin DNS would give. */
function hostsInTurn() {
  let urls = fleet.hosts.filter((host) => host.running).map((host) => host.url);
  if (!urls.length) urls = hostsToAsk();
  const start = fleet.turn++ % urls.length;
  return [...urls.slice(start), ...urls.slice(0, start)];
}

async function askFleet(path, { method = 'GET', avoid } = {}) {
  let last;
  for (const url of hostsToAsk({ avoid })) {
    try {
      const answer = await ask(url, path, { method, signal: AbortSignal.timeout(method === 'GET' ? 4_000 : 20_000) });
      fleet.answered = url;
      fleet.selfUrl ??= answer.self;
      return answer;
    } catch (problem) {
      last = problem;
      if (!problem.elsewhere || (method !== 'GET' && problem.status)) break;
    }
  }
  throw last;
}

let polling = 0;
async function pollFleet() {
  clearTimeout(polling);
  const version = ++fleet.version;
  try {
    const answer = await askFleet('/fleet');
    if (version === fleet.version) showFleet(answer);
  } catch {
    if (version === fleet.version) byId('fleet-note').textContent = 'No host answers. What you chose stays here; the page keeps asking.';
  }
  clearTimeout(polling);
  polling = setTimeout(() => (document.hidden ? null : pollFleet()), FLEET_EVERY_MS);
}

let soon = 0;
function pollFleetSoon() {
  soon ||= setTimeout(() => { soon = 0; pollFleet(); }, 300);
}

document.addEventListener('visibilitychange', () => { if (!document.hidden) pollFleetSoon(); });

async function command(button, path, avoid) {
  if (button.getAttribute('aria-disabled') === 'true') return;
  button.setAttribute('aria-disabled', 'true');
  const version = ++fleet.version;
  try {
    const answer = await askFleet(path, { method: 'POST', avoid });
    if (version === fleet.version) showFleet(answer);
    else pollFleetSoon();
  } catch (problem) {
    log(problem.sentence, 'trouble');
    say(problem.sentence);
    pollFleetSoon();
  } finally {
    button.removeAttribute('aria-disabled');
  }
}

function showFleet({ hosts = [], keys = [], maxFileSize }) {
  const before = new Map(fleet.hosts.map((host) => [host.number, host.running]));
  fleet.hosts = hosts.map((host) => ({ ...host, name: address(host.url), url: reach(host.url) }));
  if (Number.isFinite(maxFileSize) && maxFileSize > 0) fleet.maxFileSize = maxFileSize;
  byId('fleet-note').textContent = '';

  for (const host of fleet.hosts) {
    if (before.has(host.number) && before.get(host.number) !== host.running) {
      const words = `${address(host.url)} ${host.running ? 'is running again' : 'is stopped'}.`;
      log(words);
      say(words);
    }
  }
  showHosts();
  showKeys(keys);
  for (const photo of photos()) showKeeper(photo);
}

const hue = (host) => (host ? String(((host.number - 1) % 6) + 1) : '');

function showHosts() {
  const container = byId('hosts');
  const running = fleet.hosts.filter((host) => host.running).length;
  for (const host of fleet.hosts) {
    let card = container.querySelector(`[data-host="${Number(host.number)}"]`);
    if (!card) {
      card = byId('host-card').content.firstElementChild.cloneNode(true);
      card.dataset.host = host.number;
      card.dataset.hue = hue(host);
      card.querySelector('.stop').addEventListener('click', (event) => {
        command(event.currentTarget, `/fleet/hosts/${host.number}/stop`, hostByNumber(host.number)?.url);
      });
      card.querySelector('.start').addEventListener('click', (event) => {
        command(event.currentTarget, `/fleet/hosts/${host.number}/start`, hostByNumber(host.number)?.url);
      });
      container.append(card);
    }
    const { name } = host;
    const own = host.url === location.origin;
    card.dataset.running = host.running;
    card.querySelector('.address').textContent = name;
    card.querySelector('.own').textContent = own ? 'sent this page' : '';
    card.querySelector('.state').textContent = host.running ? 'running' : 'stopped';
    card.querySelector('.keeps').textContent = host.uploads ? `keeps ${plural(host.uploads, 'upload')}, ${bytes(host.bytes)}` : 'keeps nothing';

    const stop = card.querySelector('.stop');
    const start = card.querySelector('.start');
    const hadFocus = card.contains(document.activeElement);
    stop.hidden = !host.running;
    start.hidden = host.running;
    stop.setAttribute('aria-label', `Stop ${name}`);
    start.setAttribute('aria-label', `Start ${name}`);
    // Only a running host can start another one: the last stays up.
    stop.disabled = running <= 1;
    stop.title = running <= 1 ? 'The last running host: nobody could start the others' : '';
    if (hadFocus) (host.running ? stop : start).focus();
  }
}

const hostByNumber = (number) => fleet.hosts.find((host) => host.number === number);

let ring = null;
function showKeys(keys) {
  const signing = keys.find((key) => key.signing);
  const shown = JSON.stringify(keys);
  if (ring?.shown === shown) return;
  if (ring && ring.kids !== keys.map((key) => key.kid).join()) {
    const fresh = keys.filter((key) => !ring.kids.split(',').includes(key.kid));
    log(fresh.length
      ? `The key ring was rotated: ${fresh.map((key) => key.kid).join(', ')} is new. Receipts under the older keys stay valid until those keys expire.`
      : 'The key ring changed.');
  } else if (ring && ring.signing !== signing?.kid) {
    log(`${signing?.kid ?? 'No key'} signs from now on.`);
  }
  ring = { shown, kids: keys.map((key) => key.kid).join(), signing: signing?.kid };

  const now = Date.now();
  byId('keys').replaceChildren(...keys.map((key) => {
    const item = document.createElement('li');
    item.dataset.kid = key.kid;
    if (key.signing) item.dataset.signing = '';
    const name = document.createElement('p');
    name.className = 'key-name';
    const kid = document.createElement('span');
    kid.className = 'kid';
    kid.textContent = key.kid;
    const state = document.createElement('span');
    state.className = 'key-state';
    if (key.signing) state.textContent = { sig: 'signs', enc: 'encrypts', derive: 'derives' }[key.use];
    else if (key.from && Date.parse(key.from) > now) state.textContent = 'waits';
    else if (key.until && Date.parse(key.until) <= now) state.textContent = 'ended';
    else state.textContent = 'still accepted';
    name.append(kid, state);
    const times = document.createElement('p');
    times.className = 'key-times';
    times.textContent = [key.from && `from ${moment(key.from)}`, key.until ? `until ${moment(key.until)}` : 'no expiry yet'].filter(Boolean).join(', ');
    item.append(name, times);
    return item;
  }));
}

byId('rotate').addEventListener('click', (event) => command(event.currentTarget, '/fleet/keys/rotate'));

// ---------------------------------------------------------------------------------------------------------------
// Photos: one row each; the order of the rows is the order of the album

const photoOf = new WeakMap(); // row → photo
const photos = () => Array.from(list.children, (row) => photoOf.get(row));

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Not a secure context (plain http, not localhost): the same thing by hand.
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  const hex = Array.from(b, (value) => value.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

let order = newId(); // the claim: the same on every retry, so that the album is made once
let making = false;

function newPhoto(file) {
  const row = byId('photo-row').content.firstElementChild.cloneNode(true);
  const part = (name) => row.querySelector(`.${name}`);
  const photo = {
    file, row, state: 'waiting', loaded: 0, receipt: null, host: null, xhr: null, thumbUrl: null, removed: false,
    progress: part('progress'), note: part('note'), kept: part('kept'), trouble: part('trouble'), retry: part('retry'),
  };
  photoOf.set(row, photo);
  row.dataset.name = file.name;
  row.dataset.state = 'waiting';
  part('name').textContent = file.name;
  part('name').title = file.name;
  part('size').textContent = bytes(file.size);
  part('extension').textContent = extension(file.name);
  part('caption').setAttribute('aria-label', `Caption for ${file.name}`);
  part('handle').setAttribute('aria-label', `Reorder ${file.name}`);
  part('progress').setAttribute('aria-label', `Upload of ${file.name}`);
  for (const [name, words] of [['up', 'Move up'], ['down', 'Move down'], ['remove', 'Remove']]) {
    part(name).setAttribute('aria-label', `${words}: ${file.name}`);
    part(name).title = words;
  }
  photo.note.textContent = 'waiting';
  return photo;
}

function hasPhotos(some) {
  editor.hidden = !some;
  root.classList.toggle('has-photos', some);
  byId('pick').textContent = some ? 'Add more photos' : 'Choose photos';
}

let adding = Promise.resolve();
function add(chosen) {
  // A folder of thousands must not freeze the page: rows come in small portions, one choice after another.
  const all = [...chosen]; // now: the input's list empties itself
  adding = adding.then(async () => {
    if (!all.length || making) return;
    if (compose.hidden) startOver();
    hasPhotos(true);
    for (let i = 0; i < all.length; i += ROWS_AT_ONCE) {
      if (i) await new Promise((resolve) => { setTimeout(resolve); });
      const portion = all.slice(i, i + ROWS_AT_ONCE).map(newPhoto);
      list.append(...portion.map((photo) => photo.row));
      for (const photo of portion) {
        if (photo.file.type.startsWith('image/')) nearView.observe(photo.row);
        enqueue(photo);
      }
    }
    say(`${plural(all.length, 'photo')} added, ${list.children.length} in all.`);
  });
}

function remove(photo) {
  const next = photo.row.nextElementSibling ?? photo.row.previousElementSibling;
  photo.removed = true;
  photo.xhr?.abort();
  nearView.unobserve(photo.row);
  if (photo.thumbUrl) URL.revokeObjectURL(photo.thumbUrl);
  photo.row.remove();
  say(`${photo.file.name} removed, ${plural(list.children.length, 'photo')} left.`);
  if (next) {
    next.querySelector('.remove').focus();
  } else {
    hasPhotos(false);
    files.focus();
  }
  hideProblem();
  summarise();
}

function setState(photo, state) {
  photo.state = state;
  photo.row.dataset.state = state;
  if (state !== 'failed') hideTrouble(photo);
  if (state !== 'uploading') photo.loaded = state === 'stored' ? photo.file.size : 0;
  photo.progress.value = state === 'stored' ? 1 : 0;
  if (state === 'waiting') photo.note.textContent = 'waiting';
  if (state === 'stored') photo.note.textContent = '';
  if (state === 'failed') photo.note.textContent = 'not uploaded';
  showKeeper(photo);
  summarise();
}

function showKeeper(photo) {
  photo.kept.hidden = photo.state !== 'stored';
  if (photo.state !== 'stored') return;
  const host = hostOf(photo.host);
  const stopped = host?.running === false;
  photo.kept.textContent = address(photo.host);
  photo.kept.dataset.hue = hue(host);
  photo.kept.toggleAttribute('data-stopped', stopped);
  photo.note.textContent = stopped ? 'stopped at the moment' : '';
}

function showTrouble(photo, { title, detail = '' }, action) {
  photo.trouble.hidden = false;
  photo.trouble.querySelector('.trouble-title').textContent = title;
  photo.trouble.querySelector('.trouble-detail').textContent = detail;
  photo.retry.hidden = !action;
  photo.retry.textContent = action ?? '';
  photo.retry.setAttribute('aria-label', `${action}: ${photo.file.name}`);
  photo.row.dataset.marked = '';
}

function hideTrouble(photo) {
  photo.trouble.hidden = true;
  delete photo.row.dataset.marked;
}

let summing = 0;
function summarise() {
  if (!summing) summing = setTimeout(summariseNow, 50);
}

function summariseNow() {
  summing = 0;
  if (making) return; // the line then shows how the album gets on
  const count = { waiting: 0, uploading: 0, stored: 0, failed: 0 };
  let size = 0;
  let loaded = 0;
  const all = photos();
  for (const photo of all) {
    count[photo.state]++;
    if (photo.state !== 'failed') {
      size += photo.file.size;
      loaded += photo.loaded;
    }
  }
  const under = count.waiting + count.uploading;
  const parts = [`${plural(all.length, 'photo')}, ${bytes(size)}`];
  if (under) parts.push(`${count.stored} of ${all.length} uploaded`);
  else if (count.failed) parts.push(`${count.failed} not uploaded: try again or remove`);
  else parts.push('all uploaded');
  byId('summary').textContent = parts.join(' · ');

  const overall = byId('overall');
  overall.value = size ? loaded / size : 0;
  overall.toggleAttribute('data-done', !under);
  overall.setAttribute('aria-label', 'All uploads');

  submit.disabled = !all.length || under > 0 || count.failed > 0;
  if (!under && all.length && summariseNow.under) {
    say(count.failed ? `${count.failed} of ${plural(all.length, 'photo')} could not be uploaded.` : `${plural(all.length, 'photo')} uploaded. The album can be made.`);
  }
  summariseNow.under = under;
}

// Thumbnails: only for rows near the view, two at a time, shrunk, so that 500 photographs cost a few megabytes.

const thumbQueue = new Set();
let thumbsUnderWay = 0;

const nearView = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) thumbQueue.add(target);
    else thumbQueue.delete(target);
  }
  pumpThumbs();
}, { rootMargin: '300px' });

function pumpThumbs() {
  while (thumbsUnderWay < 2 && thumbQueue.size) {
    const [row] = thumbQueue;
    thumbQueue.delete(row);
    nearView.unobserve(row);
    thumbsUnderWay++;
    showThumb(photoOf.get(row)).finally(() => { thumbsUnderWay--; pumpThumbs(); });
  }
}

async function showThumb(photo) {
  if (photo.removed) return;
  let blob = photo.file;
  try {
    const bitmap = await createImageBitmap(photo.file, { imageOrientation: 'from-image' });
    const scale = Math.min(1, 320 / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const context = canvas.getContext('2d');
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    blob = (await new Promise((resolve) => { canvas.toBlob(resolve, 'image/webp', 0.85); })) ?? blob;
  } catch {
    // Some kinds (SVG) cannot be shrunk this way; the picture itself will do, or the tile if that fails too.
  }
  if (photo.removed) return;
  const image = document.createElement('img');
  image.alt = '';
  photo.thumbUrl = URL.createObjectURL(blob);
  image.src = photo.thumbUrl;
  try {
    await image.decode();
    if (!photo.removed) photo.row.querySelector('.thumb').prepend(image);
  } catch {
    URL.revokeObjectURL(photo.thumbUrl);
    photo.thumbUrl = null;
  }
}

// ---------------------------------------------------------------------------------------------------------------
// Uploading

const queue = [];
let uploading = 0;

function enqueue(photo) {
  photo.receipt = null;
  photo.host = null;
  setState(photo, 'waiting');
  queue.push(photo);
  pump();
}

function pump() {
  while (uploading < UPLOADS_AT_ONCE && queue.length) {
    const photo = queue.shift();
    if (photo.removed) continue;
    uploading++;
    upload(photo).finally(() => { uploading--; pump(); });
  }
}

async function upload(photo) {
  const { name, size } = photo.file;
  let problem;
  let tried = 0;
  setState(photo, 'uploading');
  await fleetKnown;
  if (photo.removed) return;
  if (size > fleet.maxFileSize) {
    setState(photo, 'failed');
    showTrouble(photo, new Problem('Too large', `The hosts take files up to ${bytes(fleet.maxFileSize)}.`));
    return;
  }
  for (const url of hostsInTurn()) {
    if (tried++) log(`${address(url)} is next for ${name}.`);
    try {
      photo.receipt = await send(photo, url);
      photo.host = url;
      setState(photo, 'stored');
      log(`${name} is stored on ${address(url)}; its receipt is here.`);
      pollFleetSoon();
      return;
    } catch (error) {
      if (photo.removed) return;
      problem = error;
      log(`${name}: ${problem.sentence}`, 'trouble');
      pollFleetSoon();
      if (!problem.elsewhere) break;
      if (!(await readable(photo.file))) {
        problem = new Problem('Cannot be read', 'The file on your device was changed, moved or removed. Choose it again.');
        break;
      }
    }
  }
  if (problem.elsewhere && !problem.status && tried > 1) problem = new Problem('No host responded', `${plural(tried, 'host')} tried, one after another.`);
  setState(photo, 'failed');
  showTrouble(photo, problem, 'Try again');
  say(`${name} was not uploaded. ${problem.sentence}`);
}

async function readable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** RFC 8187 with a name that is always well-formed Unicode. */
function disposition(name) {
  const encoded = encodeURIComponent(name.replace(/\p{Surrogate}/gu, '\ufffd'))
    .replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename*=UTF-8''${encoded}`;
}

/** Sends one file to one host; answers with its receipt. XMLHttpRequest, because fetch does not tell how far it is. */
function send(photo, url) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    photo.xhr = xhr;
    let stalled;
    const watch = () => {
      clearTimeout(stalled);
      stalled = setTimeout(() => {
        reject(new Problem('Stalled', `${address(url)} accepted no bytes for a minute.`, { elsewhere: true }));
        xhr.abort();
      }, STALLED_AFTER_MS);
    };
    const where = address(url);
    photo.progress.dataset.hue = hue(hostOf(url));
    photo.note.textContent = `to ${where}`;
    photo.progress.value = 0;
    photo.loaded = 0;
    xhr.upload.addEventListener('progress', ({ loaded, total }) => {
      watch();
      photo.loaded = Math.min(loaded, photo.file.size);
      photo.progress.value = total ? loaded / total : 1;
      photo.note.textContent = loaded < total ? `to ${where}, ${Math.floor((100 * loaded) / total)} %` : `to ${where}, waiting for the receipt`;
      summarise();
    });
    xhr.addEventListener('load', () => {
      if (xhr.status < 200 || xhr.status > 299) {
        reject(Problem.of(xhr.status, xhr.responseText));
        return;
      }
      try {
        const [{ receipt }] = JSON.parse(xhr.responseText).receipts;
        if (typeof receipt !== 'string') throw new TypeError();
        resolve(receipt);
      } catch {
        reject(new Problem('No receipt', `The response of ${where} has no receipt.`));
      }
    });
    xhr.addEventListener('error', () => reject(Problem.noAnswer(url)));
    xhr.addEventListener('abort', () => reject(new Problem('Cancelled')));
    xhr.addEventListener('loadend', () => { clearTimeout(stalled); photo.xhr = null; });
    xhr.open('POST', `${url}/uploads`);
    xhr.setRequestHeader('Accept', 'application/json');
    xhr.setRequestHeader('Content-Type', photo.file.type || 'application/octet-stream');
    xhr.setRequestHeader('Content-Disposition', disposition(photo.file.name));
    watch();
    xhr.send(photo.file);
  });
}

// ---------------------------------------------------------------------------------------------------------------
// Choosing and dropping

chooser.addEventListener('submit', (event) => event.preventDefault());
files.addEventListener('change', () => {
  add(files.files);
  files.value = ''; // so that the same file can be chosen again
});

const carriesFiles = (event) => event.dataTransfer?.types.includes('Files');
let dragDepth = 0;
addEventListener('dragenter', (event) => {
  if (!carriesFiles(event)) return;
  dragDepth++;
  root.classList.add('over');
});
addEventListener('dragleave', (event) => {
  if (carriesFiles(event) && --dragDepth <= 0) endOver();
});
addEventListener('dragover', (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = making ? 'none' : 'copy';
});
addEventListener('drop', (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  endOver();
  dropped(event.dataTransfer).then(add);
});

function endOver() {
  dragDepth = 0;
  root.classList.remove('over');
}

/** The dropped files, folders opened. Entries have to be taken before the event ends. */
async function dropped(transfer) {
  const plain = [...transfer.files];
  const entries = Array.from(transfer.items ?? [], (item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return plain;
  const found = [];
  const open = async (entry) => {
    if (entry.isFile) {
      found.push(await new Promise((resolve, reject) => { entry.file(resolve, reject); }));
      return;
    }
    const reader = entry.createReader();
    const children = [];
    for (let some = [null]; some.length; children.push(...some)) {
      some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    }
    children.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
    for (const child of children) await open(child);
  };
  for (const entry of entries) await open(entry).catch(() => log(`${entry.name} could not be opened.`, 'trouble'));
  return found;
}

// ---------------------------------------------------------------------------------------------------------------
// Order

const place = (row) => Array.prototype.indexOf.call(list.children, row) + 1;

function sayPlace(row) {
  say(`${row.dataset.name} is now ${place(row)} of ${list.children.length}.`);
}

/** Moves a row by one. The neighbour moves in the document, so the focus stays where it is. */
function step(row, by) {
  const neighbour = by < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (!neighbour) {
    say(`${row.dataset.name} is already ${by < 0 ? 'first' : 'last'}.`);
    return;
  }
  const top = neighbour.offsetTop;
  if (by < 0) row.after(neighbour);
  else row.before(neighbour);
  glide(neighbour, top);
  document.activeElement?.scrollIntoView?.({ block: 'nearest' });
  sayPlace(row);
}

const still = matchMedia('(prefers-reduced-motion: reduce)');
function glide(row, fromTop) {
  if (!still.matches) row.animate([{ transform: `translateY(${fromTop - row.offsetTop}px)` }, { transform: 'none' }], { duration: 160, easing: 'ease-out' });
}

list.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  const row = event.target.closest('li');
  if (!button || !row || making) return;
  const photo = photoOf.get(row);
  if (button.classList.contains('up')) step(row, -1);
  else if (button.classList.contains('down')) step(row, 1);
  else if (button.classList.contains('remove')) remove(photo);
  else if (button.classList.contains('retry')) {
    row.querySelector('.handle').focus();
    hideProblem();
    enqueue(photo);
  }
});

list.addEventListener('keydown', (event) => {
  const row = event.target.closest('li');
  if (event.key === 'Enter' && event.target.classList.contains('caption')) {
    row.nextElementSibling?.querySelector('.caption').focus();
    return;
  }
  const onRow = event.target === row || event.target.classList.contains('handle');
  if (!onRow || making || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'ArrowUp') step(row, -1);
  else if (event.key === 'ArrowDown') step(row, 1);
  else if (event.key === 'Home' || event.key === 'End') {
    const focused = document.activeElement;
    if (event.key === 'Home') list.prepend(row);
    else list.append(row);
    focused.focus();
    sayPlace(row);
  } else return;
  event.preventDefault();
});

// Pointer: by the number (mouse, pen, finger) or by the picture (mouse, pen; a finger there scrolls the page).

list.addEventListener('pointerdown', (event) => {
  const grip = event.target.closest('.handle, .thumb');
  if (!grip || making || event.button !== 0 || !event.isPrimary) return;
  if (grip.classList.contains('thumb') && event.pointerType === 'touch') return;
  dragRow(event.target.closest('li'), event);
});
list.addEventListener('dragstart', (event) => event.preventDefault());

function dragRow(row, { pointerId, clientX, clientY }) {
  const home = row.nextElementSibling;
  const grip = clientY - row.getBoundingClientRect().top;
  let pointer = clientY;
  let active = false;
  let frame = 0;

  const begin = () => {
    active = true;
    list.setPointerCapture(pointerId);
    row.classList.add('dragging');
    root.classList.add('reordering');
    frame = requestAnimationFrame(scroll);
  };

  const follow = () => {
    // Where the row would lie, in the list's own coordinates; neighbours make way once it covers half of them.
    const top = pointer - grip - list.getBoundingClientRect().top + list.offsetTop;
    const bottom = top + row.offsetHeight;
    for (let next = row.nextElementSibling; next && bottom > next.offsetTop + next.offsetHeight / 2; next = row.nextElementSibling) {
      const from = next.offsetTop;
      row.before(next);
      glide(next, from);
    }
    for (let previous = row.previousElementSibling; previous && top < previous.offsetTop + previous.offsetHeight / 2; previous = row.previousElementSibling) {
      const from = previous.offsetTop;
      row.after(previous);
      glide(previous, from);
    }
    row.style.transform = `translateY(${top - row.offsetTop}px)`;
  };

  const scroll = () => {
    const edge = 80;
    const lowest = byId('submit').closest('.bar').getBoundingClientRect().top;
    const speed = pointer < edge ? pointer - edge : pointer > lowest - edge ? pointer - (lowest - edge) : 0;
    if (speed) {
      const before = scrollY;
      scrollBy(0, Math.max(-24, Math.min(24, speed / 3)));
      if (scrollY !== before) follow();
    }
    frame = requestAnimationFrame(scroll);
  };

  const move = (event) => {
    if (event.pointerId !== pointerId) return;
    pointer = event.clientY;
    if (!active && Math.hypot(event.clientX - clientX, event.clientY - clientY) < 4) return;
    if (!active) begin();
    follow();
  };

  const end = (event) => {
    if (event.type === 'keydown' && event.key !== 'Escape') return;
    if (event.pointerId !== undefined && event.pointerId !== pointerId) return;
    stop.abort();
    cancelAnimationFrame(frame);
    if (!active) return;
    const from = row.getBoundingClientRect().top;
    if (event.type !== 'pointerup') list.insertBefore(row, home);
    row.style.transform = '';
    row.classList.remove('dragging');
    root.classList.remove('reordering');
    const to = row.getBoundingClientRect().top;
    if (!still.matches) row.animate([{ transform: `translateY(${from - to}px)` }, { transform: 'none' }], { duration: 140, easing: 'ease-out' });
    sayPlace(row);
  };

  const stop = new AbortController();
  const { signal } = stop;
  addEventListener('pointermove', move, { signal });
  addEventListener('pointerup', end, { signal });
  addEventListener('pointercancel', end, { signal });
  addEventListener('keydown', end, { signal });
}

// ---------------------------------------------------------------------------------------------------------------
// The one last request

function hideProblem() {
  problemBox.hidden = true;
  problemBox.replaceChildren();
}

function showProblem(problem, marked) {
  const title = document.createElement('strong');
  title.textContent = problem.title;
  const detail = document.createElement('p');
  const which = marked.length ? ` Marked in the list: ${marked.map((row) => `${place(row)} (${row.dataset.name})`).join(', ')}.` : '';
  detail.textContent = `${problem.detail}${which} Your photos and captions are still here.`.trim();
  problemBox.hidden = false;
  problemBox.replaceChildren(title, detail);
}

function setMaking(value) {
  making = value;
  root.classList.toggle('busy', value);
  list.inert = value;
  files.disabled = value;
  submit.setAttribute('aria-disabled', value);
  submit.textContent = value ? 'Making the album…' : 'Make the album';
  arrived = 0;
  if (value) byId('overall').value = 0;
  summarise();
}

/** Shows how many of the files have come to the host that makes the album. */
let arrived = 0;
function showArrived({ files: count, totalFiles, bytes: loaded, totalBytes }) {
  const overall = byId('overall');
  overall.value = totalBytes ? loaded / totalBytes : 1;
  overall.removeAttribute('data-done');
  overall.setAttribute('aria-label', 'Files that have come to the host that makes the album');
  byId('summary').textContent = `Fetching the photos · ${bytes(loaded)} of ${bytes(totalBytes)}`;
  if (count > arrived) say(count < totalFiles ? `${count} of ${plural(totalFiles, 'photo')} fetched.` : 'All photos are fetched. The album is put together.');
  arrived = count;
}

submit.addEventListener('click', async () => {
  const chosen = photos();
  if (making || !chosen.length || chosen.some((photo) => photo.state !== 'stored')) return;
  setMaking(true);
  hideProblem();
  chosen.forEach(hideTrouble);
  say('Making the album…');
  const body = JSON.stringify({
    items: chosen.map((photo) => ({ receipt: photo.receipt, caption: photo.row.querySelector('.caption').value.trim() })),
    order,
  });
  const began = performance.now();
  let problem;
  // Any host will do. This page's own comes first, because its pictures need no permission to be shown here.
  for (const url of hostsToAsk({ first: location.origin })) {
    try {
      const album = await ask(url, '/album', {
        method: 'POST',
        headers: { Accept: 'text/event-stream, application/json', 'Content-Type': 'application/json' },
        body,
        onProgress: showArrived,
      });
      setMaking(false);
      showResult(album, url, performance.now() - began);
      return;
    } catch (error) {
      problem = error;
      log(`${address(url)} could not make the album. ${problem.sentence}`, 'trouble');
      if (!problem.elsewhere || problem.errors.length) break;
    }
  }
  setMaking(false);
  const marked = [];
  for (const error of problem.errors) {
    const photo = chosen[error.index];
    if (!photo) continue;
    showTrouble(photo, { title: error.title ?? problem.title, detail: error.detail ?? '' }, 'Upload it again');
    marked.push(photo.row);
  }
  showProblem(problem, marked);
  (marked[0] ?? problemBox).scrollIntoView({ block: 'center' });
  say('The album was not made.');
  pollFleetSoon();
});

function showResult(album, url, millis) {
  const items = album.items ?? [];
  const keepers = new Set(items.map((item) => item.host));
  byId('album-link').href = new URL(album.album, url).href;
  byId('zip-link').href = new URL(album.zip, url).href;
  const words = `${address(url)} made the album: ${plural(items.length, 'file')} from ${plural(keepers.size, 'host')}, in your order.`;
  byId('result-summary').textContent = words;
  log(`${words} It took ${Math.round(millis)} ms.`);
  gallery.replaceChildren(...items.map((item, index) => galleryItem(item, new URL(`${album.album}/${index}`, url))));

  showing(result);
  clearPhotos();
  order = newId();
  byId('result-title').focus({ preventScroll: true });
  scrollTo(0, 0);
  say('');
  pollFleetSoon();
}

/** The finished album has a headline of its own. */
function showing(section) {
  result.hidden = section !== result;
  compose.hidden = masthead.hidden = section === result;
}

function galleryItem(item, src) {
  const node = byId('gallery-item').content.firstElementChild.cloneNode(true);
  const part = (name) => node.querySelector(`.${name}`);
  const keeper = fleet.hosts.find((host) => host.name === item.host);
  node.dataset.name = item.name;
  node.querySelector('a').href = src.href;
  part('tile').textContent = item.type || extension(item.name);
  part('caption').textContent = item.caption ?? '';
  part('name').textContent = item.name;
  part('size').textContent = bytes(item.size);
  part('size').title = plural(item.size, 'byte');
  part('host').textContent = item.host;
  part('host').dataset.hue = hue(keeper);
  part('sha256').textContent = item.sha256;
  part('sha256').title = `SHA-256 ${item.sha256}`;

  const image = node.querySelector('img');
  const asFile = () => node.classList.add('file');
  if (!item.type?.startsWith('image/')) {
    asFile();
  } else if (src.origin === location.origin) {
    image.alt = item.name;
    image.addEventListener('error', asFile);
    image.src = src.href;
  } else {
    // The page's policy shows pictures of its own host only; another host's come as data, once they are near the view.
    image.alt = item.name;
    const observer = new IntersectionObserver(async ([{ isIntersecting }]) => {
      if (!isIntersecting) return;
      observer.disconnect();
      try {
        const response = await fetch(src);
        if (!response.ok) throw new Error();
        const local = URL.createObjectURL(await response.blob());
        const forget = () => URL.revokeObjectURL(local);
        image.addEventListener('load', forget);
        image.addEventListener('error', () => { forget(); asFile(); });
        image.src = local;
      } catch {
        asFile();
      }
    }, { rootMargin: '400px' });
    observer.observe(node);
  }
  return node;
}

function clearPhotos() {
  for (const photo of photos()) {
    photo.removed = true;
    nearView.unobserve(photo.row);
    if (photo.thumbUrl) URL.revokeObjectURL(photo.thumbUrl);
  }
  list.replaceChildren();
  hideProblem();
  hasPhotos(false);
  summariseNow();
}

function startOver() {
  gallery.replaceChildren();
  showing(compose);
}

byId('another').addEventListener('click', () => {
  startOver();
  files.focus();
});

const fleetKnown = pollFleet(); // uploads wait for it: without it there is no turn to take
