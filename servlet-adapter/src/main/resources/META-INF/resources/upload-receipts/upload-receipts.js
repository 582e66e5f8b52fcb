/*
 * <upload-receipts>: a form field that uploads files as they are chosen, and submits their receipts in order.
 *
 *   <upload-receipts name="receipt" endpoint="/uploads" max-files="60" required>
 *     <label>Photos <input type="file" name="file" multiple></label>
 *   </upload-receipts>
 *
 * It speaks tus 1.0.0 to UploadFilter. Without script there is the input.
 */

// Words

const WORDS = {
  en: {
    label: 'Files',
    choose: { one: 'Choose a file', other: 'Choose files' },
    drop: { one: 'or drop it here', other: 'or drop them here' },
    folder: 'Choose a folder',
    none: 'No file chosen',
    chosen: { one: '{n} file chosen', other: '{n} files chosen' },
    start: 'Upload started',
    percent: '{percent} uploaded',
    uploaded: '{done} of {n} uploaded',
    all: { one: '{n} file uploaded', other: 'All {n} files uploaded' },
    waiting: 'Waiting',
    uploading: '',
    again: 'Interrupted, trying again…',
    offline: 'No connection, continues when it is back',
    processing: 'Being checked…',
    done: 'Uploaded',
    missing: 'Interrupted. Choose this file again to continue.',
    remove: 'Remove {name}',
    up: 'Move {name} up',
    down: 'Move {name} down',
    retry: 'Try {name} again',
    retryAll: 'Try all again',
    position: '{name}, position {n} of {total}',
    removed: '{name} removed',
    held: 'The form is sent when all files are uploaded.',
    pending: 'Wait until all files are uploaded.',
    failed: { one: '{n} file not uploaded', other: '{n} files not uploaded' },
    type: 'Files of this type are not accepted.',
    count: { one: 'Only {n} file can be chosen.', other: 'At most {n} files can be chosen.' },
    folders: 'Folders are not accepted.',
    empty: 'The file is empty.',
    more: 'and {n} more',
    changed: 'The file was changed, moved or deleted. Choose it again.',
    large: 'The file is larger than {limit}.',
    unreachable: 'The server cannot be reached.',
    refused: 'The server did not accept the file.',
  },
  de: {
    label: 'Dateien',
    choose: { one: 'Datei auswählen', other: 'Dateien auswählen' },
    drop: 'oder hier ablegen',
    folder: 'Ordner auswählen',
    none: 'Keine Datei ausgewählt',
    chosen: { one: '{n} Datei ausgewählt', other: '{n} Dateien ausgewählt' },
    start: 'Upload begonnen',
    percent: '{percent} hochgeladen',
    uploaded: '{done} von {n} hochgeladen',
    all: { one: '{n} Datei hochgeladen', other: 'Alle {n} Dateien hochgeladen' },
    waiting: 'Wartet',
    again: 'Unterbrochen, neuer Versuch…',
    offline: 'Keine Verbindung, geht weiter, sobald sie da ist',
    processing: 'Wird geprüft…',
    done: 'Hochgeladen',
    missing: 'Unterbrochen. Diese Datei noch einmal auswählen, um fortzufahren.',
    remove: '{name} entfernen',
    up: '{name} nach oben',
    down: '{name} nach unten',
    retry: '{name} noch einmal versuchen',
    retryAll: 'Alle noch einmal versuchen',
    position: '{name}, Platz {n} von {total}',
    removed: '{name} entfernt',
    held: 'Das Formular wird gesendet, wenn alle Dateien hochgeladen sind.',
    pending: 'Bitte warten, bis alle Dateien hochgeladen sind.',
    failed: { one: '{n} Datei nicht hochgeladen', other: '{n} Dateien nicht hochgeladen' },
    type: 'Dateien dieser Art werden nicht angenommen.',
    count: { one: 'Nur {n} Datei ist möglich.', other: 'Höchstens {n} Dateien sind möglich.' },
    folders: 'Ordner werden nicht angenommen.',
    empty: 'Die Datei ist leer.',
    more: 'und {n} weitere',
    changed: 'Die Datei wurde geändert, verschoben oder gelöscht. Bitte noch einmal auswählen.',
    large: 'Die Datei ist größer als {limit}.',
    unreachable: 'Der Server ist nicht erreichbar.',
    refused: 'Der Server hat die Datei nicht angenommen.',
  },
};

/** Storage may be off, and what others wrote may be malformed: then there is no result. */
const attempt = (action) => {
  try {
    return action();
  } catch {
    return undefined;
  }
};

/** The language of the nearest ancestor that has one, also outside of shadow trees. */
function languageOf(element) {
  for (let node = element; node; node = node.getRootNode().host) {
    const lang = node.closest('[lang]')?.lang;
    if (lang) return lang;
  }
  return 'en';
}

class Speech {
  constructor(element) {
    const lang = languageOf(element);
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
    return new Intl.NumberFormat(this.lang, options).format(value);
  }

  percent(fraction) {
    return this.number(Math.floor(fraction * 100) / 100, { style: 'percent' });
  }

