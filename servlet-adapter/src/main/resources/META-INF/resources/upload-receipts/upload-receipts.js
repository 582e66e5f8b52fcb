/*
 * <upload-receipts>: a form field that uploads files as they are chosen, and submits their receipts in order.
 *
 *   <upload-receipts name="receipt" endpoint="/uploads" max-files="60" required>
 *     <label>Photos <input type="file" name="file" multiple></label>
 *   </upload-receipts>
 */

// Words

const WORDS = {
  en: {
    choose: { one: 'Choose a file', other: 'Choose files' },
    drop: 'or drop them here',
    folder: 'Choose a folder',
    none: 'No file chosen',
    chosen: { one: '{n} file chosen', other: '{n} files chosen' },
    uploaded: '{done} of {n} uploaded',
    all: { one: '{n} file uploaded', other: 'All {n} files uploaded' },
    waiting: 'Waiting',
    again: 'Interrupted, continues by itself',
    offline: 'No connection, continues by itself',
    processing: 'Being checked…',
    done: 'Uploaded',
    missing: 'Interrupted. Choose it again to continue.',
    remove: 'Remove {name}',
    up: 'Move {name} up',
    down: 'Move {name} down',
    retry: 'Try {name} again',
    retryAll: 'Try all again',
    position: '{name}, position {n} of {total}',
    removed: '{name} removed',
    held: 'Will be sent when all files are uploaded.',
    failed: { one: '{n} file not uploaded', other: '{n} files not uploaded' },
    type: 'Files of this type are not accepted.',
    count: 'No more than {n} can be chosen.',
    folders: 'Folders are not accepted.',
    empty: 'The file is empty.',
    changed: 'The file was changed or removed. Choose it again.',
    large: 'The file is larger than {limit}.',
    unreachable: 'The server cannot be reached.',
    refused: 'The server did not accept the file.',
  },
  de: {
    choose: { one: 'Datei auswählen', other: 'Dateien auswählen' },
    drop: 'oder hier ablegen',
    folder: 'Ordner auswählen',
    none: 'Keine Datei ausgewählt',
    chosen: { one: '{n} Datei ausgewählt', other: '{n} Dateien ausgewählt' },
    uploaded: '{done} von {n} hochgeladen',
    all: { one: '{n} Datei hochgeladen', other: 'Alle {n} Dateien hochgeladen' },
    waiting: 'Wartet',
    again: 'Unterbrochen, geht von selbst weiter',
    offline: 'Keine Verbindung, geht von selbst weiter',
    processing: 'Wird geprüft…',
    done: 'Hochgeladen',
    missing: 'Unterbrochen. Bitte noch einmal auswählen.',
    remove: '{name} entfernen',
    up: '{name} nach oben',
    down: '{name} nach unten',
    retry: '{name} noch einmal versuchen',
    retryAll: 'Alle noch einmal versuchen',
    position: '{name}, Platz {n} von {total}',
    removed: '{name} entfernt',
    held: 'Wird gesendet, wenn alle Dateien hochgeladen sind.',
    failed: { one: '{n} Datei nicht hochgeladen', other: '{n} Dateien nicht hochgeladen' },
    type: 'Dateien dieser Art werden nicht angenommen.',
    count: 'Mehr als {n} sind nicht möglich.',
    folders: 'Ordner werden nicht angenommen.',
    empty: 'Die Datei ist leer.',
    changed: 'Die Datei wurde geändert oder entfernt. Bitte noch einmal auswählen.',
    large: 'Die Datei ist größer als {limit}.',
    unreachable: 'Der Server ist nicht erreichbar.',
    refused: 'Der Server hat die Datei nicht angenommen.',
  },
};

const attempt = (action) => {
  try {
    return action();
  } catch {}
};

/** The language of the nearest ancestor that has one, also outside of shadow trees. */
const languageOf = (element) => element && (element.closest('[lang]')?.lang || languageOf(element.getRootNode().host));

class Speech {
  formats = {};

  constructor(element) {
    const lang = languageOf(element) || 'en';
    const shipped = WORDS[lang.split('-')[0].toLowerCase()];
    this.words = { ...WORDS.en, ...shipped, ...element.messages };
    this.lang = (shipped || element.messages) && attempt(() => Intl.getCanonicalLocales(lang)[0]) || 'en';
    this.plural = new Intl.PluralRules(this.lang);
  }

  say(key, values = {}) {
    const word = this.words[key];
    const text = word[this.plural.select(values.n)] ?? word.other ?? word;
    return text.replace(/\{(\w+)\}/g, (_, name) => (typeof values[name] === 'number' ? this.number(values[name]) : values[name]));
  }

  number(value, options) {
    const key = JSON.stringify(options);
    return (this.formats[key] ??= new Intl.NumberFormat(this.lang, options)).format(value);
  }

  percent(fraction) {
    return this.number(Math.floor(fraction * 100) / 100, { style: 'percent' });
  }

  bytes(count) {
    const step = Math.min(4, Math.floor(Math.log10(Math.max(1, count)) / 3));
    const value = count / 1000 ** step;
    const unit = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'][step];
    return this.number(value, { style: 'unit', unit, maximumFractionDigits: step && value < 10 ? 1 : 0 });
  }
}

// Looks

