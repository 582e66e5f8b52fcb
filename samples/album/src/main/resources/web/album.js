// The front end of the sample application "Album".
//
// The browser keeps the receipts. <upload-receipts> uploads each photo to whichever host is next in turn, and gets a
// receipt. One last request carries all receipts, in order, to any host, which responds with the album.

const SILENT_AFTER_MS = 120_000; // a host tells its progress each second, but a front server may collect that
const FLEET_EVERY_MS = 4_000;
const LOG_LINES = 200;

const byId = (id) => document.getElementById(id);
const root = document.documentElement;
const compose = byId('compose');
const masthead = document.querySelector('.masthead');
const chooser = byId('chooser');
const editor = byId('editor');
const photos = byId('photos');
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
  selfUrl: null, // what this page's own host calls itself
  answered: location.origin, // who answered last
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

function showFleet({ hosts = [], keys = [] }) {
  const before = new Map(fleet.hosts.map((host) => [host.number, host.running]));
  fleet.hosts = hosts.map((host) => ({ ...host, name: address(host.url), url: reach(host.url) }));
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
// Photos: what the album shows of each, in the slot of its row

const extras = new Map(); // key of a photo → its extra

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

function addExtra({ key, name, file }) {
  const element = byId('photo-extra').content.firstElementChild.cloneNode(true);
  const part = (className) => element.querySelector(`.${className}`);
  const extra = { key, file, element, caption: part('caption'), trouble: part('trouble') };
  element.slot = `row-${key}`;
  element.dataset.name = name;
  part('extension').textContent = extension(name);
  part('caption').setAttribute('aria-label', `Caption for ${name}`);
  part('retry').setAttribute('aria-label', `Upload it again: ${name}`);
  part('retry').addEventListener('click', () => {
    part('caption').focus(); // because the button goes
    hideProblem();
    hideTrouble(extra);
    photos.retry(key);
    follow();
  });
  extras.set(key, extra);
  photos.append(element);
  if (file?.type.startsWith('image/')) nearView.observe(element);
}

function removeExtra(extra) {
  extras.delete(extra.key);
  nearView.unobserve(extra.element);
  if (extra.thumbUrl) URL.revokeObjectURL(extra.thumbUrl);
  extra.element.remove();
}

function showTrouble({ key, file, trouble, element }, { title, detail = '' }) {
  trouble.hidden = false;
  trouble.querySelector('.trouble-title').textContent = title;
  trouble.querySelector('.trouble-detail').textContent = detail;
  trouble.querySelector('.retry').hidden = !file;
  element.dataset.marked = '';
}

function hideTrouble({ trouble, element }) {
  trouble.hidden = true;
  delete element.dataset.marked;
}

/** Follows what the person and the uploads do. */
function follow() {
  const chosen = photos.files;
  const keys = new Set(chosen.map(({ key }) => key));
  for (const extra of extras.values()) if (!keys.has(extra.key)) removeExtra(extra);
  for (const photo of chosen) if (!extras.has(photo.key)) addExtra(photo);
  editor.hidden = !chosen.length;
  root.classList.toggle('has-photos', chosen.length > 0);
  if (making) return; // the line then shows how the album gets on
  const size = chosen.reduce((sum, photo) => sum + photo.size, 0);
  const sent = chosen.reduce((sum, photo) => sum + photo.sent, 0);
  byId('summary').textContent = `${plural(chosen.length, 'photo')}, ${bytes(size)}`;
  byId('overall').value = size ? sent / size : 0;
  byId('overall').toggleAttribute('data-done', sent === size);
  byId('overall').setAttribute('aria-label', 'All uploads');
  submit.disabled = !chosen.length || chosen.some(({ state }) => state !== 'done');
}

for (const type of ['progress', 'input', 'change', 'error']) photos.addEventListener(type, follow);
addEventListener('pageshow', follow); // the browser may have brought photos back

photos.addEventListener('receipt', ({ detail: { name } }) => {
  log(`${name} is stored; its receipt is here.`);
  pollFleetSoon();
});
photos.addEventListener('error', ({ detail: { name, error } }) => {
  log(`${name}: ${error}`, 'trouble');
  pollFleetSoon();
});

chooser.addEventListener('submit', (event) => event.preventDefault());
photos.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !event.target.classList.contains('caption')) return;
  event.preventDefault();
  const keys = photos.files.map(({ key }) => key);
  extras.get(keys[keys.indexOf(event.target.parentElement.slot.slice('row-'.length)) + 1])?.caption.focus();
});

// Files can be dropped anywhere on the page, and never replace it.

addEventListener('dragover', (event) => {
  if (event.defaultPrevented || !event.dataTransfer.types.includes('Files')) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = making ? 'none' : 'copy';
});
addEventListener('drop', (event) => {
  if (event.defaultPrevented || !event.dataTransfer.files.length) return;
  event.preventDefault();
  if (making) return;
  if (compose.hidden) startOver();
  photos.dispatchEvent(new DragEvent('drop', { dataTransfer: event.dataTransfer, cancelable: true }));
});

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
    showThumb(row).finally(() => { thumbsUnderWay--; pumpThumbs(); });
  }
}

async function showThumb(element) {
  const photo = extras.get(element.slot.slice('row-'.length));
  if (!photo) return;
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
  if (!element.isConnected) return;
  const image = document.createElement('img');
  image.alt = '';
  photo.thumbUrl = URL.createObjectURL(blob);
  image.src = photo.thumbUrl;
  try {
    await image.decode();
    element.querySelector('.thumb').prepend(image);
  } catch {
    URL.revokeObjectURL(photo.thumbUrl);
    photo.thumbUrl = null;
  }
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
  const which = marked.length ? ` Marked in the list: ${marked.map(({ index, name }) => `${index + 1} (${name})`).join(', ')}.` : '';
  detail.textContent = `${problem.detail}${which} Your photos and captions are still here.`.trim();
  problemBox.hidden = false;
  problemBox.replaceChildren(title, detail);
}

function setMaking(value) {
  making = value;
  root.classList.toggle('busy', value);
  chooser.inert = value;
  submit.setAttribute('aria-disabled', value);
  submit.textContent = value ? 'Making the album…' : 'Make the album';
  arrived = 0;
  if (value) byId('overall').value = 0;
  follow();
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
  follow(); // a photo may have been added a moment ago
  if (making || submit.disabled) return;
  const chosen = photos.files.map(({ key }) => extras.get(key));
  const receipts = new FormData(chooser).getAll('receipt');
  setMaking(true);
  hideProblem();
  chosen.forEach(hideTrouble);
  say('Making the album…');
  const body = JSON.stringify({
    items: receipts.map((receipt, index) => ({ receipt, caption: chosen[index].caption.value.trim() })),
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
  for (const { index, title = problem.title, detail } of problem.errors) {
    const extra = chosen[index];
    if (!extra) continue;
    showTrouble(extra, { title, detail });
    marked.push({ index, name: extra.element.dataset.name });
  }
  showProblem(problem, marked);
  (chosen[marked[0]?.index]?.element ?? problemBox).scrollIntoView({ block: 'center' });
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
  chooser.reset();
  hideProblem();
  follow();
}

function startOver() {
  gallery.replaceChildren();
  showing(compose);
}

byId('another').addEventListener('click', () => {
  startOver();
  photos.focus();
});

follow();
pollFleet();