  bytes(count) {
    const step = Math.min(4, Math.floor(Math.log10(Math.max(1, count)) / 3));
    const value = count / 1000 ** step;
    const unit = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'][step];
    return this.number(value, {
      style: 'unit', unit, unitDisplay: step ? 'short' : 'long', maximumFractionDigits: step && value < 10 ? 1 : 0,
    });
  }
}

// Looks

const CSS = `
:host {
  --accent: var(--upload-receipts-accent, light-dark(#0b57d0, #a8c7fa));
  --error: var(--upload-receipts-error, light-dark(#b3261e, #ffb4ab));
  --radius: var(--upload-receipts-radius, .625rem);
  --quiet: color-mix(in srgb, currentColor 72%, transparent);
  --line: color-mix(in srgb, currentColor 18%, transparent);
  --tint: color-mix(in srgb, var(--accent) 10%, transparent);
  display: block; font: inherit; line-height: 1.4; text-align: start;
}
:host([hidden]), [hidden], ul:empty { display: none !important }
* { box-sizing: border-box; margin: 0; padding: 0 }
button { font: inherit; color: inherit; background: none; border: 0; border-radius: var(--radius); cursor: pointer }
button:disabled { opacity: .5; cursor: default }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.label { display: block; font-weight: 600; margin-block-end: .375rem }
.zone, .bar, .buttons { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .75rem }
.zone { inline-size: 100%; min-block-size: 5rem; padding: 1rem; justify-content: center; border: 1.5px dashed var(--quiet) }
.zone:hover:enabled, .over .zone { border-color: var(--accent); background: var(--tint) }
.pill, .folder, .again { font-weight: 600; color: var(--accent) }
.pill { padding: .375rem 1rem; border: 1.5px solid; border-radius: 99px }
.drop, .bar, .meta, .grip { color: var(--quiet) }
.bar { min-block-size: 2.75rem }
.status { flex: 1 }
.folder, .again { min-block-size: 2.25rem; padding-inline: .5rem }
.refused { list-style: none; margin-block-start: .5rem; overflow-wrap: anywhere }
.list { counter-reset: row; max-block-size: var(--upload-receipts-list-size, 30rem); overflow: auto }
.row {
  counter-increment: row; position: relative; display: grid; grid-template-columns: 2rem 1fr auto; gap: .5rem; align-items: center;
  padding: .5rem .25rem .625rem; border-block-start: 1px solid var(--line);
}
.row:nth-child(n + 200) { content-visibility: auto; contain-intrinsic-block-size: auto 4rem }
.grip { padding-block: .5rem; text-align: center; cursor: grab; touch-action: none; user-select: none }
.grip::before { content: counter(row) }
.row:only-child :is(.grip, .up, .down) { visibility: hidden }
.dragged { background: var(--tint) }
.what { min-inline-size: 0 }
.name { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.meta { font-size: .875em; font-variant-numeric: tabular-nums }
.done .note::before { content: "✓ " / "" }
.failed, .missing { box-shadow: inset .25rem 0 var(--error) }
:is(.failed, .missing) .note, .refused { color: var(--error); font-weight: 600 }
:is(.failed, .missing) .note::before, .refused li::before { content: "⚠ " / "" }
.buttons { flex-wrap: nowrap; gap: 0 }
.buttons button { inline-size: 2.25rem; block-size: 2.25rem; border-radius: 50%; color: var(--quiet) }
.buttons button:hover { color: inherit; background: var(--line) }
svg { inline-size: 1rem; vertical-align: middle; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round }
progress { position: absolute; inset: auto .25rem 0 2.75rem; inline-size: auto; block-size: 4px; accent-color: var(--accent) }
.polite, .assertive { position: absolute; inline-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
@media (hover: hover) { .row:not(:hover, :focus-within) :is(.up, .down) { opacity: 0 } }
@media (hover: none) { .drop { display: none } }
@media (pointer: coarse) { .buttons button, .grip, .folder, .again { min-inline-size: 2.75rem; min-block-size: 2.75rem; align-content: center } }
@media (forced-colors: active) { .failed, .missing { border-inline-start: .25rem solid } }
`;

let sheet;

function styles() {
  if (!sheet) {
    sheet = new CSSStyleSheet(); // which needs no permission by style-src
    sheet.replaceSync(CSS);
  }
  return sheet;
}

/** Creates an element without parsing text, so Trusted Types do not object. */
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

const ICONS = {
  retry: 'M13 8a5 5 0 1 1-1.6-3.7L13 6M13 2.5V6H9.5',
  up: 'M8 13V3M3.5 7.5 8 3l4.5 4.5',
  down: 'M8 3v10M3.5 8.5 8 13l4.5-4.5',
  remove: 'm4 4 8 8m0-8-8 8',
};

function icon(name) {
  const [svg, path] = ['svg', 'path'].map((tag) => document.createElementNS('http://www.w3.org/2000/svg', tag));
  path.setAttribute('d', ICONS[name]);
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.ariaHidden = 'true';
  svg.append(path);
  return svg;
}

// Requests