const CSS = `
:host {
  --_accent: var(--upload-receipts-accent, light-dark(#0b57d0, #a8c7fa));
  --_error: var(--upload-receipts-error, light-dark(#b3261e, #ffb4ab));
  --_radius: var(--upload-receipts-radius, .625rem);
  --_quiet: color-mix(in srgb, currentColor 72%, transparent);
  --_line: color-mix(in srgb, currentColor 18%, transparent);
  --_tint: color-mix(in srgb, var(--_accent) 10%, transparent);
  display: block; container-type: inline-size; font: inherit; line-height: 1.4; text-align: start;
}
:host([hidden]), [hidden], ul:empty, ol:empty { display: none !important }
* { box-sizing: border-box; margin: 0; padding: 0 }
button { font: inherit; color: inherit; background: none; border: 0; border-radius: var(--_radius); cursor: pointer }
button:disabled { opacity: .5; cursor: default }
:focus-visible { outline: 2px solid var(--_accent); outline-offset: 2px }
.label { display: block; font-weight: 600; margin-block-end: .375rem }
.zone, .bar, .row, .buttons { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .75rem }
.zone { inline-size: 100%; min-block-size: 5rem; padding: 1rem; justify-content: center; border: 1.5px dashed var(--_quiet) }
.zone:hover:enabled, .over .zone { border-color: var(--_accent); background: var(--_tint) }
.pill, .folder, .again { padding-block: .375rem; font-weight: 600; color: var(--_accent) }
.pill { padding-inline: 1rem; border: 1.5px solid; border-radius: 99px }
.drop, .bar, .meta, .grip { color: var(--_quiet) }
.bar { padding-block: .25rem }
.status { flex: 1 12rem; padding-block: .375rem }
.refused { list-style: none; margin-block-start: .5rem; overflow-wrap: anywhere }
.list { counter-reset: row; max-block-size: var(--upload-receipts-list-size, 30rem); overflow: auto; border-block: 1px solid var(--_line) }
.row { counter-increment: row; position: relative; flex-wrap: nowrap; padding: .5rem .25rem .625rem }
.row + .row { border-block-start: 1px solid var(--_line) }
.row:nth-child(n + 200) { content-visibility: auto; contain-intrinsic-block-size: auto 4rem }
.grip { min-inline-size: 2rem; padding-block: .5rem; text-align: center; cursor: grab; touch-action: none }
.grip::before { content: counter(row) }
.row:only-child :is(.grip, .up, .down) { display: none }
.row:has(.grip:active) { background: var(--_tint) }
.what { flex: 1; min-inline-size: 0 }
.name { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.meta { font-size: .875em; font-variant-numeric: tabular-nums }
.done .note::before { content: "✓ " / "" }
.failed { border-inline-start: .25rem solid var(--_error); padding-inline-start: 0 }
.failed .note, .refused { color: var(--_error); font-weight: 600 }
.failed .note::before, .refused li::before { content: "⚠ " / "" }
.buttons { gap: 0; justify-content: end; max-inline-size: 45cqi }
.buttons button { inline-size: 2.25rem; block-size: 2.25rem; font-size: 1.125em; color: var(--_quiet) }
.buttons button:hover { color: inherit; background: var(--_line) }
progress { appearance: none; position: absolute; inset-inline: 0; inset-block-end: 0; inline-size: 100%; block-size: 3px; border: 0; background: none }
::-webkit-progress-bar { background: none }
::-webkit-progress-value { background: var(--_accent) }
::-moz-progress-bar { background: var(--_accent) }
.polite, .assertive { position: absolute; inline-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
@media (hover: hover) { .row:not(:hover, :focus-within) :is(.up, .down) { opacity: 0 } }
@media (hover: none) { .drop { display: none } }
@media (pointer: coarse) { .buttons button, .grip, .folder, .again { min-inline-size: 2.75rem; min-block-size: 2.75rem; align-content: center } }
@media (forced-colors: active) { progress { forced-color-adjust: none; --_accent: Highlight } }
@container (max-width: 26rem) { .row:not(:hover, :focus-within) :is(.up, .down) { position: absolute; opacity: 0; pointer-events: none } }
`;

const sheet = globalThis.CSSStyleSheet && new CSSStyleSheet(); // which style-src does not forbid
sheet?.replaceSync(CSS);

/** Parses no text, so Trusted Types do not object. */
function node(tag, properties = {}, ...children) {
  const created = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key in created) created[key] = value;
    else created.setAttribute(key, value);
  }
  created.append(...children);
  return created;
}

const part = (tag, name, properties, ...children) => node(tag, { class: name, part: name, ...properties }, ...children);
const button = (name, onclick, ...children) => part('button', name, { type: 'button', onclick }, ...children);

const SIGNS = { retry: '↻', up: '↑', down: '↓', remove: '×' };

// Requests

const SILENCE_MS = 60_000; // the server's own patience is 20 s
const STORING_MS = 180_000; // after the last byte

/** A refusal (RFC 9457), or status 0 without a response. */
class Problem extends Error {
  constructor(status, { type = '', title, detail, limit, word } = {}, retryAfter = 0) {
    super(detail || title || '');
    Object.assign(this, { status, type: type.split('#')[1], limit, word, retryAfter });
  }

  static of(xhr) {
    return new Problem(xhr.status, attempt(() => JSON.parse(xhr.responseText)) ?? {}, +xhr.getResponseHeader('Retry-After') || 0);
  }

  get isPassing() {
    return [0, 408, 409, 423, 429].includes(this.status) || this.status >= 500;
  }

  get isWorthTrying() {
    return this.isPassing || [401, 403].includes(this.status);
  }

  text(speech) {
    if (this.type === 'file-too-large' && this.limit) return speech.say('large', { limit: speech.bytes(this.limit) });
    return this.message || speech.say(this.word ?? (this.isPassing ? 'unreachable' : 'refused'));
  }
}

/** Returns a 2xx response, or throws. fetch tells no progress. */
function send(method, url, { headers = {}, body, credentials = false, signal = new AbortController().signal, onProgress } = {}) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const xhr = new XMLHttpRequest();
    const stop = () => xhr.abort();
    let silence;
    const expectWithin = (ms) => {
      clearTimeout(silence);
      silence = setTimeout(stop, ms);
    };
    xhr.open(method, url);
    xhr.withCredentials = credentials;
    Object.entries(headers).forEach(([name, value]) => xhr.setRequestHeader(name, value));
    xhr.upload.onprogress = ({ loaded }) => {
      expectWithin(SILENCE_MS);
      onProgress?.(loaded);
    };
    xhr.upload.onload = () => expectWithin(STORING_MS);
    xhr.onloadend = () => {
      clearTimeout(silence);
      signal.removeEventListener('abort', stop);
      if (xhr.status >= 200 && xhr.status < 300) resolve(xhr);
      else reject(signal.aborted ? signal.reason : Problem.of(xhr));
    };
    signal.addEventListener('abort', stop);
    expectWithin(SILENCE_MS);
    xhr.send(body);
  });
}

/** Waits, at most until the network is back. */
const pause = (ms, signal) => new Promise((resolve, reject) => {
  setTimeout(resolve, ms);
  addEventListener('online', resolve, { once: true, signal });
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
});

/** The token against cross-site request forgery, for the page's own origin. */
function csrf({ csrfCookie, csrfHeader, csrfToken }, url) {
  const isOwn = new URL(url, document.baseURI).origin === location.origin;
  const meta = (name) => isOwn && document.querySelector(`meta[name=csrf-${name}]`)?.content;
  const cookie = csrfCookie && document.cookie.match(`(?:^|; )${csrfCookie}=([^;]*)`)?.[1];
  const token = cookie ? decodeURIComponent(cookie) : csrfToken || meta('token');
  return token ? { [csrfHeader || (cookie ? 'X-XSRF-TOKEN' : meta('header') || 'X-CSRF-TOKEN')]: token } : {};
}

// Memory

const utf8 = (text) => new TextEncoder().encode(text);
const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
const DAY_MS = 86_400_000;
const LEAST_CHUNK = 524_288;

/** Runs an action on what outlives a reload, if there is that. */
function stored(mode, action) {
  return new Promise((resolve) => {
    const opening = indexedDB.open('upload-receipts', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('uploads');
    opening.onerror = () => resolve();
    opening.onsuccess = () => {
      const transaction = opening.result.transaction('uploads', mode);
      const request = action(transaction.objectStore('uploads'));
      transaction.oncomplete = transaction.onabort = () => {
        opening.result.close();
        resolve(request?.result);
      };
    };
  }).catch(() => {});
}

/** By a hash of what a file is, the sealed URL of its upload. Neither can be read. */
const memory = {
  /** Only pages in a secure context have hashes. */
  async key(...facts) {
    const hash = await crypto.subtle?.digest('SHA-256', utf8(facts.join('\n')));
    return hash && base64(hash);
  },

  async recall(key) {
    return (key && await stored('readonly', (store) => store.get(key)))?.url;
  },

  remember(key, url, expires) {
    return key && stored('readwrite', (store) => {
      store.openCursor().onsuccess = ({ target: { result: cursor } }) => {
        if (cursor?.value.expires < Date.now()) cursor.delete();
        cursor?.continue();
      };
      store.put({ url, expires }, key);
    });
  },

  forget(key) {
    return key && stored('readwrite', (store) => store.delete(key));
  },
};

/** How many bytes a request may have, where a proxy has a limit. */
const chunks = {
  known: {},
  key: (url) => `upload-receipts ${new URL(url).origin}`,

  limit(url) {
    const key = chunks.key(url);
    const { bytes, until } = chunks.known[key] ?? attempt(() => JSON.parse(localStorage[key])) ?? {};
    return until > Date.now() ? bytes : Infinity;
  },

  lower(url, bytes) {
    const key = chunks.key(url);
    const limit = { bytes: Math.max(LEAST_CHUNK, Math.floor(bytes)), until: Date.now() + DAY_MS };
    chunks.known[key] = limit;
    attempt(() => { localStorage[key] = JSON.stringify(limit); });
  },
};

const awake = {
  count: 0,

  change(by) {
    awake.count += by;
    const listen = awake.count ? addEventListener : removeEventListener;
    listen('beforeunload', awake.ask);
    listen('visibilitychange', awake.take);
    if (!awake.count) awake.lock?.then((lock) => lock?.release());
    else if (awake.count === by) awake.take();
  },

  /** Again when the page is shown: hiding it ends the lock. */
  take() {
    if (!document.hidden) awake.lock = navigator.wakeLock?.request('screen').catch(() => {});
  },

  ask(event) {
    event.preventDefault();
  },
};

const STREAMS = 2; // beside three uploads, because HTTP/1.1 has six connections
const POLL_MS = 3_000;

/** What the application says of uploads: by events for some, by polling for others. */
const verdicts = {
  sources: new Map(), // upload → its event stream

  await(upload) {
    const { sources } = verdicts;
    if (sources.has(upload)) return;
    sources.set(upload, sources.size < STREAMS ? verdicts.listen(upload) : undefined);
    verdicts.timer ??= setTimeout(verdicts.poll, POLL_MS);
  },

  end(upload) {
    verdicts.sources.get(upload)?.close();
    verdicts.sources.delete(upload);
  },

  listen(upload) {
    const source = new EventSource(`${upload.url}/events`, { withCredentials: upload.element.withCredentials });
    source.addEventListener('status', ({ data }) => verdicts.hear(upload, JSON.parse(data)));
    return source;
  },

  async poll() {
    for (const [upload, source] of verdicts.sources) {
      if (source?.readyState !== EventSource.OPEN) verdicts.hear(upload, await upload.askVerdict());
    }
    verdicts.timer = verdicts.sources.size ? setTimeout(verdicts.poll, POLL_MS) : undefined;
  },

  hear(upload, verdict) {
    if (!verdicts.sources.has(upload)) return;
    if (verdict.status !== 'processing') verdicts.end(upload);
    upload.judge(verdict);
  },
};

// Upload

const MOST_TRIES = 15; // without progress: about ten minutes
const FIRST_TURN = Date.now(); // not all pages begin with the same host
let keys = 0;
let turns = Promise.resolve(); // slots in the list's order

/** Fails for a file that was changed. */
const requireReadable = (file) => file.slice(0, 1).arrayBuffer().catch(() => {
  throw new Problem(400, { word: 'changed' });
});

const slots = {}; // ticket → its next free slot

/** What permits files that were chosen together: one ticket, or one for each. */
class Grant {
  constructor(element, uploads) {
    Object.assign(this, { element, uploads });
  }

  async headers(upload) {
    const { ticket, ticketEndpoint } = this.element;
    if (ticket) {
      upload.slot ??= slots[ticket] = (slots[ticket] ?? -1) + 1;
      return { 'Upload-Ticket': ticket, 'Upload-Slot': upload.slot };
    }
    if (!ticketEndpoint) return {};
    this.answer ??= this.#ask(ticketEndpoint);
    this.answer.catch(() => { this.answer = undefined; }); // so the next attempt asks again
    const { ticket: shared, tickets } = await this.answer;
    const index = this.uploads.indexOf(upload);
    return { 'Upload-Ticket': shared ?? tickets[index], 'Upload-Slot': shared ? index : 0 };
  }

  async #ask(url) {
    const files = this.uploads.map(({ name, type, size, path }) => ({ name, type, size, path }));
    const headers = { 'Content-Type': 'application/json', ...csrf(this.element, url) };
    return JSON.parse((await send('POST', url, { headers, body: JSON.stringify({ files }) })).responseText);
  }
}

/** A file: waiting, uploading, processing, done, failed; or missing, if a reload has lost it. */
class Upload {
  state = 'waiting';
  sent = 0;
  #tries = 0;
  #renewals = 0;
  #kept = 0; // what the server has, as it last said
  #isUnsure = true; // how much that is
  #broken; // at which offset a request broke

  constructor(element, onChange, facts) {
    Object.assign(this, { element, onChange, turn: FIRST_TURN + keys, key: String(++keys), ...facts });
    this.print = [this.path ?? this.name, this.size, this.modified].join(); // tells files apart
  }

  get isPending() {
    return ['waiting', 'uploading', 'processing'].includes(this.state);
  }