const SILENCE_MS = 60_000; // the server's own patience is 20 s
const STORING_MS = 180_000; // to force the file to disk, after its last byte

/** A refusal (RFC 9457), or status 0 without a response. */
class Problem extends Error {
  constructor(status, { type = '', title, detail, limit, word } = {}, retryAfter = 0) {
    super(detail || title || '');
    Object.assign(this, { status, type: type.split('#')[1], limit, word, retryAfter });
  }

  static of(xhr) {
    const after = xhr.getResponseHeader('Retry-After') ?? 0;
    const seconds = Number.isNaN(+after) ? (Date.parse(after) - Date.now()) / 1000 : +after;
    return new Problem(xhr.status, attempt(() => JSON.parse(xhr.responseText)) ?? {}, seconds);
  }

  get isPassing() {
    return [0, 408, 409, 423, 425, 429].includes(this.status) || (this.status >= 500 && this.status !== 501);
  }

  get isWorthTrying() {
    return this.isPassing || [401, 403].includes(this.status);
  }

  text(speech) {
    if (this.type === 'file-too-large' && this.limit) return speech.say('large', { limit: speech.bytes(this.limit) });
    return this.message || speech.say(this.word ?? (this.isPassing ? 'unreachable' : 'refused'));
  }
}

/** Returns a 2xx response or throws. Unlike fetch, XMLHttpRequest tells how far an upload is. */
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

/** The header field against cross-site request forgery. A cookie is read each time, because signing in changes it. */
function csrf({ csrfCookie, csrfHeader, csrfToken }) {
  const cookie = csrfCookie && document.cookie.match(`(?:^|; )${csrfCookie}=([^;]*)`)?.[1];
  const token = cookie ? decodeURIComponent(cookie) : csrfToken;
  return token ? { [csrfHeader || (cookie ? 'X-XSRF-TOKEN' : 'X-CSRF-TOKEN')]: token } : {};
}

// Memory

const DAY_MS = 86_400_000;
const LEAST_CHUNK = 524_288;

/** Runs an action on the object store that outlives a reload, if there is one. */
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