  #become(state, problem) {
    Object.assign(this, { state, problem, isInterrupted: false });
    this.onChange(this);
  }

  async run() {
    const stop = this.stop = new AbortController();
    awake.change(1);
    this.#become('uploading');
    try {
      let ready;
      const bring = (lock) => ready = this.#bring(stop.signal, lock === null);
      await navigator.locks?.request(`/${this.print}`, { ifAvailable: true }, bring).catch(() => {});
      await (ready ?? bring());
      memory.forget(this.memoryKey);
      this.sent = this.size;
      this.#become(this.isProcessing ? 'processing' : 'done');
    } catch (problem) {
      this.#isUnsure = true;
      if (this.stop !== stop) return;
      if (stop.signal.aborted) this.#become('waiting');
      else this.#become('failed', problem instanceof Problem ? problem : new Problem(500));
    } finally {
      awake.change(-1);
    }
  }

  retry(file = this.file) {
    if (!file || this.isPending) return;
    if (this.receipt) this.#renew(this.slot = undefined);
    if (this.problem?.status === 503) this.#renew(this.grant); // its host may be lost
    this.#tries = this.#renewals = 0;
    Object.assign(this, { file, receipt: undefined, isTold: false });
    this.#become('waiting');
  }

  /** Ends the upload, on the server too unless its receipt was submitted. */
  terminate() {
    this.stop?.abort();
    this.stop = undefined;
    verdicts.end(this);
    memory.forget(this.memoryKey);
    if (this.url && !this.isSubmitted) send('DELETE', this.url, this.#options()).catch(() => {}); // or it expires
  }

  /** Another tab may send the same file. */
  async #bring(signal, isTaken) {
    if (isTaken) this.url = undefined;
    const ready = turns.then(() => requireReadable(this.file)).then(() => this.url || isTaken || this.#recall());
    turns = ready.catch(() => {});
    await ready;
    while (!this.receipt) {
      try {
        if (!this.url) await this.#create(signal);
        else if (this.#isUnsure || this.sent === this.size) await this.#askOffset(signal);
        if (!this.receipt) await this.#append(signal);
      } catch (problem) {
        signal.throwIfAborted();
        this.#isUnsure = true;
        await this.#recover(problem, signal);
      }
    }
  }

  async #recall() {
    const { endpoint, ticketEndpoint, owner } = this.element;
    this.memoryKey = await memory.key(this.print, endpoint, ticketEndpoint, owner);
    this.url = await memory.recall(this.memoryKey);
  }

  #options(headers, url = this.url) {
    const { element } = this;
    return { credentials: element.withCredentials, headers: { 'Tus-Resumable': '1.0.0', ...csrf(element, url), ...headers } };
  }

  async #create(signal) {
    const { element, name, type, path, size } = this;
    const metadata = Object.entries({ filename: name, filetype: type, relativePath: path })
      .filter(([, value]) => value).map(([key, value]) => `${key} ${base64(utf8(value))}`).join();
    this.grant ??= new Grant(element, [this]);
    const headers = { 'Upload-Length': size, 'Upload-Metadata': metadata, ...await this.grant.headers(this) };
    const urls = element.endpoint.trim().split(/\s+/);
    const url = urls[this.turn++ % urls.length];
    const response = await send('POST', url, { ...this.#options(headers, url), signal });
    this.url = new URL(response.getResponseHeader('Location'), response.responseURL).href;
    this.#read(response);
    const expires = Date.parse(response.getResponseHeader('Upload-Expires')) || Date.now() + DAY_MS;
    if (!this.receipt) await memory.remember(this.memoryKey, this.url, expires);
  }

  async #askOffset(signal) {
    const { ticket } = this.element; // an upload under another ticket belongs to another order, and gets 404
    const response = await send('HEAD', this.url, { ...this.#options(ticket && { 'Upload-Ticket': ticket }), signal });
    this.#read(response);
    if (this.sent === this.size && !this.receipt) throw new Problem(500);
  }

  async #append(signal) {
    const begin = this.sent;
    const end = Math.min(this.size, begin + chunks.limit(this.url));
    try {
      const response = await send('PATCH', this.url, {
        ...this.#options({ 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': begin }),
        body: this.file.slice(begin, end),
        signal,
        onProgress: (loaded) => this.#progress(begin + loaded),
      });
      this.#read(response);
    } catch (problem) {
      problem.isSmaller = this.#lowerChunk(problem, begin, end - begin);
      throw problem;
    }
  }

  #progress(sent) {
    this.sent = sent;
    this.isInterrupted = false;
    this.onChange(this);
  }

  #read(response) {
    this.#progress(+response.getResponseHeader('Upload-Offset'));
    if (this.sent > this.#kept) this.#tries = 0;
    this.#kept = this.sent;
    this.#isUnsure = false;
    this.receipt = response.getResponseHeader('Upload-Receipt') ?? undefined;
    const { status, message } = this.#verdict(response);
    this.isProcessing = status === 'processing';
    if (status === 'refused') throw new Problem(422, { detail: message, word: 'refused' });
  }

  /** A proxy with a limit says 413, or breaks off at about one place. */
  #lowerChunk({ status, type }, begin, size) {
    const passed = this.sent - begin || size;
    const isTwice = Math.abs(this.#broken - begin) < 65_536;
    const isBroken = [0, 502, 504].includes(status) && navigator.onLine;
    if (isBroken) this.#broken = begin;
    if (size <= LEAST_CHUNK) return false;
    if (status === 413 && !type) chunks.lower(this.url, size / 8); // nothing has passed
    else if (isBroken && isTwice) chunks.lower(this.url, passed / 2);
    else return false;
    return true;
  }

  /** Waits until the next try, or throws. */
  async #recover(problem, signal) {
    const { status, type, isSmaller, isPassing } = problem;
    if (status === 0) await requireReadable(this.file);
    if (isSmaller) return;
    const isOver = (this.url ? [404, 410] : [401, 403, 409]).includes(status);
    const isSlotTaken = type === 'slot-taken' && this.element.ticket;
    if (isSlotTaken) this.slot = undefined;
    if (isOver && (isSlotTaken || this.#renewals++ < (this.url ? 3 : 1))) this.#renew();
    else if (isPassing && (!navigator.onLine || ++this.#tries < MOST_TRIES)) await this.#wait(problem.retryAfter, signal);
    else throw problem;
  }

  /** Next, it is created anew. */
  #renew(grant) {
    memory.forget(this.memoryKey);
    Object.assign(this, { url: undefined, grant, sent: 0 });
    this.#kept = 0;
  }

  async #wait(retryAfter, signal) {
    this.isInterrupted = true;
    this.onChange(this);
    const backOff = Math.min(60, 2 ** this.#tries / 2) * (0.5 + Math.random() / 2);
    await pause(1000 * Math.max(retryAfter, backOff), signal);
  }

  /** Upload-Message has the application's words, percent-encoded. */
  #verdict(response) {
    const text = response.getResponseHeader('Upload-Message') ?? '';
    const message = attempt(() => decodeURIComponent(text)) ?? text;
    return { status: response.getResponseHeader('Upload-Status') ?? 'done', message };
  }

  async askVerdict() {
    try {
      return this.#verdict(await send('HEAD', this.url, this.#options()));
    } catch ({ isPassing }) {
      return { status: isPassing ? 'processing' : 'refused' };
    }
  }

  judge({ status, message, data }) {
    Object.assign(this, { message, data });
    if (status === 'refused') {
      this.receipt = undefined;
      this.#become('failed', new Problem(422, { detail: message }));
    } else this.#become(status);
  }
}

// Choosing

const JUNK = /^(\.DS_Store|Thumbs\.db)$/;

/** Without a type, the server decides. */
function isAccepted({ name, type }, accept) {
  const wanted = accept.toLowerCase().split(/[\s,]+/).filter(Boolean);
  return !wanted.length || wanted.some((each) => name.toLowerCase().endsWith(each) || (type ? type.startsWith(each.replace(/\*.*/, '')) : each.includes('/')));
}

const promised = (object, method) => new Promise((resolve, reject) => { object[method](resolve, reject); });

/** readEntries gives a hundred at a time, and none at the end. */
async function filesOf(entry) {
  if (entry.isFile) return [{ file: await promised(entry, 'file'), path: entry.fullPath.slice(1) }];
  const reader = entry.createReader();
  const children = [];
  for (let some; !some || some.length; children.push(...some)) some = await promised(reader, 'readEntries');
  children.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  const found = [];
  for (const child of children) found.push(...await filesOf(child));
  return found;
}

// Row

class Row {
  constructor(upload, speech, actions) {
    const { key, name, path = name } = upload;
    this.upload = upload;
    this.size = part('span', 'size');
    this.note = part('span', 'note', { id: `note-${key}` });
    this.progress = part('progress', 'progress', { 'aria-labelledby': `name-${key}` });
    this.buttons = Object.entries(SIGNS).map(([action, sign]) => button(action, () => actions[action](upload), sign));
    this.buttons.forEach((each) => each.setAttribute('aria-describedby', this.note.id));
    this.element = part('li', 'row', {},
      part('span', 'grip'),
      part('div', 'what', {},
        part('span', 'name', { id: `name-${key}`, title: path }, path),
        part('span', 'meta', {}, this.size, ' · ', this.note),
        node('slot', { name: `row-${key}` })),
      part('div', 'buttons', {}, ...this.buttons),
      this.progress);
    this.draw(speech);
  }

  draw(speech) {
    const { buttons, progress, upload: { state, name, size, sent, problem } } = this;
    buttons.forEach((each) => { each.ariaLabel = speech.say(each.className, { name }); });
    this.element.className = `row ${state === 'missing' ? 'failed' : state}`;
    this.size.textContent = speech.bytes(size);
    this.note.textContent = this.#words(speech);
    buttons[0].hidden = !problem?.isWorthTrying;
    progress.hidden = state !== 'uploading';
    progress.value = size && sent / size;
  }

  #words(speech) {
    const { state, problem, isInterrupted, message, sent, size } = this.upload;
    if (problem) return problem.text(speech);
    if (isInterrupted) return speech.say(navigator.onLine ? 'again' : 'offline');
    if (state === 'uploading') return speech.percent(size && sent / size);
    return (state === 'processing' && message) || speech.say(state);
  }
}

// Element

const AT_ONCE = 3;
const DRAW_MS = 50;
const TEXTS = ['name', 'endpoint', 'ticket-endpoint', 'ticket', 'accept', 'owner', 'pending', 'start', 'csrf-header', 'csrf-token', 'csrf-cookie'];
const FLAGS = ['required', 'disabled', 'light', 'folders', 'with-credentials'];
const OF_INTERNALS = ['form', 'labels', 'validity', 'validationMessage', 'willValidate'];

/** The form field. A server, which has no elements, can import it. */
export class UploadReceipts extends (globalThis.HTMLElement ?? Object) {
  static formAssociated = true;
  static observedAttributes = [...TEXTS, ...FLAGS, 'max-files'];

  #internals = this.attachInternals();
  #root = this.attachShadow({ mode: 'open', delegatesFocus: true });
  #uploads = [];
  #dirty = new Set();
  #held; // the submit event of a form that is held
  #wasPending;
  #messages;
  #speech;
  #input;
  #timer;
  #quarter;
  #spoke;
  #listening;