/** Where uploads continue: from a hash of what the file is to the sealed URL of its upload. Neither can be read. */
const memory = {
  /** Only pages in a secure context have hashes. */
  async key(...facts) {
    const hash = await crypto.subtle?.digest('SHA-256', new TextEncoder().encode(JSON.stringify(facts)));
    return hash && btoa(String.fromCharCode(...new Uint8Array(hash)));
  },

  async recall(key) {
    const entry = key && await stored('readonly', (store) => store.get(key));
    return entry?.expires > Date.now() ? entry.url : undefined;
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

/** How many bytes a request may have, where a proxy has a limit. Remembered for a day. */
const chunks = {
  key: (url) => `upload-receipts ${new URL(url).origin}`,

  limit(url) {
    const { bytes, until } = attempt(() => JSON.parse(localStorage[chunks.key(url)])) ?? {};
    return until > Date.now() ? bytes : Infinity;
  },

  lower(url, bytes) {
    const limit = { bytes: Math.max(LEAST_CHUNK, Math.floor(bytes)), until: Date.now() + DAY_MS };
    attempt(() => { localStorage[chunks.key(url)] = JSON.stringify(limit); });
  },
};

/** While bytes move, the screen stays on, and leaving the page asks first. */
const awake = {
  count: 0,

  change(by) {
    awake.count += by;
    const listen = awake.count ? addEventListener : removeEventListener;
    listen('beforeunload', awake.ask);
    listen.call(document, 'visibilitychange', awake.take);
    if (!awake.count) awake.lock?.then((lock) => lock?.release());
    else if (awake.count === by) awake.take();
  },

  /** Again whenever the page is shown, because hiding it ends a lock. */
  take() {
    if (!document.hidden) awake.lock = navigator.wakeLock?.request('screen').catch(() => {});
  },

  ask(event) {
    event.preventDefault();
  },
};

const STREAMS = 2; // HTTP/1.1 has six connections to a host, and uploads need three
const POLL_MS = 3_000;

/** Learns what the application says of stored uploads: by event streams for the first ones, by polling for the others. */
const verdicts = {
  sources: new Map(), // upload → its event stream, if it has one

  await(upload) {
    const { sources } = verdicts;
    sources.set(upload, [...sources.values()].filter(Boolean).length < STREAMS ? verdicts.listen(upload) : undefined);
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
const SAME_PLACE = 65_536;
const base64 = (bytes) => btoa(String.fromCharCode(...new TextEncoder().encode(bytes)));
let keys = 0;

/** Fails for a file that was changed since it was chosen, and for what only looks like one. */
const requireReadable = (file) => file.slice(0, 1).arrayBuffer().catch(() => {
  throw new Problem(400, { word: 'changed' });
});

/** What permits the files that were chosen together: one ticket for all of them, or one for each. */
class Grant {
  static slots = {}; // ticket of an attribute → its next free slot

  constructor(element, uploads) {
    Object.assign(this, { element, uploads });
  }

  async headers(upload) {
    const { ticket, ticketEndpoint } = this.element;
    if (ticket) {
      upload.slot ??= Grant.slots[ticket] = (Grant.slots[ticket] ?? -1) + 1;
      return { 'Upload-Ticket': ticket, 'Upload-Slot': upload.slot };
    }
    if (!ticketEndpoint) return {};
    this.answer ??= this.ask(ticketEndpoint);
    try {
      const { ticket: one, tickets } = await this.answer;
      const index = this.uploads.indexOf(upload);
      return tickets ? { 'Upload-Ticket': tickets[index] } : { 'Upload-Ticket': one, 'Upload-Slot': index };
    } catch (problem) {
      this.answer = undefined;
      throw problem;
    }
  }

  async ask(url) {
    const files = this.uploads.map(({ name, type, size, path }) => ({ name, type, size, path }));
    const headers = { 'Content-Type': 'application/json', Accept: 'application/json', ...csrf(this.element) };
    return JSON.parse((await send('POST', url, { headers, body: JSON.stringify({ files }) })).responseText);
  }
}

/** A file on its way: waiting, uploading, processing, done, failed; or missing, if a reload has lost it. */
class Upload {
  state = 'waiting';
  sent = 0;
  #tries = 0;
  #renewals = 0;
  #isUnsure = true; // how much has arrived
  #broken; // at which offset a request broke

  constructor(element, onChange, facts) {
    Object.assign(this, { element, onChange, key: String(++keys), ...facts });
  }

  get isPending() {
    return ['waiting', 'uploading', 'processing'].includes(this.state);
  }

  is({ name, size, modified, path }) {
    return this.name === name && this.size === size && this.modified === modified && this.path === path;
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
      await this.#bring(stop.signal);
      memory.forget(this.memoryKey);
      this.sent = this.size;
      if (this.isProcessing) verdicts.await(this);
      this.#become(this.isProcessing ? 'processing' : 'done');
    } catch (problem) {
      this.#isUnsure = true;
      if (this.stop !== stop) return; // it was removed
      if (stop.signal.aborted) this.#become('waiting');
      else this.#become('failed', problem instanceof Problem ? problem : new Problem(500));
    } finally {
      awake.change(-1);
    }
  }

  retry(file = this.file) {
    this.#tries = this.#renewals = 0;
    this.file = file;
    if (file) this.#become('waiting');
  }

  /** Ends the upload, also on the server unless its receipt was submitted. */
  terminate() {
    this.stop?.abort();
    this.stop = undefined;
    verdicts.end(this);
    memory.forget(this.memoryKey);
    if (this.url && !this.isSubmitted) send('DELETE', this.url, this.#options()).catch(() => {}); // or it expires
  }

  async #bring(signal) {
    await requireReadable(this.file);
    if (!this.url) await this.#recall();
    while (!this.receipt) {
      try {
        if (!this.url) await this.#create(signal);
        else if (this.#isUnsure) await this.#askOffset(signal);
        if (!this.receipt) await this.#append(signal);
      } catch (problem) {
        signal.throwIfAborted();
        this.#isUnsure = true;
        await this.#recover(problem, signal);
      }
    }
  }

  async #recall() {
    const { element: { endpoint, owner }, name, size, modified, path } = this;
    this.memoryKey = await memory.key(name, size, modified, path, endpoint, owner);
    this.url = await memory.recall(this.memoryKey);
  }

  #options(headers) {
    const { element } = this;
    return { credentials: element.withCredentials, headers: { 'Tus-Resumable': '1.0.0', ...csrf(element), ...headers } };
  }

  async #create(signal) {
    const { element, name, type, path, size } = this;
    const metadata = Object.entries({ filename: name, filetype: type, relativePath: path })
      .filter(([, value]) => value).map(([key, value]) => `${key} ${base64(value)}`).join();
    this.grant ??= new Grant(element, [this]);
    const headers = { 'Upload-Length': size, 'Upload-Metadata': metadata, ...await this.grant.headers(this) };
    const response = await send('POST', element.endpoint, { ...this.#options(headers), signal });
    this.url = new URL(response.getResponseHeader('Location'), response.responseURL).href;
    this.sent = 0;
    this.#isUnsure = false;
    this.#read(response);
    const expires = Date.parse(response.getResponseHeader('Upload-Expires')) || Date.now() + DAY_MS;
    if (!this.receipt) await memory.remember(this.memoryKey, this.url, expires);
  }

  async #askOffset(signal) {
    const { ticket } = this.element; // an upload under another ticket belongs to another order, and gets 404
    const response = await send('HEAD', this.url, { ...this.#options(ticket && { 'Upload-Ticket': ticket }), signal });
    this.#progress(+response.getResponseHeader('Upload-Offset'));
    this.#isUnsure = false;
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
      this.#progress(+response.getResponseHeader('Upload-Offset'));
      this.#tries = 0;
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
    this.receipt = response.getResponseHeader('Upload-Receipt') ?? undefined;
    const { status, message } = this.#verdict(response);
    this.isProcessing = status === 'processing';
    if (status === 'refused') throw new Problem(422, { detail: message, word: 'refused' });
  }

  /** A proxy with a limit says 413, or breaks requests off at about the same place. */
  #lowerChunk({ status, type }, begin, size) {
    const passed = this.sent - begin || size;
    const isTwice = Math.abs(this.#broken - begin) < SAME_PLACE;
    const isBroken = [0, 502, 504].includes(status) && navigator.onLine;
    if (isBroken) this.#broken = begin;
    if (size <= LEAST_CHUNK) return false;
    if (status === 413 && !type) chunks.lower(this.url, size / 8); // nothing has passed
    else if (isBroken && isTwice) chunks.lower(this.url, passed / 2);
    else return false;
    return true;
  }

  /** Returns when it is time for another attempt, or throws what cannot be helped. */
  async #recover(problem, signal) {
    const { status, type, isSmaller, isPassing } = problem;
    const { ticket, ticketEndpoint } = this.element;
    if (status === 0) await requireReadable(this.file);
    if (isSmaller) return;
    if (this.url && [404, 410].includes(status) && this.#renewals++ < 3) this.#renew();
    else if (!this.url && ticket && type === 'slot-taken') this.slot = undefined;
    else if (!this.url && ticketEndpoint && !this.isRenewed && ([401, 403].includes(status) || type === 'slot-taken')) {
      this.isRenewed = true;
      this.grant = undefined;
    } else if (isPassing && ++this.#tries < MOST_TRIES) await this.#wait(problem.retryAfter, signal);
    else throw problem;
  }

  #renew() {
    memory.forget(this.memoryKey);
    this.url = this.slot = undefined;
    this.sent = 0;
    if (this.grant?.answer) this.grant = undefined; // its slot is used
  }

  async #wait(retryAfter, signal) {
    this.isInterrupted = true;
    this.onChange(this);
    const isOffline = !navigator.onLine;
    if (isOffline) this.#tries = 0;
    const backOff = Math.min(60, 2 ** (this.#tries - 1)) * (0.5 + Math.random() / 2);
    await pause(1000 * (isOffline ? 30 : Math.max(retryAfter, backOff)), signal); // systems may be wrong about that
  }

  /** Upload-Message has the application's words, percent-encoded. */
  #verdict(response) {
    const text = response.getResponseHeader('Upload-Message') ?? '';
    const message = attempt(() => decodeURIComponent(text.replace(/^utf-8''/i, ''))) ?? text;
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

const JUNK = ['.DS_Store', 'Thumbs.db', 'desktop.ini'];

/** Whether a file is among those of an accept attribute. */
function isAccepted({ name, type }, accept) {
  const wanted = accept.toLowerCase().split(',').map((each) => each.trim()).filter(Boolean);
  const isWanted = (each) => (each.startsWith('.') ? name.toLowerCase().endsWith(each)
    : each.endsWith('/*') ? type.startsWith(each.slice(0, -1)) : type === each);
  return !wanted.length || wanted.some(isWanted);
}

const promised = (object, method) => new Promise((resolve, reject) => { object[method](resolve, reject); });

/** Returns the files of an entry. readEntries gives a hundred at a time, and none at the end. */
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
    this.buttons = Object.keys(ICONS).map((action) => button(action, () => actions[action](upload), icon(action)));
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
    buttons.forEach((each) => {
      each.ariaLabel = speech.say(each.className, { name });
      each.setAttribute('aria-describedby', problem ? this.note.id : '');
    });
    this.element.className = `row ${state}`;
    this.size.textContent = speech.bytes(size);
    this.note.textContent = this.#words(speech);
    buttons[0].hidden = !problem?.isWorthTrying;
    progress.hidden = !['uploading', 'processing'].includes(state);
    if (state === 'processing') progress.removeAttribute('value');
    else progress.value = size && sent / size;
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
const TEXTS = ['name', 'endpoint', 'ticket-endpoint', 'ticket', 'accept', 'owner', 'csrf-header', 'csrf-token', 'csrf-cookie'];
const FLAGS = ['required', 'disabled', 'light', 'folders', 'with-credentials'];
const OF_INTERNALS = ['form', 'labels', 'validity', 'validationMessage', 'willValidate'];
const DEFAULTS = { endpoint: '/uploads' };

/** The form field. A server, which has no elements, may import it. */
export class UploadReceipts extends (globalThis.HTMLElement ?? Object) {
  static formAssociated = true;
  static observedAttributes = ['name', 'required', 'light', 'pending', 'accept', 'max-files', 'folders'];

  #internals = this.attachInternals();
  #root = this.attachShadow({ mode: 'open', delegatesFocus: true });
  #uploads = [];
  #rows = new Map();
  #dirty = new Set();
  #held; // the submit event of a form that is held
  #isDisabled = false;
  #wasPending = false;
  #messages;
  #speech;
  #input;
  #timer;
  #quarter;
  #spoke;
  #listening;

  static {
    const define = (name, get, set) => Object.defineProperty(this.prototype, name, { get, set, configurable: true });
    const camel = (attribute) => attribute.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
    TEXTS.forEach((name) => define(camel(name),
      function get() { return this.getAttribute(name) ?? DEFAULTS[name] ?? ''; },
      function set(value) { this.#reflect(name, value); }));
    FLAGS.forEach((name) => define(camel(name),
      function get() { return this.hasAttribute(name); },
      function set(value) { this.toggleAttribute(name, Boolean(value)); }));
    OF_INTERNALS.forEach((name) => define(name, function get() { return this.#internals[name]; }));
  }

  /** Forgets where uploads continue: for when a person signs out. */
  static logout() {
    return stored('readwrite', (store) => store.clear());
  }

  constructor() {
    super();
    this.#build();
  }

  // What programs use

  get pending() {
    return ['block', 'ignore'].find((mode) => mode === this.getAttribute('pending')) ?? 'hold';
  }

  set pending(mode) {
    this.#reflect('pending', mode);
  }

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

  get type() {
    return this.localName;
  }

  /** The receipts so far, in order. */
  get value() {
    return this.#uploads.map(({ receipt }) => receipt).filter(Boolean);
  }

  /** What is known of each file, in order. */
  get files() {
    return this.#uploads.map((upload) => this.#snapshot(upload));
  }

  /** A promise of all receipts in order. It is rejected if a file fails. */
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

  /** Adds files, as if a person had chosen them. */
  addFiles(files) {
    this.#take(Array.from(files, (file) => ({ file, path: file.webkitRelativePath })));
  }

  /** Removes a file, as its button does. */
  removeFile(key) {
    const upload = this.#uploads.find((each) => each.key === key);
    if (upload) this.#remove(upload);
  }

  /** Tries again what has failed. */
  retry() {
    this.#failed.forEach((upload) => upload.retry());
  }

  // Life

  connectedCallback() {
    for (const name of Object.getOwnPropertyNames(this)) { // set before this class was there, they hide ours
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    this.#listen();
    this.#adopt();
    this.#translate();
    this.#restoreReloaded();
    this.#update();
  }

  disconnectedCallback() {
    this.#listening.abort();
    queueMicrotask(() => { if (!this.isConnected) this.#pause(); }); // moving the element is no reason to stop
  }

  attributeChangedCallback() {
    if (!this.#speech) return;
    this.#adopt();
    this.#translate();
    this.#update();
  }

  formDisabledCallback(isDisabled) {
    this.#isDisabled = isDisabled;
    this.#part('body').inert = this.#part('zone').disabled = isDisabled;
    if (isDisabled) this.#pause();
    else this.#pump();
  }

  formResetCallback() {
    this.#held = undefined;
    this.#uploads.slice().forEach((upload) => this.#drop(upload));
    this.#refuse([]);
    this.#update();
  }

  /** After back or forward. Some browsers give files back, too, a little later. */
  formStateRestoreCallback(state) {
    this.#restore(state);
    setTimeout(() => this.addFiles(this.#input.files));
  }

  #reflect(attribute, value) {
    if (value === null || value === undefined) this.removeAttribute(attribute);
    else this.setAttribute(attribute, value);
  }

  #part(name) {
    return this.#root.querySelector(`.${name}`);
  }

  #build() {
    const named = (tag, name, ...children) => part(tag, name, { id: name }, ...children);
    const zone = button('zone', () => this.#open(false), named('span', 'pill'), named('span', 'drop'));
    zone.setAttribute('aria-labelledby', 'label pill drop status');
    this.#root.adoptedStyleSheets = [styles()];
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
    on(window, 'pagehide', () => attempt(() => { sessionStorage[this.#reloadKey] = this.#state; }));
    on(this.getRootNode(), 'submit', (event) => this.#onSubmit(event), true); // before any framework sees it
    on(this.getRootNode(), 'formdata', (event) => this.#onFormData(event), true);
  }

  /** Takes the page's input, or makes one. It keeps its name, by which browsers give files back. */
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
    slot.textContent = this.ariaLabel ?? this.labels[0]?.textContent ?? this.#speech?.say('label');
  }

  // Uploads

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
    const next = this.#uploads.find(({ state }) => state === 'waiting');
    const running = this.#uploads.filter(({ state }) => state === 'uploading').length;
    if (next && running < AT_ONCE && this.isConnected && !this.#isDisabled) next.run(); // which comes back here
  }

  #pause() {
    this.#uploads.forEach(({ stop }) => stop?.abort());
  }

  #changed(upload) {
    const { state, known } = upload;
    if (!this.#rows.has(upload)) return;
    this.#dirty.add(upload);
    this.#drawSoon();
    if (state === known) return;
    upload.known = state;
    if (state === 'uploading') this.#pump();
    else this.#tell(upload);
  }

  #tell(upload) {
    const { state, receipt, isTold, name, problem } = upload;
    const tell = (type) => this.#dispatch(type, this.#snapshot(upload));
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
    this.#update();
  }

  #update(isByPerson = false) {
    const isSettled = this.#wasPending && !this.#isPending;
    const n = this.#uploads.length;
    this.#wasPending = this.#isPending;
    this.#setValue();
    this.#drawSoon();
    this.#pump();
    if (isByPerson) this.#fire('input');
    if (isSettled && n && !this.#failed.length) this.#announce(this.#speech.say('all', { n }));
    if (isByPerson || isSettled) this.#fire('change');
    if (isSettled) this.#release();
  }

  #dispatch(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #fire(type) {
    this.dispatchEvent(new Event(type, { bubbles: true }));
  }

  // Choosing

  #open(isFolder) {
    this.#input.webkitdirectory = isFolder;
    this.#input.click();
  }

  #take(chosen, refusals = []) {
    const added = [];
    for (const { file, path } of chosen) {
      if (path && JUNK.includes(file.name)) continue;
      const { name, size, type, lastModified: modified } = file;
      const upload = this.#upload({ file, name, size, type, modified, path: path || undefined });
      const known = this.#uploads.find((each) => each.is(upload));
      const word = known ? '' : this.#objection(upload);
      if (known?.state === 'missing') known.retry(file);
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
  #objection(upload) {
    if (!isAccepted(upload, this.accept)) return 'type';
    if (!upload.size && !upload.path) return 'empty';
    return this.maxFiles > 1 && this.#uploads.length >= this.maxFiles ? 'count' : '';
  }

  #begin(added) {
    const grant = new Grant(this, added);
    added.forEach((upload) => { upload.grant = grant; });
    this.#addRows(added);
    this.#quarter = -1;
    this.#announce(this.#speech.say('chosen', { n: this.#uploads.length }));
  }

  #refuse(refusals) {
    const say = (word, n) => this.#speech.say(word, { n });
    const lines = refusals.slice(0, 5).map(({ name, word }) => `${name}: ${say(word, this.maxFiles)}`);
    if (refusals.length > 5) lines.push(say('more', refusals.length - 5));
    this.#part('refused').replaceChildren(...lines.map((line) => node('li', {}, line)));
    lines.forEach((line) => this.#announce(line, 'assertive'));
  }

  /** Leaves files in the input while they are on their way, for browsers that give them back. */
  #keepFiles() {
    const transfer = new DataTransfer();
    this.#uploads.forEach(({ file, receipt }) => { if (file && !receipt) transfer.items.add(file); });
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
      if (entry.isFile || this.folders) chosen.push(...await filesOf(entry));
      else refusals.push({ name: entry.name, word: 'folders' });
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
    const rows = uploads.map((upload) => new Row(upload, this.#speech, actions));
    rows.forEach((row) => this.#rows.set(row.upload, row));
    this.#part('list').append(...rows.map(({ element }) => element));
  }

  #uploadAt(target) {
    return this.#uploads.find((upload) => this.#rows.get(upload).element.contains(target));
  }

  /** Moves the neighbours, never the row itself, so the focus stays. */
  #move(upload, to) {
    const from = this.#uploads.indexOf(upload);
    const { element } = this.#rows.get(upload);
    this.#uploads.splice(to, 0, ...this.#uploads.splice(from, 1));
    for (let at = from; at < to; at++) element.before(element.nextElementSibling);
    for (let at = from; at > to; at--) element.after(element.previousElementSibling);
  }

  #step(upload, by) {
    const to = this.#uploads.indexOf(upload) + by;
    if (this.#uploads[to]) this.#move(upload, to);
    this.#rows.get(upload).element.scrollIntoView({ block: 'nearest' });
    this.#moved(upload);
  }

  #moved(upload) {
    const n = this.#uploads.indexOf(upload) + 1;
    this.#announce(this.#speech.say('position', { name: upload.name, n, total: this.#uploads.length }));
    this.#update(true);
  }

  #onKey(event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!event.altKey || !by) return;
    event.preventDefault();
    this.#step(this.#uploadAt(event.target), by);
  }

  #onGrip(event) {
    const { target, button: which, pointerId } = event;
    if (which || !target.classList.contains('grip')) return;
    const upload = this.#uploadAt(target);
    const { classList } = this.#rows.get(upload).element;
    const from = this.#uploads.indexOf(upload);
    event.preventDefault();
    target.setPointerCapture(pointerId);
    classList.add('dragged');
    target.onpointermove = ({ clientY }) => this.#follow(upload, clientY);
    target.onlostpointercapture = () => {
      target.onpointermove = null;
      classList.remove('dragged');
      if (this.#uploads.indexOf(upload) !== from) this.#moved(upload);
    };
  }

  /** A row changes places with neighbours whose middle the pointer has passed. */
  #follow(upload, y) {
    const list = this.#part('list');
    const { top, bottom } = list.getBoundingClientRect();
    list.scrollBy(0, y < top + 32 ? -12 : y > bottom - 32 ? 12 : 0);
    const middle = (index) => {
      const box = this.#rows.get(this.#uploads[index])?.element.getBoundingClientRect();
      return box && box.top + box.height / 2;
    };
    let at = this.#uploads.indexOf(upload);
    while (y < middle(at - 1)) this.#move(upload, --at);
    while (y > middle(at + 1)) this.#move(upload, ++at);
  }

  #remove(upload) {
    const next = this.#uploads[this.#uploads.indexOf(upload) + 1];
    const hadFocus = this.#rows.get(upload).element.contains(this.#root.activeElement);
    this.#drop(upload);
    if (hadFocus) (this.#rows.get(next)?.buttons.at(-1) ?? this.#part('zone')).focus();
    this.#announce(this.#speech.say('removed', { name: upload.name }));
    this.#update(true);
  }

  #drop(upload) {
    this.#rows.get(upload).element.remove();
    this.#rows.delete(upload);
    this.#uploads.splice(this.#uploads.indexOf(upload), 1);
    upload.terminate();
    this.#keepFiles();
  }

  // The form

  #setValue() {
    const { name, value, light } = this;
    const data = new FormData();
    value.forEach((receipt) => data.append(name, receipt));
    this.#internals.setFormValue(name && !light ? data : null, this.#state);
    this.querySelectorAll('[slot=value]').forEach((input) => input.remove());
    if (light) this.append(...value.map((receipt) => node('input', { type: 'hidden', slot: 'value', name, value: receipt })));
    this.#validate();
  }

  #validate() {
    const n = this.#failed.length;
    const invalid = (flag, word, count) => this.#internals.setValidity({ [flag]: true }, this.#speech.say(word, { n: count }), this.#part('zone'));
    if (n && this.pending !== 'ignore') invalid('customError', 'failed', n);
    else if (this.#isPending && this.pending === 'block') invalid('customError', 'pending');
    else if (this.required && !this.#uploads.length) invalid('valueMissing', 'choose', this.maxFiles);
    else this.#internals.setValidity({});
  }

  #onSubmit(event) {
    if (event.target !== this.form || this.pending === 'ignore' || !this.#isPending) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (this.pending === 'block') return void this.reportValidity();
    if (!this.#held) this.#announce(this.#speech.say('held'));
    this.#held = event;
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

  /** What brings the list back. Files that were on their way are missing then. */
  get #state() {
    return JSON.stringify(this.#uploads.map(({ name, size, type, modified, path, receipt, url, state }) => (
      { name, size, type, modified, path, receipt, url: receipt && url, state: receipt ? state : 'missing' })));
  }

  get #reloadKey() {
    return `upload-receipts ${location.href} ${this.name}`;
  }

  /** Chromium does not restore forms after a reload. */
  #restoreReloaded() {
    const state = attempt(() => sessionStorage[this.#reloadKey]);
    attempt(() => delete sessionStorage[this.#reloadKey]);
    if (state && performance.getEntriesByType('navigation')[0]?.type === 'reload') this.#restore(state);
  }

  #restore(state) {
    if (this.#uploads.length) return;
    this.#uploads = JSON.parse(state).map((facts) => (
      this.#upload({ ...facts, known: facts.state, isTold: true, sent: facts.receipt ? facts.size : 0 })));
    this.#addRows(this.#uploads);
    this.#uploads.filter(({ state: at }) => at === 'processing').forEach(verdicts.await);
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
    this.#rows.forEach((row) => row.draw(this.#speech));
    this.#draw();
  }

  #drawSoon() {
    this.#timer ??= setTimeout(() => this.#draw(), DRAW_MS);
  }

  #draw() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#dirty.forEach((upload) => this.#rows.get(upload)?.draw(this.#speech));
    this.#part('status').textContent = this.#status();
    this.#part('empty').hidden = this.#uploads.length > 0;
    this.#part('again').hidden = this.#failed.filter(({ problem }) => problem?.isWorthTrying).length < 2;
    if (this.#dirty.size) this.#showProgress();
    this.#dirty.clear();
  }

  #status() {
    const n = this.#uploads.length;
    const failed = this.#failed.length;
    const done = this.#uploads.filter(({ state }) => state === 'done').length;
    const say = (word, values) => this.#speech.say(word, values);
    if (!n) return say('none');
    if (this.#held) return say('held');
    const text = done === n ? say('all', { n }) : say('uploaded', { done, n });
    return failed ? `${text}, ${say('failed', { n: failed })}` : text;
  }

  /** Announced at the start and at each quarter, but no more often than every ten seconds. */
  #showProgress() {
    const total = this.#uploads.reduce((sum, { size }) => sum + size, 0);
    const sent = this.#uploads.reduce((sum, upload) => sum + upload.sent, 0);
    this.#dispatch('progress', { sent, total });
    const quarter = Math.floor((4 * sent) / total) || 0;
    const isEarly = quarter && Date.now() - this.#spoke < 10_000;
    if (!this.#isPending || quarter <= this.#quarter || quarter > 3 || isEarly) return;
    this.#quarter = quarter;
    this.#spoke = Date.now();
    this.#announce(quarter ? this.#speech.say('percent', { percent: this.#speech.percent(quarter / 4) }) : this.#speech.say('start'));
  }

  /** Each is a node of its own, so none takes another's place before it is read. */
  #announce(text, region = 'polite') {
    const line = node('p', {}, text);
    this.#part(region).append(line);
    setTimeout(() => line.remove(), 15_000);
  }
}

if (globalThis.customElements && !customElements.get('upload-receipts')) customElements.define('upload-receipts', UploadReceipts);