  static {
    const define = (name, get, set) => Object.defineProperty(this.prototype, name, { get, set, configurable: true });
    for (const name of [...TEXTS, ...FLAGS]) {
      const isFlag = FLAGS.includes(name);
      define(name.replace(/-(.)/g, (_, letter) => letter.toUpperCase()), function get() {
        return isFlag ? this.hasAttribute(name) : this.getAttribute(name) ?? (name === 'endpoint' ? '/uploads' : '');
      }, function set(value) {
        this.#reflect(name, isFlag ? Boolean(value) && '' : value);
      });
    }
    OF_INTERNALS.forEach((name) => define(name, function get() { return this.#internals[name]; }));
  }

  /** For a person who signs out. */
  static logout() {
    return stored('readwrite', (store) => store.clear());
  }

  constructor() {
    super();
    this.#build();
  }

  // What programs use

  get maxFiles() {
    return this.#input?.multiple === false ? 1 : +this.getAttribute('max-files') || Infinity;
  }

  set maxFiles(count) {
    this.#reflect('max-files', Number.isFinite(+count) ? count : null);
  }

  get messages() {
    return this.#messages;
  }

  set messages(words) {
    this.#messages = words;
    if (this.#speech) this.#translate();
  }

  /** The receipts so far, in order. */
  get value() {
    return this.#uploads.map(({ receipt }) => receipt).filter(Boolean);
  }

  get files() {
    return this.#uploads.map((upload) => this.#snapshot(upload));
  }

  /** Promises all receipts in order. Fails with a file. */
  get receipts() {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (this.#isPending) return;
        this.removeEventListener('change', look);
        const n = this.#failed.length;
        if (n) reject(new Error(this.#speech.say('failed', { n })));
        else resolve(this.value);
      };
      this.addEventListener('change', look);
      look();
    });
  }

  checkValidity() {
    return this.#internals.checkValidity();
  }

  reportValidity() {
    return this.#internals.reportValidity();
  }

  addFiles(files) {
    this.#take(Array.from(files, (file) => ({ file, path: file.webkitRelativePath })));
  }

  removeFile(key) {
    const upload = this.#uploads.find((each) => each.key === key);
    if (upload) this.#remove(upload);
  }

  /** Tries again what has failed, or one file whose receipt is refused. */
  retry(key) {
    const again = key ? this.#uploads.filter((each) => each.key === key) : this.#failed;
    again.forEach((upload) => upload.retry());
  }

  // Life

  connectedCallback() {
    for (const name of Object.keys(this).filter((own) => own in UploadReceipts.prototype)) { // set before this class was there
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    this.#listen();
    this.#speech = new Speech(this);
    this.attributeChangedCallback();
    this.#restoreReloaded();
  }

  disconnectedCallback() {
    this.#listening.abort();
    queueMicrotask(() => { if (!this.isConnected) this.#pause(); }); // or it was moved
  }

  attributeChangedCallback() {
    if (!this.#speech) return;
    this.#adopt();
    this.#translate();
    this.#update();
  }

  formDisabledCallback(isDisabled) {
    this.#part('body').inert = this.#part('zone').disabled = isDisabled;
    if (isDisabled) this.#pause();
    else this.#pump();
  }

  formResetCallback() {
    this.#held = undefined;
    this.#uploads.slice().forEach((upload) => this.#drop(upload));
    this.#take([]);
  }

  /** Some browsers also give files back, a little later. */
  formStateRestoreCallback(state) {
    this.#restore(state);
    setTimeout(() => this.addFiles(this.#input.files));
  }

  #reflect(attribute, value) {
    if ([null, undefined, false].includes(value)) this.removeAttribute(attribute);
    else this.setAttribute(attribute, value);
  }

  #part(name) {
    return this.#root.querySelector(`.${name}`);
  }

  #build() {
    const named = (tag, name, ...children) => part(tag, name, { id: name }, ...children);
    const zone = button('zone', () => this.#open(false), named('span', 'pill'), ' ', named('span', 'drop'));
    zone.setAttribute('aria-labelledby', 'label pill drop status');
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.append(part('div', 'body', {},
      named('span', 'label', node('slot', { onslotchange: () => this.#adopt() })),
      zone,
      part('ul', 'refused'),
      part('div', 'bar', {}, named('p', 'status'), button('folder', () => this.#open(true)), button('again', () => {
        zone.focus(); // because the button goes
        this.retry();
      })),
      node('slot', { class: 'empty', name: 'empty' }),
      part('ol', 'list', { 'aria-labelledby': 'label', onkeydown: (event) => this.#onKey(event), onpointerdown: (event) => this.#onGrip(event) }),
      node('div', { class: 'polite', 'aria-live': 'polite' }),
      node('div', { class: 'assertive', 'aria-live': 'assertive' })));
  }

  #listen() {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const on = (target, type, listener, capture) => target.addEventListener(type, listener, { signal, capture });
    on(this, 'dragover', (event) => this.#onDrag(event));
    on(this, 'dragleave', ({ relatedTarget }) => { if (!this.contains(relatedTarget)) this.#markOver(false); });
    on(this, 'drop', (event) => this.#onDrop(event));
    on(this, 'paste', (event) => this.#onPaste(event));
    on(window, 'online', () => this.#failed.filter(({ problem }) => problem?.status === 0).forEach((upload) => upload.retry()));
    on(window, 'pagehide', () => this.#keepState());
    const root = this.getRootNode();
    on(root, 'submit', (event) => this.#onSubmit(event), true); // before any framework sees it
    on(root, 'formdata', (event) => this.#onFormData(event), true);
  }

  /** Takes the page's input, or makes one. */
  #adopt() {
    const input = this.querySelector('input[type=file]') ?? this.#input ?? node('input', { type: 'file', multiple: true });
    const slot = this.#part('label').firstChild;
    if (!input.isConnected) this.#root.append(input);
    if (input !== this.#input) {
      this.#input = input;
      input.onchange = () => this.addFiles(input.files);
      input.required = false;
      input.style.setProperty('display', 'none', 'important');
      if (!this.accept && input.accept) this.accept = input.accept;
    }
    input.accept = this.accept;
    if (slot.assignedNodes().some(({ textContent }) => textContent.trim())) return;
    slot.textContent = this.ariaLabel ?? this.labels[0]?.textContent ?? '';
  }

  // Uploads

  get #isDisabled() {
    return this.#part('zone').disabled;
  }

  get #isPending() {
    return this.#uploads.some(({ isPending }) => isPending);
  }

  get #failed() {
    return this.#uploads.filter(({ state }) => ['failed', 'missing'].includes(state));
  }

  #snapshot({ key, file, name, size, type, path, state, sent, receipt, data, problem }) {
    return { key, file, name, size, type, path, state, sent, receipt, data, error: problem?.text(this.#speech) };
  }

  #pump() {
    if (!this.isConnected || this.#isDisabled) return;
    this.#uploads.filter(({ state }) => state === 'processing').forEach(verdicts.await);
    if (this.start === 'submit' && !this.#held) return;
    const next = this.#uploads.find(({ state }) => state === 'waiting');
    const running = this.#uploads.filter(({ state }) => state === 'uploading').length;
    if (next && running < AT_ONCE) next.run(); // which comes back here
  }

  #pause() {
    this.#uploads.forEach((upload) => {
      upload.stop?.abort();
      verdicts.end(upload);
    });
  }

  #changed(upload) {
    const { state, known } = upload;
    if (!upload.row) return; // it was removed
    this.#dirty.add(upload);
    this.#drawSoon();
    if (state === known) return;
    upload.known = state;
    if (state === 'uploading') this.#pump();
    else this.#tell(upload);
  }

  #tell(upload) {
    const { state, receipt, isTold, name, problem } = upload;
    const tell = (type) => this.#fire(type, this.#snapshot(upload));
    this.#setValue();
    if (receipt && !isTold) {
      upload.isTold = true;
      tell('receipt');
      this.#fire('input');
    }
    if (state === 'processing') tell(state);
    if (state === 'failed') {
      this.#announce(`${name}: ${problem.text(this.#speech)}`, 'assertive');
      tell('error');
    }
    this.#settle();
  }

  #update(isByPerson) {
    this.#setValue();
    this.#drawSoon();
    this.#settle(isByPerson);
  }

  #settle(isByPerson) {
    const isSettled = this.#wasPending && !this.#isPending;
    const n = this.#uploads.length;
    this.#wasPending = this.#isPending;
    this.#pump();
    if (isByPerson) this.#fire('input');
    if (isSettled && n && !this.#failed.length) this.#announce(this.#speech.say('all', { n }));
    if (isByPerson || isSettled) this.#fire('change');
    if (!isSettled) return;
    this.#keepFiles();
    this.#release();
  }

  #fire(type, detail) {
    this.dispatchEvent(detail ? new CustomEvent(type, { detail }) : new Event(type, { bubbles: true }));
  }

  // Choosing

  #open(isFolder) {
    this.#input.webkitdirectory = isFolder;
    this.#input.click();
  }

  #take(chosen, refusals = []) {
    const added = [];
    for (const { file, path } of chosen) {
      if (path && JUNK.test(file.name)) continue;
      const { name, size, type, lastModified: modified } = file;
      const upload = this.#upload({ file, name, size, type, modified, path: path?.includes('/') ? path : undefined });
      const known = this.#uploads.find(({ print }) => print === upload.print);
      const word = known ? '' : this.#objection(upload, added.length);
      if (this.#failed.includes(known)) known.retry(file);
      else if (word) refusals.push({ name: path || name, word });
      else if (!known) {
        if (this.maxFiles === 1) this.#uploads.slice().forEach((each) => this.#drop(each));
        this.#uploads.push(upload);
        added.push(upload);
      }
    }
    if (added.length) this.#begin(added);
    this.#refuse(refusals);
    this.#keepFiles();
    this.#update();
  }

  #upload(facts) {
    return new Upload(this, (upload) => this.#changed(upload), facts);
  }

  /** Why a file is not wanted. In a folder, an empty file has its purpose. */
  #objection(upload, added) {
    if (!isAccepted(upload, this.accept)) return 'type';
    if (!upload.size && !upload.path) return 'empty';
    return (this.maxFiles === 1 ? added : this.#uploads.length) >= this.maxFiles ? 'count' : '';
  }

  #begin(added) {
    const grant = new Grant(this, added);
    added.forEach((upload) => { upload.grant = grant; });
    this.#addRows(added);
    this.#quarter = -1;
    this.#announce(this.#speech.say('chosen', { n: this.#uploads.length }));
  }

  #refuse(refusals) {
    const lines = refusals.slice(0, 5).map(({ name, word }) => `${name}: ${this.#speech.say(word, { n: this.maxFiles })}`);
    if (refusals.length > 5) lines.push(`+ ${refusals.length - 5}`);
    this.#part('refused').replaceChildren(...lines.map((line) => node('li', {}, line)));
    lines.forEach((line) => this.#announce(line, 'assertive'));
  }

  /** Files on their way stay in the input: some browsers give them back. */
  #keepFiles() {
    const transfer = new DataTransfer();
    this.#uploads.forEach(({ file, receipt, isPending }) => { if (isPending && !receipt) transfer.items.add(file); });
    this.#input.files = transfer.files;
  }

  #markOver(isOver) {
    this.#part('body').classList.toggle('over', isOver);
  }

  #onDrag(event) {
    if (this.#isDisabled || !event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    this.#markOver(true);
  }

  async #onDrop(event) {
    const { items, files } = event.dataTransfer; // both are empty when the event has ended
    const entries = Array.from(items, (item) => item.webkitGetAsEntry?.()).filter(Boolean);
    if (this.#isDisabled || !files.length) return;
    event.preventDefault();
    this.#markOver(false);
    if (!entries.some(({ isDirectory }) => isDirectory)) return void this.addFiles(files);
    const chosen = [];
    const refusals = [];
    for (const entry of entries) {
      const refuse = (word) => refusals.push({ name: entry.name, word });
      if (entry.isFile || this.folders) await filesOf(entry).then((found) => chosen.push(...found), () => refuse('changed'));
      else refuse('folders');
    }
    this.#take(chosen, refusals);
  }

  #onPaste(event) {
    const { files } = event.clipboardData;
    if (this.#isDisabled || !files.length) return;
    event.preventDefault();
    this.addFiles(files);
  }

  // Order and removal

  #addRows(uploads) {
    const actions = {
      remove: (upload) => this.#remove(upload),
      up: (upload) => this.#step(upload, -1),
      down: (upload) => this.#step(upload, 1),
      retry: (upload) => {
        this.#part('zone').focus(); // because the button goes
        upload.retry();
      },
    };
    uploads.forEach((upload) => { upload.row = new Row(upload, this.#speech, actions); });
    this.#part('list').append(...uploads.map(({ row }) => row.element));
  }

  #uploadAt(target) {
    return this.#uploads.find(({ row }) => row.element.contains(target));
  }

  /** Moves the neighbours, so the focus stays. */
  #move(upload, to) {
    const from = this.#uploads.indexOf(upload);
    const { element } = upload.row;
    this.#uploads.splice(to, 0, ...this.#uploads.splice(from, 1));
    for (let at = from; at < to; at++) element.before(element.nextElementSibling);
    for (let at = from; at > to; at--) element.after(element.previousElementSibling);
    element.scrollIntoView({ block: 'nearest' });
  }

  #step(upload, by) {
    const to = this.#uploads.indexOf(upload) + by;
    if (this.#uploads[to]) this.#move(upload, to);
    this.#moved(upload);
  }

  #moved(upload) {
    const n = this.#uploads.indexOf(upload) + 1;
    this.#announce(this.#speech.say('position', { name: upload.name, n, total: this.#uploads.length }));
    this.#update(true);
  }

  #onKey(event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const upload = this.#uploadAt(event.target);
    if (!event.altKey || !by || !upload) return;
    event.preventDefault();
    this.#step(upload, by);
  }

  #onGrip(event) {
    const { target, button: which, pointerId } = event;
    if (which || !target.classList.contains('grip')) return;
    const upload = this.#uploadAt(target);
    const from = this.#uploads.indexOf(upload);
    event.preventDefault();
    target.setPointerCapture(pointerId);
    target.onpointermove = ({ clientX, clientY }) => {
      const over = this.#uploadAt(this.#root.elementFromPoint(clientX, clientY));
      if (over) this.#move(upload, this.#uploads.indexOf(over));
    };
    target.onlostpointercapture = () => {
      target.onpointermove = null;
      if (this.#uploads.indexOf(upload) !== from) this.#moved(upload);
    };
  }

  #remove(upload) {
    const next = this.#uploads[this.#uploads.indexOf(upload) + 1];
    const hadFocus = upload.row.element.contains(this.#root.activeElement);
    this.#drop(upload);
    if (hadFocus) (next?.row.buttons.at(-1) ?? this.#part('zone')).focus();
    this.#announce(this.#speech.say('removed', { name: upload.name }));
    this.#keepFiles();
    this.#update(true);
  }

  #drop(upload) {
    upload.row.element.remove();
    upload.row = undefined;
    this.#uploads.splice(this.#uploads.indexOf(upload), 1);
    upload.terminate();
  }

  // The form

  #setValue(state) {
    const { name, value, light } = this;
    const data = new FormData();
    value.forEach((receipt) => data.append(name, receipt));
    this.#internals.setFormValue(name && !light ? data : null, state);
    this.querySelectorAll('[slot=value]').forEach((input) => input.remove());
    if (light) this.append(...value.map((receipt) => node('input', { type: 'hidden', slot: 'value', name, value: receipt })));
    this.#validate();
  }

  #validate() {
    const mode = this.pending;
    const invalid = (flag, text) => this.#internals.setValidity({ [flag]: true }, text, this.#part('zone'));
    if (this.required && !this.#uploads.length) invalid('valueMissing', this.#part('pill').textContent);
    else if ((this.#failed.length && mode !== 'ignore') || (this.#isPending && mode === 'block')) invalid('customError', this.#status(false));
    else this.#internals.setValidity({});
  }

  #onSubmit(event) {
    if (event.target !== this.form || this.pending === 'ignore' || this.#isDisabled || !this.#isPending) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (this.pending === 'block') return void this.reportValidity();
    if (!this.#held) this.#announce(this.#speech.say('held'));
    this.#held = event;
    this.#pump();
    this.#draw();
  }

  #release() {
    const { form } = this;
    const submitter = this.#held?.submitter;
    if (!this.#held || !form) return;
    this.#held = undefined;
    if (this.#failed.length) this.reportValidity();
    else form.requestSubmit(submitter?.form === form ? submitter : null);
  }

  /** The form has receipts, so it needs no files. */
  #onFormData({ target, formData }) {
    const { name, form } = this.#input;
    if (target !== this.form) return;
    this.#uploads.forEach((upload) => { upload.isSubmitted = Boolean(upload.receipt); });
    if (!name || form !== target) return;
    const others = formData.getAll(name).filter((value) => typeof value === 'string');
    formData.delete(name);
    others.forEach((value) => formData.append(name, value));
  }

  /** Keeps what brings the list back, without files on their way. */
  #keepState() {
    const state = JSON.stringify(this.#uploads.map(({ name, size, type, modified, path, receipt, url, state: at, isSubmitted }) => (
      { name, size, type, modified, path, receipt, url: receipt && url, state: receipt ? at : 'missing', isSubmitted })));
    this.#setValue(state);
    attempt(() => { sessionStorage[this.#reloadKey] = state; });
  }

  /** Chromium does not restore forms after a reload. */
  #restoreReloaded() {
    const isReload = performance.getEntriesByType('navigation')[0]?.type === 'reload';
    const state = attempt(() => sessionStorage[this.#reloadKey]);
    if (isReload && state) this.#restore(state);
    attempt(() => delete sessionStorage[this.#reloadKey]);
  }

  get #reloadKey() {
    return `upload-receipts ${location.href} ${[...document.querySelectorAll(this.localName)].indexOf(this)}`;
  }

  #restore(state) {
    if (this.#uploads.length) return;
    this.#uploads = (attempt(() => JSON.parse(state)) ?? []).map((facts) => (
      this.#upload({ ...facts, known: facts.state, isTold: true, sent: facts.receipt ? facts.size : 0 })));
    this.#addRows(this.#uploads);
    this.#update();
  }

  // Words and looks

  #translate() {
    this.#speech = new Speech(this);
    const say = (word) => this.#speech.say(word, { n: this.maxFiles === 1 ? 1 : 2 });
    for (const [name, word] of Object.entries({ pill: 'choose', drop: 'drop', folder: 'folder', again: 'retryAll' })) {
      this.#part(name).textContent = say(word);
    }
    this.#part('folder').hidden = !this.folders;
    this.#uploads.forEach(({ row }) => row.draw(this.#speech));
    this.#draw();
  }

  #drawSoon() {
    this.#timer ??= setTimeout(() => this.#draw(), DRAW_MS);
  }

  #draw() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#dirty.forEach(({ row }) => row?.draw(this.#speech));
    this.#part('status').textContent = this.#status();
    this.#part('empty').hidden = this.#uploads.length > 0;
    this.#part('again').hidden = this.#failed.filter(({ problem }) => problem?.isWorthTrying).length < 2;
    if (this.#dirty.size) this.#showProgress();
    this.#dirty.clear();
  }

  #status(isHeld = this.#held) {
    const say = (word, values) => this.#speech.say(word, values);
    const n = this.#uploads.length;
    const failed = this.#failed.length;
    const done = this.#uploads.filter(({ state }) => state === 'done').length;
    if (!n || isHeld) return say(n ? 'held' : 'none');
    return (done === n ? say('all', { n }) : say('uploaded', { done, n })) + (failed ? `, ${say('failed', { n: failed })}` : '');
  }

  /** Tells the start and the quarters, at most every ten seconds. */
  #showProgress() {
    const total = this.#uploads.reduce((sum, { size }) => sum + size, 0);
    const sent = this.#uploads.reduce((sum, upload) => sum + upload.sent, 0);
    this.#fire('progress', { sent, total });
    const quarter = Math.floor((4 * sent) / total) || 0;
    const isEarly = quarter && Date.now() - this.#spoke < 10_000;
    if (!this.#isPending || quarter <= this.#quarter || quarter > 3 || isEarly) return;
    this.#quarter = quarter;
    this.#spoke = Date.now();
    this.#announce(`${this.#status()}, ${this.#speech.percent(quarter / 4)}`);
  }

  /** One node each, so that all are read. */
  #announce(text, region = 'polite') {
    const line = node('p', {}, text);
    this.#part(region).append(line);
    setTimeout(() => line.remove(), 15_000);
  }
}

if (globalThis.customElements && !customElements.get('upload-receipts')) customElements.define('upload-receipts', UploadReceipts);
