/*
 * <upload-receipts>: a form field that uploads files as they are chosen, and submits their receipts in their order.
 *
 *   <form action="/orders" method="post">
 *     <upload-receipts name="receipt" endpoint="/uploads" max-files="60" required>
 *       <label>Photos <input type="file" name="file" multiple></label>
 *     </upload-receipts>
 *
 * It speaks tus 1.0.0 to UploadFilter. Sections: Words, Nodes, Looks, Requests, Memory, Awake, Verdicts, Upload,
 * Choosing, Row, Element.
 */

// ── Words ──────────────────────────────────────────────────────────────────────────────────────────────────────

const WORDS = {
  en: {
    label: 'Files',
    choose: { one: 'Choose a file', other: 'Choose files' },
    drop: { one: 'or drop it here', other: 'or drop them here' },
    folder: 'Choose a folder',
    none: 'No file chosen',
    chosen: { one: '{n} file chosen', other: '{n} files chosen' },
    start: { one: 'Uploading {n} file', other: 'Uploading {n} files' },
    uploaded: '{done} of {n} uploaded',
    all: { one: '{n} file uploaded', other: 'All {n} files uploaded' },
    percent: '{percent} uploaded',
    part: '{sent} of {size}',
    waiting: 'Waiting',
    again: 'Interrupted, trying again…',
    offline: 'No connection. The upload continues when it is back.',
    done: 'Uploaded',
    processing: 'Being checked…',
    missing: 'Interrupted. Choose this file again, and its upload continues.',
    remove: 'Remove {name}',
    up: 'Move {name} up',
    down: 'Move {name} down',
    retry: 'Try {name} again',
    retryAll: 'Try all again',
    position: '{name}, position {n} of {total}',
    removed: '{name} removed',
    held: 'The form is sent when all files are uploaded.',
    pending: 'Wait until all files are uploaded.',
    failed: { one: '{n} file was not uploaded', other: '{n} files were not uploaded' },
    required: { one: 'Choose a file.', other: 'Choose at least one file.' },
    wrongType: 'Files of this type are not accepted.',
    tooMany: { one: 'Only {n} file can be chosen.', other: 'At most {n} files can be chosen.' },
    isFolder: 'Folders are not accepted.',
    empty: 'The file is empty.',
    twice: 'The file is already in the list.',
    more: { one: 'and {n} more', other: 'and {n} more' },
    changed: 'The file was changed, moved or deleted. Choose it again.',
    tooLarge: 'The file is larger than {limit}.',
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
    start: { one: '{n} Datei wird hochgeladen', other: '{n} Dateien werden hochgeladen' },
    uploaded: '{done} von {n} hochgeladen',
    all: { one: '{n} Datei hochgeladen', other: 'Alle {n} Dateien hochgeladen' },
    percent: '{percent} hochgeladen',
    part: '{sent} von {size}',
    waiting: 'Wartet',
    again: 'Unterbrochen, neuer Versuch…',
    offline: 'Keine Verbindung. Es geht weiter, sobald sie wieder da ist.',
    done: 'Hochgeladen',
    processing: 'Wird geprüft…',
    missing: 'Unterbrochen. Wählen Sie diese Datei noch einmal aus, dann geht es weiter.',
    remove: '{name} entfernen',
    up: '{name} nach oben',
    down: '{name} nach unten',
    retry: '{name} noch einmal versuchen',
    retryAll: 'Alle noch einmal versuchen',
    position: '{name}, Platz {n} von {total}',
    removed: '{name} entfernt',
    held: 'Das Formular wird gesendet, sobald alle Dateien hochgeladen sind.',
    pending: 'Warten Sie, bis alle Dateien hochgeladen sind.',
    failed: { one: '{n} Datei wurde nicht hochgeladen', other: '{n} Dateien wurden nicht hochgeladen' },
    required: { one: 'Wählen Sie eine Datei aus.', other: 'Wählen Sie mindestens eine Datei aus.' },
    wrongType: 'Dateien dieser Art werden nicht angenommen.',
    tooMany: { one: 'Nur {n} Datei ist möglich.', other: 'Höchstens {n} Dateien sind möglich.' },
    isFolder: 'Ordner werden nicht angenommen.',
    empty: 'Die Datei ist leer.',
    twice: 'Die Datei ist schon in der Liste.',
    more: 'und {n} weitere',
    changed: 'Die Datei wurde geändert, verschoben oder gelöscht. Wählen Sie sie noch einmal aus.',
    tooLarge: 'Die Datei ist größer als {limit}.',
    unreachable: 'Der Server ist nicht erreichbar.',
    refused: 'Der Server hat die Datei nicht angenommen.',
  },
};

/** The language of the nearest ancestor that says one, also outside of shadow trees. */
function languageOf(element) {
  for (let node = element; node; node = node.getRootNode().host) {
    const lang = node.closest('[lang]')?.lang;
    if (lang) return lang;
  }
  return 'en';
}

/** Says words in the language of an element, as say('chosen', { n: 3 }). */
class Speech {
  constructor(element) {
    const lang = languageOf(element);
    const own = WORDS[lang.split('-')[0].toLowerCase()];
    this.words = { ...WORDS.en, ...own, ...element.messages };
    this.lang = own || element.messages ? lang : 'en';
    try {
      this.plural = new Intl.PluralRules(this.lang);
    } catch { // not a language tag, such as en_US
      this.lang = 'en';
      this.plural = new Intl.PluralRules('en');
    }
  }

  say(key, values = {}) {
    const word = this.words[key];
    const text = word.other ? word[this.plural.select(values.n)] ?? word.other : word;
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

// ── Nodes ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Creates an element. Nothing here is parsed from text, so Trusted Types have nothing to object to. */
function node(tag, properties = {}, ...children) {
  const created = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key in created) created[key] = value;
    else created.setAttribute(key, value);
  }
  created.append(...children);
  return created;
}

const ICONS = {
  up: 'M8 13V3M3.5 7.5 8 3l4.5 4.5',
  down: 'M8 3v10M3.5 8.5 8 13l4.5-4.5',
  remove: 'm4 4 8 8m0-8-8 8',
  retry: 'M13 8a5 5 0 1 1-1.6-3.7L13 6M13 2.5V6H9.5',
};

function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS(svg.namespaceURI, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(path);
  return svg;
}

// ── Looks ──────────────────────────────────────────────────────────────────────────────────────────────────────

const CSS = `
:host {
  --accent: var(--upload-receipts-accent, light-dark(#0b57d0, #a8c7fa));
  --error: var(--upload-receipts-error, light-dark(#b3261e, #ffb4ab));
  --radius: var(--upload-receipts-radius, .625rem);
  --line: color-mix(in srgb, currentColor 20%, transparent);
  --quiet: color-mix(in srgb, currentColor 72%, transparent);
  display: block; font: inherit; color: inherit; line-height: 1.4; text-align: start;
}
:host([hidden]), [hidden] { display: none !important }
*, ::before { box-sizing: border-box }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0; margin: 0; cursor: pointer }
button:disabled { cursor: default; opacity: .55 }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.label { display: block; font-weight: 600; margin-block-end: .375rem }

.zone {
  display: flex; flex-wrap: wrap; align-items: center; justify-content: center; gap: .25rem .75rem;
  inline-size: 100%; min-block-size: 5rem; padding: 1rem; border: 1.5px dashed var(--quiet); border-radius: var(--radius);
  text-align: center;
}
.zone:hover:enabled, .over .zone { border-color: var(--accent) }
.over .zone { border-style: solid; background: color-mix(in srgb, var(--accent) 10%, transparent) }
.pill { font-weight: 600; color: var(--accent); padding: .375rem 1rem; border: 1.5px solid; border-radius: 99px }
.drop, .size, .note { color: var(--quiet) }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1rem; min-block-size: 2.75rem; font-size: .9375em }
.status { flex: 1; margin: 0 }
.text { color: var(--accent); font-weight: 600; min-block-size: 2rem; padding-inline: .5rem; border-radius: var(--radius) }

ol { list-style: none; margin: 0; padding: 0; counter-reset: row; max-block-size: var(--upload-receipts-list-size, 30rem); overflow: auto }
li.row {
  counter-increment: row; position: relative; display: grid; grid-template-columns: auto 1fr auto; column-gap: .75rem;
  align-items: center; padding-block: .5rem .625rem; padding-inline: .25rem; border-block-start: 1px solid var(--line);
}
li.row:nth-child(n + 200) { content-visibility: auto; contain-intrinsic-block-size: auto 4rem }
.grip { min-inline-size: 2rem; padding-block: .5rem; text-align: center; color: var(--quiet); font-variant-numeric: tabular-nums; cursor: grab; touch-action: none; user-select: none }
.grip::before { content: counter(row) }
.row:only-child .grip, .row:only-child .move { visibility: hidden }
.what { min-inline-size: 0 }
.name { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.meta { display: block; font-size: .875em; font-variant-numeric: tabular-nums }
.size:not(:empty) + .note:not(:empty)::before { content: " · " }
.buttons { display: flex }
.buttons button { inline-size: 2.25rem; block-size: 2.25rem; display: grid; place-items: center; border-radius: 50%; color: var(--quiet) }
.buttons button:hover { color: inherit; background: var(--line) }
svg { inline-size: 1rem; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round }
progress {
  appearance: none; position: absolute; inset-inline: 3rem .25rem; inset-block-end: 0; inline-size: auto; block-size: 3px;
  border: 0; border-radius: 2px; background: var(--line); color: var(--accent); overflow: hidden;
}
::-webkit-progress-bar { background: none }
::-webkit-progress-value { background: var(--accent); transition: inline-size .2s }
::-moz-progress-bar { background: var(--accent) }
progress:indeterminate { background: linear-gradient(90deg, var(--line) 30%, var(--accent) 50%, var(--line) 70%) 0 / 200% }
.failed .note, .refused { color: var(--error) }
.failed { box-shadow: inset .25rem 0 var(--error) }
.failed .note, .refused li { font-weight: 600 }
.failed .note::before, .refused li::before { content: "⚠ " / "" }
.refused { margin: .5rem 0 0; padding: 0; list-style: none; font-size: .875em; overflow-wrap: anywhere }
.dragged { background: color-mix(in srgb, var(--accent) 10%, transparent); cursor: grabbing }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }

@media (hover: hover) {
  .move { opacity: 0 }
  .row:hover .move, .row:focus-within .move { opacity: 1 }
}
@media (pointer: coarse) {
  .buttons button { inline-size: 2.75rem; block-size: 2.75rem }
  .grip, .text { min-block-size: 2.75rem; align-content: center }
}
@media (hover: none) { .drop { display: none } }
@media (forced-colors: active) {
  progress { forced-color-adjust: none; background: Canvas; border: 1px solid CanvasText; block-size: 6px; --accent: Highlight }
  .failed { border-inline-start: .25rem solid Mark }
}
@media (prefers-reduced-motion: no-preference) {
  progress:indeterminate { animation: move 1.5s linear infinite }
  .zone, .move { transition: border-color .15s, background-color .15s, opacity .15s }
}
@keyframes move { from { background-position-x: 200% } }
`;

let sheet;
/** One sheet for all elements. A constructed one needs no permission by style-src. */
function styles() {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  return sheet;
}

// ── Requests ───────────────────────────────────────────────────────────────────────────────────────────────────

const SILENCE_MS = 60_000; // the server ends a silent request after 20 s; a longer silence is a dead connection
const STORING_MS = 180_000; // from the last byte to the response: the server forces the file to disk

/** What went wrong: a response that refuses (RFC 9457), or status 0 if there was none. */
class Problem extends Error {
  constructor(status, details = {}, retryAfter = null) {
    super(details.detail || details.title || '');
    this.status = status;
    this.type = details.type?.split('#')[1] ?? '';
    this.limit = details.limit;
    this.retryAfter = retryAfter;
    this.word = details.word; // the key of our own words for it
  }

  static of(xhr) {
    let details = {};
    try {
      details = JSON.parse(xhr.responseText) ?? {};
    } catch {
      // a front server's own page: the status has to do
    }
    const after = xhr.getResponseHeader('Retry-After');
    const seconds = after === null ? null : Number.isNaN(+after) ? (Date.parse(after) - Date.now()) / 1000 : +after;
    return new Problem(xhr.status, details, seconds);
  }

  get isPassing() {
    return [0, 408, 409, 423, 425, 429].includes(this.status) || (this.status >= 500 && this.status !== 501);
  }

  text(speech) {
    if (this.word) return speech.say(this.word);
    if (this.type === 'file-too-large' && this.limit) return speech.say('tooLarge', { limit: speech.bytes(this.limit) });
    return this.message || speech.say(this.status === 0 || this.status >= 500 ? 'unreachable' : 'refused');
  }
}

/** Sends a request by XMLHttpRequest, because fetch does not tell how far an upload is. Returns a 2xx response, or throws. */
function send(method, url, { headers = {}, body = null, credentials = false, signal, onProgress } = {}) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const xhr = new XMLHttpRequest();
    const stop = () => xhr.abort();
    let silence;
    const expectWithin = (ms) => {
      clearTimeout(silence);
      silence = setTimeout(stop, ms);
    };
    xhr.open(method, url);
    xhr.withCredentials = credentials;
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = ({ loaded }) => {
      expectWithin(SILENCE_MS);
      onProgress?.(loaded);
    };
    xhr.upload.onload = () => expectWithin(STORING_MS);
    xhr.onloadend = () => {
      clearTimeout(silence);
      signal?.removeEventListener('abort', stop);
      if (xhr.status >= 200 && xhr.status < 300) resolve(xhr);
      else reject(signal?.aborted ? signal.reason : Problem.of(xhr));
    };
    signal?.addEventListener('abort', stop);
    expectWithin(SILENCE_MS);
    xhr.send(body);
  });
}

/** Waits, but no longer than until the network is back. */
function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener('online', end);
      signal.removeEventListener('abort', end);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(end, ms);
    addEventListener('online', end);
    signal.addEventListener('abort', end);
  });
}

// ── Memory ─────────────────────────────────────────────────────────────────────────────────────────────────────

const DAY_MS = 86_400_000;

/** Runs an action on the object store that outlives a reload. Without IndexedDB nothing is remembered. */
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

/** Where uploads continue: a hash of what the file is, to the sealed URL of its upload. Neither can be read. */
const memory = {
  /** Returns a hash, or undefined where the page is not secure and the browser has none. */
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
      memory.sweep(store);
      store.put({ url, expires }, key);
    });
  },

  forget(key) {
    return key && stored('readwrite', (store) => store.delete(key));
  },

  forgetAll() {
    return stored('readwrite', (store) => store.clear());
  },

  sweep(store) {
    store.openCursor().onsuccess = ({ target: { result: cursor } }) => {
      if (cursor?.value.expires < Date.now()) cursor.delete();
      cursor?.continue();
    };
  },
};

const LEAST_CHUNK = 512 * 1024;

/** How many bytes a request to an origin may have, where something on the way has a limit. Kept for a day. */
const chunks = {
  key: (url) => `upload-receipts ${new URL(url).origin}`,

  limit(url) {
    try {
      const { bytes, until } = JSON.parse(localStorage.getItem(chunks.key(url)));
      return until > Date.now() ? bytes : Infinity;
    } catch {
      return chunks[chunks.key(url)] ?? Infinity;
    }
  },

  lower(url, bytes) {
    const limit = Math.max(LEAST_CHUNK, Math.floor(Math.min(bytes, chunks.limit(url) / 2)));
    chunks[chunks.key(url)] = limit;
    try {
      localStorage.setItem(chunks.key(url), JSON.stringify({ bytes: limit, until: Date.now() + DAY_MS }));
    } catch {
      // storage is off: the page itself remembers
    }
  },
};

// ── Awake ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** While bytes move, the screen stays on, and leaving the page asks first. */
const awake = {
  moving: 0,
  lock: undefined,

  begin() {
    if (awake.moving++) return;
    addEventListener('beforeunload', awake.ask);
    document.addEventListener('visibilitychange', awake.take);
    awake.take();
  },

  end() {
    if (--awake.moving) return;
    removeEventListener('beforeunload', awake.ask);
    document.removeEventListener('visibilitychange', awake.take);
    awake.lock?.then((lock) => lock?.release());
    awake.lock = undefined;
  },

  /** A browser takes its lock back whenever the page is hidden. */
  take() {
    if (document.visibilityState === 'visible') awake.lock = navigator.wakeLock?.request('screen').catch(() => {});
  },

  ask(event) {
    event.preventDefault();
  },
};

// ── Verdicts ───────────────────────────────────────────────────────────────────────────────────────────────────

const STREAMS = 2; // HTTP/1.1 has six connections to a host, of which uploads need three
const POLL_MS = 3_000;

/** Learns what the application says of stored uploads: by event streams for a few, by polling for the others. */
const verdicts = {
  open: new Map(), // upload → its EventSource, or null while it is polled
  timer: undefined,

  await(upload) {
    verdicts.open.set(upload, null);
    verdicts.next();
  },

  end(upload) {
    verdicts.open.get(upload)?.close();
    verdicts.open.delete(upload);
    verdicts.next();
  },

  next() {
    const streams = [...verdicts.open.values()].filter(Boolean).length;
    const waiting = [...verdicts.open.keys()].filter((upload) => !verdicts.open.get(upload) && !upload.streamFailed);
    waiting.slice(0, STREAMS - streams).forEach(verdicts.listen);
    if (verdicts.open.size) verdicts.timer ??= setTimeout(verdicts.poll, POLL_MS);
  },

  listen(upload) {
    const source = new EventSource(`${upload.url}/events`, { withCredentials: upload.client.credentials });
    verdicts.open.set(upload, source);
    source.addEventListener('status', ({ data }) => verdicts.hear(upload, JSON.parse(data)));
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return; // it connects again by itself
      upload.streamFailed = true;
      if (verdicts.open.has(upload)) verdicts.open.set(upload, null);
    };
  },

  /** Asks for those without an open stream, a few at a time, those first that have waited longest. */
  async poll() {
    const silent = [...verdicts.open].filter(([, source]) => source?.readyState !== EventSource.OPEN).map(([upload]) => upload);
    for (const upload of silent.slice(0, 3)) {
      await verdicts.askFor(upload).catch(() => {}); // the next round asks again
      if (verdicts.open.has(upload)) {
        const source = verdicts.open.get(upload);
        verdicts.open.delete(upload);
        verdicts.open.set(upload, source);
      }
    }
    verdicts.timer = undefined;
    verdicts.next();
  },

  async askFor(upload) {
    const status = await upload.askStatus().catch((problem) => {
      if (problem.isPassing) throw problem;
      return { status: 'refused', message: '' };
    });
    if (verdicts.open.has(upload)) verdicts.hear(upload, status);
  },

  hear(upload, verdict) {
    if (verdict.status !== 'processing') verdicts.end(upload);
    upload.judge(verdict);
  },
};

// ── Upload ─────────────────────────────────────────────────────────────────────────────────────────────────────

const MOST_TRIES = 15; // without a byte of progress: about ten minutes
const SAME_PLACE = 65_536;
let keys = 0;

const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

/** Fails if the browser cannot read a file any more, and for what only looks like a file. */
function requireReadable(file) {
  return file.slice(0, 1).arrayBuffer().catch(() => {
    throw new Problem(400, { word: 'changed' });
  });
}

/** What permits a number of files: a ticket for all of them, or one for each. Asked for when the first one begins. */
class Grant {
  constructor(client, uploads) {
    Object.assign(this, { client, uploads });
  }

  async headers(upload, signal) {
    const { client } = this;
    if (client.ticket) return { 'Upload-Ticket': client.ticket, 'Upload-Slot': upload.slot ??= client.takeSlot() };
    if (!client.ticketEndpoint) return {};
    this.asked ??= this.ask();
    const { ticket, tickets } = await this.asked.catch((problem) => {
      this.asked = undefined;
      throw problem;
    });
    signal.throwIfAborted();
    const index = this.uploads.indexOf(upload);
    return tickets ? { 'Upload-Ticket': tickets[index] } : { 'Upload-Ticket': ticket, 'Upload-Slot': index };
  }

  async ask() {
    const files = this.uploads.map(({ name, type, size, path }) => ({ name, type, size, path }));
    const url = this.client.ticketEndpoint;
    const headers = { 'Content-Type': 'application/json', Accept: 'application/json', ...this.client.headers(url) };
    return JSON.parse((await send('POST', url, { headers, body: JSON.stringify({ files }) })).responseText);
  }
}

/** One file on its way: waiting, uploading, processing, done, failed; or missing, if a reload has lost the file. */
class Upload {
  state = 'waiting';
  sent = 0;
  #tries = 0;
  #renewals = 0;
  #unsure = false; // whether only the server knows how much has arrived
  #broken; // where and after how many bytes the last request broke

  constructor(client, facts) {
    this.client = client;
    this.key = String(++keys);
    Object.assign(this, facts);
  }

  static of(client, file, path) {
    const { name, size, type, lastModified: modified } = file;
    return new Upload(client, { file, name, size, type, modified, path: path || undefined });
  }

  get isPending() {
    return ['waiting', 'uploading', 'processing'].includes(this.state);
  }

  isOf({ name, size, modified, path }) {
    return this.name === name && this.size === size && this.modified === modified && this.path === path;
  }

  #become(state, facts = {}) {
    Object.assign(this, facts, { state });
    this.client.changed(this);
  }

  async run() {
    const stop = this.stop = new AbortController();
    awake.begin();
    this.#become('uploading', { problem: undefined });
    try {
      await this.#bring(stop.signal);
      memory.forget(this.memoryKey);
      this.#become(this.processing ? 'processing' : 'done', { sent: this.size });
      if (this.processing) verdicts.await(this);
    } catch (problem) {
      this.interrupted = false;
      this.#unsure = true;
      if (this.stop === stop) this.#become(stop.signal.aborted ? 'waiting' : 'failed', { problem });
    } finally {
      awake.end();
    }
  }

  pause() {
    this.stop?.abort();
  }

  retry() {
    this.#tries = this.#renewals = 0;
    if (this.file) this.#become('waiting', { problem: undefined });
  }

  /** Goes on with a file that was chosen again after a reload. */
  found(file) {
    this.file = file;
    this.retry();
  }

  /** Ends the upload for good, here and on the server. */
  terminate() {
    const { stop, url } = this;
    this.stop = undefined;
    stop?.abort();
    verdicts.end(this);
    memory.forget(this.memoryKey);
    if (url && this.state !== 'ended') send('DELETE', url, this.#options()).catch(() => {}); // it expires anyway
    this.state = 'ended';
  }

  // The way of the bytes

  async #bring(signal) {
    await requireReadable(this.file);
    await this.#recall();
    while (!this.receipt) {
      try {
        if (!this.url) await this.#create(signal);
        else if (this.#unsure || this.sent === this.size) await this.#askOffset(signal);
        if (!this.receipt) await this.#append(signal);
      } catch (problem) {
        signal.throwIfAborted();
        await this.#recover(problem, signal);
      }
    }
  }

  async #recall() {
    if (this.url) return;
    const { client, name, size, modified, path } = this;
    this.memoryKey ??= await memory.key(name, size, modified, path, client.endpoint, client.owner);
    this.url = await memory.recall(this.memoryKey);
    this.#unsure = true;
  }

  #options(headers = {}) {
    const { client } = this;
    return { credentials: client.credentials, headers: { 'Tus-Resumable': '1.0.0', ...client.headers(client.endpoint), ...headers } };
  }

  async #create(signal) {
    const { client, name, type, path, size } = this;
    const metadata = Object.entries({ filename: name, filetype: type, relativePath: path })
      .filter(([, value]) => value).map(([key, value]) => `${key} ${base64(value)}`).join();
    this.grant ??= new Grant(client, [this]);
    const permit = await this.grant.headers(this, signal);
    const response = await send('POST', client.endpoint, {
      ...this.#options({ 'Upload-Length': size, 'Upload-Metadata': metadata, ...permit }), signal,
    });
    this.url = new URL(response.getResponseHeader('Location'), client.endpoint).href;
    this.sent = 0;
    this.#unsure = false;
    this.#read(response);
    const expires = Date.parse(response.getResponseHeader('Upload-Expires')) || Date.now() + DAY_MS;
    if (!this.receipt) await memory.remember(this.memoryKey, this.url, expires);
  }

  async #askOffset(signal) {
    const { ticket } = this.client; // an upload under another ticket is another order's, and gets 404
    const response = await send('HEAD', this.url, { ...this.#options(ticket && { 'Upload-Ticket': ticket }), signal });
    const offset = Number(response.getResponseHeader('Upload-Offset'));
    if (offset > this.sent) this.#tries = 0;
    this.sent = offset;
    this.#unsure = false;
    this.#read(response);
    if (offset === this.size && !this.receipt) throw new Problem(500);
  }

  async #append(signal) {
    const begin = this.sent;
    const end = Math.min(this.size, begin + chunks.limit(this.url));
    const headers = { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': begin };
    try {
      const response = await send('PATCH', this.url, {
        ...this.#options(headers),
        body: begin || end < this.size ? this.file.slice(begin, end) : this.file,
        signal,
        onProgress: (loaded) => this.#progress(begin + loaded),
      });
      this.#progress(Number(response.getResponseHeader('Upload-Offset')));
      this.#tries = 0;
      this.#read(response);
    } catch (problem) {
      this.#noteBreak(problem, begin, end);
      throw problem;
    }
  }

  #progress(sent) {
    this.sent = sent;
    this.interrupted = false;
    this.client.changed(this);
  }

  #read(response) {
    this.receipt = response.getResponseHeader('Upload-Receipt') ?? undefined;
    this.processing = response.getResponseHeader('Upload-Status') === 'processing';
    if (response.getResponseHeader('Upload-Status') === 'refused') throw this.#refusal(response);
  }

  /** Finds out that a proxy takes only so many bytes: it says 413, or requests break twice at the same place. */
  #noteBreak({ status, type }, begin, end) {
    const passed = this.sent - begin;
    if (status === 413 && !type && end - begin > LEAST_CHUNK) chunks.lower(this.url, (end - begin) / 2);
    if (![0, 502, 504].includes(status) || !navigator.onLine) return;
    if (this.#broken && Math.abs(this.#broken - begin) < SAME_PLACE) chunks.lower(this.url, (passed || end - begin) / 2);
    this.#broken = begin || 1;
  }

  /** Makes the next attempt possible, when it is time for it; or throws what cannot be helped. */
  async #recover(problem, signal) {
    if (!(problem instanceof Problem)) throw problem;
    const { status, type } = problem;
    this.#unsure = true;
    if (!status) await requireReadable(this.file);
    if (this.url && [404, 410].includes(status) && this.#renewals++ < 3) return this.#renew();
    if (!this.url && type === 'slot-taken' && this.client.ticket) return void (this.slot = undefined);
    if ([401, 403].includes(status) && this.client.ticketEndpoint && !this.url && !this.renewed) {
      this.renewed = true;
      this.grant = undefined;
      return;
    }
    if (status === 413 && !type && this.url && chunks.limit(this.url) < this.size && ++this.#tries < MOST_TRIES) return;
    if (!problem.isPassing || ++this.#tries > MOST_TRIES) throw problem;
    await this.#wait(problem.retryAfter, signal);
  }

  #renew() {
    memory.forget(this.memoryKey);
    this.url = undefined;
    this.sent = 0;
    this.slot = undefined;
    if (this.grant?.asked) this.grant = undefined; // its slot is used
  }

  async #wait(retryAfter, signal) {
    this.interrupted = true;
    this.client.changed(this);
    if (!navigator.onLine) {
      this.#tries = 0;
      await pause(30_000, signal); // some systems are wrong about being offline
      return;
    }
    const backOff = Math.min(60, 2 ** (this.#tries - 1)) * (0.5 + Math.random() / 2);
    await pause(1000 * Math.max(retryAfter ?? 0, backOff), signal);
  }

  // What the application says

  async askStatus() {
    const response = await send('HEAD', this.url, this.#options());
    const status = response.getResponseHeader('Upload-Status') ?? 'done';
    return { status, message: status === 'refused' ? this.#refusal(response).message : '' };
  }

  #refusal(response) {
    const text = response.getResponseHeader('Upload-Message') ?? '';
    let message = text;
    try {
      message = decodeURIComponent(text.replace(/^UTF-8''/i, ''));
    } catch {
      // not encoded: as it is
    }
    return new Problem(422, { detail: message });
  }

  judge({ status, message, data }) {
    this.data = data;
    this.message = message;
    if (status === 'refused') this.#become('failed', { receipt: undefined, isFinal: true, problem: new Problem(422, { detail: message }) });
    else this.#become(status === 'processing' ? status : 'done');
  }
}

// ── Choosing ───────────────────────────────────────────────────────────────────────────────────────────────────

const JUNK = ['.DS_Store', 'Thumbs.db', 'desktop.ini'];

/** Whether a file is among those of an accept attribute. */
function isAccepted({ name, type }, accept) {
  const wanted = accept.split(',').map((each) => each.trim().toLowerCase()).filter(Boolean);
  return !wanted.length || wanted.some((each) => (each.startsWith('.')
    ? name.toLowerCase().endsWith(each)
    : type === each || (each.endsWith('/*') && type.startsWith(each.slice(0, -1)))));
}

const promised = (object, method) => new Promise((resolve, reject) => { object[method](resolve, reject); });

/** Returns the files of an entry. readEntries gives a hundred at a time, and an empty array at the end. */
async function filesIn(entry) {
  if (entry.isFile) return [{ file: await promised(entry, 'file'), path: entry.fullPath.slice(1) }];
  const reader = entry.createReader();
  const children = [];
  for (let some; !some || some.length; children.push(...some)) some = await promised(reader, 'readEntries');
  children.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  const found = [];
  for (const child of children) found.push(...await filesIn(child));
  return found;
}

/** Returns what was dropped: files, and folders by name if they are not wanted. Entries are gone when the event ends. */
async function dropped({ items, files }, foldersWanted) {
  const entries = Array.from(items, (item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const chosen = [];
  const folders = entries.filter((entry) => entry.isDirectory);
  if (!folders.length) return { chosen: Array.from(files, (file) => ({ file })), folders: [] };
  for (const entry of entries) {
    if (entry.isFile) chosen.push({ file: await promised(entry, 'file') });
    else if (foldersWanted) chosen.push(...await filesIn(entry));
  }
  return { chosen, folders: foldersWanted ? [] : folders.map(({ name }) => name) };
}

// ── Row ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The row of an upload. Its buttons call actions[name](upload). */
class Row {
  constructor(upload, speech, actions) {
    const { key, name, path } = upload;
    const button = (action, className = '') => node('button', {
      type: 'button', class: `${action} ${className}`, part: `button ${action}`, 'aria-describedby': `note-${key}`,
      onclick: () => actions[action](upload),
    }, icon(action));
    this.upload = upload;
    this.size = node('span', { class: 'size', part: 'size' });
    this.note = node('span', { class: 'note', part: 'note', id: `note-${key}` });
    this.progress = node('progress', { part: 'progress', max: 1, 'aria-labelledby': `name-${key}` });
    this.buttons = { retry: button('retry'), up: button('up', 'move'), down: button('down', 'move'), remove: button('remove') };
    this.element = node('li', { class: 'row', part: 'row' },
      node('span', { class: 'grip', part: 'grip' }),
      node('div', { class: 'what' },
        node('span', { class: 'name', part: 'name', id: `name-${key}`, title: path ?? name }, path ?? name),
        node('span', { class: 'meta' }, this.size, this.note),
        node('slot', { name: `row-${key}` })),
      node('div', { class: 'buttons' }, ...Object.values(this.buttons)),
      this.progress);
    this.draw(speech, true);
  }

  draw(speech, named) {
    const { upload, buttons, progress } = this;
    const { state, name, size, sent } = upload;
    if (named) for (const [action, button] of Object.entries(buttons)) button.setAttribute('aria-label', speech.say(action, { name }));
    this.element.className = `row ${state === 'missing' ? 'failed' : state}`;
    const bytes = speech.bytes(size);
    this.size.textContent = state === 'uploading' && sent ? speech.say('part', { sent: speech.bytes(sent), size: bytes }) : bytes;
    this.note.textContent = this.#words(speech);
    buttons.retry.hidden = state !== 'failed' || Boolean(upload.isFinal);
    progress.hidden = !['uploading', 'processing'].includes(state);
    if (state === 'processing') progress.removeAttribute('value');
    else progress.value = size ? sent / size : 0;
  }

  #words(speech) {
    const { state, problem, interrupted, message } = this.upload;
    if (state === 'failed') return problem.text(speech);
    if (state === 'uploading') return interrupted ? speech.say(navigator.onLine ? 'again' : 'offline') : '';
    return (state === 'processing' && message) || speech.say(state);
  }
}

// ── Element ────────────────────────────────────────────────────────────────────────────────────────────────────

const AT_ONCE = 3;
const TEXTS = ['name', 'endpoint', 'ticket-endpoint', 'ticket', 'accept', 'owner', 'csrf-header', 'csrf-token', 'csrf-cookie'];
const FLAGS = ['required', 'disabled', 'light', 'folders', 'with-credentials'];
const camel = (attribute) => attribute.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
const HTMLElementOrNone = globalThis.HTMLElement ?? class {}; // a server may import this module

/** The form field. */
export class UploadReceipts extends HTMLElementOrNone {
  static formAssociated = true;
  static observedAttributes = ['name', 'required', 'light', 'pending', 'accept', 'max-files', 'folders'];

  #internals = this.attachInternals();
  #root = this.attachShadow({ mode: 'open', delegatesFocus: true });
  #uploads = [];
  #rows = new Map();
  #dirty = new Set();
  #slots = 0;
  #isDisabled = false;
  #held = null; // the submitter of a form that is held
  #messages;
  #speech;
  #input;
  #parts;
  #timer;
  #quarter = 0;
  #said = 0;
  #listening = new AbortController();

  /** Forgets where uploads continue after a reload: for when a person signs out. */
  static logout() {
    return memory.forgetAll();
  }

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [styles()];
    this.#build();
  }

  // Nodes

  #build() {
    const part = (tag, name, properties, ...children) => node(tag, { id: name, class: name, part: name, ...properties }, ...children);
    const p = this.#parts = {
      slot: node('slot', { onslotchange: () => this.#adopt() }),
      pill: part('span', 'pill'),
      drop: part('span', 'drop'),
      status: part('p', 'status'),
      refused: part('ul', 'refused', { hidden: true }),
      list: part('ol', 'list', { 'aria-labelledby': 'label' }),
      polite: node('div', { class: 'unseen', 'aria-live': 'polite' }),
      urgent: node('div', { class: 'unseen', 'aria-live': 'assertive' }),
    };
    p.label = part('span', 'label', {}, p.slot);
    p.zone = part('button', 'zone', { type: 'button', 'aria-labelledby': 'label pill drop status', onclick: () => this.#open(false) }, p.pill, p.drop);
    p.folder = node('button', { type: 'button', class: 'text', part: 'button folder', onclick: () => this.#open(true) });
    p.again = node('button', { type: 'button', class: 'text', part: 'button retry-all', onclick: () => this.retry() });
    p.folderInput = node('input', { type: 'file', hidden: true, webkitdirectory: true, onchange: ({ target }) => this.#chosen(target) });
    p.empty = node('slot', { name: 'empty' });
    p.body = node('div', {}, p.label, p.zone, p.refused, node('div', { class: 'bar', part: 'bar' }, p.status, p.folder, p.again), p.empty, p.list, p.folderInput, p.polite, p.urgent);
    this.#root.append(p.body);
    p.list.onkeydown = (event) => this.#onKey(event);
    p.list.onpointerdown = (event) => this.#onGrip(event);
  }

  connectedCallback() {
    for (const property of Object.keys(Object.getOwnPropertyDescriptors(UploadReceipts.prototype))) this.#upgrade(property);
    this.#speech = new Speech(this);
    this.#listen();
    this.#adopt();
    this.#drawAll();
    this.#pump();
  }

  disconnectedCallback() {
    this.#listening.abort();
    queueMicrotask(() => { if (!this.isConnected) this.#pauseAll(); }); // moving the element is no reason to stop
  }

  /** A property that was set before this module was there hides ours: set it again. */
  #upgrade(property) {
    if (!Object.hasOwn(this, property)) return;
    const value = this[property];
    delete this[property];
    this[property] = value;
  }

  /** Takes the page's own file input, or makes one. It keeps its name, so browsers can restore its files. */
  #adopt() {
    const found = this.querySelector('input[type=file]') ?? this.#input ?? node('input', { type: 'file', multiple: true });
    if (!found.isConnected) this.#root.append(found);
    if (found !== this.#input) {
      this.#input = found;
      found.onchange = () => this.#chosen(found);
      found.required = false;
      found.style.setProperty('display', 'none', 'important');
      if (!this.hasAttribute('accept') && found.accept) this.accept = found.accept;
    }
    found.accept = this.accept;
    if (!this.#parts.slot.assignedNodes().some(({ textContent }) => textContent.trim())) this.#parts.slot.textContent = this.#ownLabel();
  }

  #ownLabel() {
    return this.getAttribute('aria-label') ?? this.#internals.labels[0]?.textContent.trim() ?? this.#speech.say('label');
  }

  #listen() {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const on = (target, type, listener, capture) => target.addEventListener(type, listener, { signal, capture });
    on(this, 'dragover', (event) => this.#onDrag(event));
    on(this, 'dragleave', ({ relatedTarget }) => { if (!this.contains(relatedTarget)) this.#over(false); });
    on(this, 'drop', (event) => this.#onDrop(event));
    on(this, 'paste', (event) => this.#onPaste(event));
    on(window, 'online', () => this.#uploads.filter(({ state, problem }) => state === 'failed' && problem.status === 0).forEach((each) => each.retry()));
    on(this.getRootNode(), 'submit', (event) => this.#onSubmit(event), true); // before frameworks see it
    on(this.getRootNode(), 'formdata', (event) => this.#onFormData(event), true);
  }

  // Attributes and properties

  attributeChangedCallback() {
    if (!this.isConnected || !this.#speech) return;
    this.#adopt();
    this.#drawAll();
    this.#setValue();
  }

  get pending() {
    const mode = this.getAttribute('pending');
    return ['block', 'ignore'].includes(mode) ? mode : 'hold';
  }

  set pending(mode) {
    this.setAttribute('pending', mode);
  }

  get maxFiles() {
    return this.#input?.multiple === false ? 1 : parseInt(this.getAttribute('max-files'), 10) || Infinity;
  }

  set maxFiles(count) {
    if (Number.isFinite(Number(count))) this.setAttribute('max-files', count);
    else this.removeAttribute('max-files');
  }

  get messages() {
    return this.#messages;
  }

  set messages(words) {
    this.#messages = words;
    if (this.#speech) {
      this.#speech = new Speech(this);
      this.#drawAll();
    }
  }

  get form() { return this.#internals.form; }
  get labels() { return this.#internals.labels; }
  get type() { return this.localName; }
  get validity() { return this.#internals.validity; }
  get validationMessage() { return this.#internals.validationMessage; }
  get willValidate() { return this.#internals.willValidate; }
  checkValidity() { return this.#internals.checkValidity(); }
  reportValidity() { return this.#internals.reportValidity(); }

  /** The receipts so far, in order. */
  get value() {
    return this.#uploads.map(({ receipt }) => receipt).filter(Boolean);
  }

  /** A snapshot of every file in the list, in order. */
  get files() {
    return this.#uploads.map(({ key, file, name, size, type, path, state, sent, receipt, problem, data }) => ({
      key, file, name, size, type, path, state, sent, receipt, data, error: problem?.text(this.#speech),
    }));
  }

  /** A promise of all receipts in order, when every file is there. It is rejected if one fails. */
  get receipts() {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (this.#isPending) return;
        this.removeEventListener('change', look);
        const failed = this.#failed;
        if (failed.length) reject(new Error(this.#speech.say('failed', { n: failed.length })));
        else resolve(this.value);
      };
      this.addEventListener('change', look);
      look();
    });
  }

  get #isPending() {
    return this.#uploads.some((upload) => upload.isPending);
  }

  get #failed() {
    return this.#uploads.filter(({ state }) => state === 'failed' || state === 'missing');
  }

  // What an Upload may ask

  #client = ((element) => ({
    get endpoint() { return new URL(element.endpoint || '/uploads', element.ownerDocument.baseURI).href; },
    get ticketEndpoint() { return element.ticketEndpoint && new URL(element.ticketEndpoint, element.ownerDocument.baseURI).href; },
    get ticket() { return element.ticket; },
    get owner() { return element.owner; },
    get credentials() { return element.withCredentials; },
    takeSlot: () => element.#slots++,
    headers: (url) => element.#headers(url),
    changed: (upload) => element.#changed(upload),
  }))(this);

  /** The token against cross-site request forgery: of the attributes, a cookie, or the page's meta elements. */
  #headers(url) {
    const meta = (name) => (new URL(url).origin === location.origin ? document.querySelector(`meta[name="${name}"]`)?.content : undefined);
    const { csrfCookie } = this;
    const cookie = csrfCookie && document.cookie.split('; ').find((pair) => pair.startsWith(`${csrfCookie}=`))?.slice(csrfCookie.length + 1);
    const token = this.csrfToken || (cookie ? decodeURIComponent(cookie) : meta('csrf-token'));
    const header = this.csrfHeader || (cookie ? 'X-XSRF-TOKEN' : meta('csrf-header') ?? 'X-CSRF-TOKEN');
    return token ? { [header]: token } : {};
  }

  // Choosing

  #open(folder) {
    (folder ? this.#parts.folderInput : this.#input).click();
  }

  #chosen(input) {
    this.add(input.files);
    if (input !== this.#input) input.value = '';
  }

  /** Adds files, as if a person had chosen them. */
  add(files) {
    return this.#take(Array.from(files, (file) => ({ file, path: file.webkitRelativePath })));
  }

  #take(chosen, refusals = []) {
    const added = [];
    if (this.maxFiles === 1 && chosen.length) this.#uploads.slice().forEach((upload) => this.#drop(upload));
    for (const { file, path } of chosen) {
      if (path && JUNK.includes(file.name)) continue;
      const upload = Upload.of(this.#client, file, path);
      const known = this.#uploads.find((each) => each.isOf(upload));
      const reason = known ? this.#whyTwice(known, file) : this.#whyNot(upload);
      if (reason) refusals.push({ name: path || file.name, reason });
      else if (!known) {
        added.push(upload);
        this.#uploads.push(upload);
      }
    }
    if (added.length) this.#begin(added);
    this.#refuse(refusals);
    this.#keepFiles();
    this.#settle();
    this.#pump();
  }

  #whyTwice(known, file) {
    if (known.state === 'missing') known.found(file);
    else if (this.#input?.files.length === 0) return this.#speech.say('twice');
    return '';
  }

  #whyNot(upload) {
    if (!isAccepted(upload, this.accept)) return this.#speech.say('wrongType');
    if (this.#uploads.length >= this.maxFiles) return this.#speech.say('tooMany', { n: this.maxFiles });
    if (!upload.size && !upload.path) return this.#speech.say('empty'); // in a folder an empty file has its purpose
    return '';
  }

  #begin(added) {
    const grant = new Grant(this.#client, added);
    added.forEach((upload) => { upload.grant = grant; });
    this.#addRows(added);
    this.#quarter = 0;
    this.#announce(this.#speech.say('chosen', { n: this.#uploads.length }));
  }

  #addRows(uploads) {
    const actions = {
      remove: (upload) => this.#removeRow(upload),
      up: (upload) => this.#step(upload, -1),
      down: (upload) => this.#step(upload, 1),
      retry: (upload) => { upload.retry(); this.#parts.zone.focus(); this.#pump(); },
    };
    for (const upload of uploads) this.#rows.set(upload, new Row(upload, this.#speech, actions));
    this.#parts.list.append(...uploads.map((upload) => this.#rows.get(upload).element));
  }

  #refuse(refusals) {
    const { refused } = this.#parts;
    const lines = refusals.slice(0, 5).map(({ name, reason }) => `${name}: ${reason}`);
    if (refusals.length > 5) lines.push(this.#speech.say('more', { n: refusals.length - 5 }));
    refused.replaceChildren(...lines.map((line) => node('li', {}, line)));
    refused.hidden = !lines.length;
    lines.forEach((line) => this.#announce(line, true));
  }

  /** Leaves the files in the input: browsers that restore it after a reload then need not ask for them again. */
  #keepFiles() {
    const transfer = new DataTransfer();
    this.#uploads.forEach(({ file, receipt }) => { if (file && !receipt) transfer.items.add(file); });
    this.#input.files = transfer.files;
  }

  #over(is) {
    this.#parts.body.classList.toggle('over', is);
  }

  #onDrag(event) {
    if (!event.dataTransfer.types.includes('Files') || this.#isDisabled) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    this.#over(true);
  }

  async #onDrop(event) {
    if (!event.dataTransfer.types.includes('Files') || this.#isDisabled) return;
    event.preventDefault();
    this.#over(false);
    const { chosen, folders } = await dropped(event.dataTransfer, this.folders);
    this.#take(chosen, folders.map((name) => ({ name, reason: this.#speech.say('isFolder') })));
  }

  #onPaste(event) {
    const { files } = event.clipboardData;
    if (!files.length || this.#isDisabled) return;
    event.preventDefault();
    this.add(files);
  }

  // Order and removal

  #place(upload) {
    return this.#uploads.indexOf(upload);
  }

  /** Moves the neighbours in the document, never the row itself, so the focus stays. */
  #move(upload, to) {
    const from = this.#place(upload);
    const { element } = this.#rows.get(upload);
    this.#uploads.splice(to, 0, ...this.#uploads.splice(from, 1));
    for (let at = from; at < to; at++) element.before(element.nextElementSibling);
    for (let at = from; at > to; at--) element.after(element.previousElementSibling);
  }

  #step(upload, by) {
    const to = this.#place(upload) + by;
    if (to >= 0 && to < this.#uploads.length) this.#move(upload, to);
    this.#rows.get(upload).element.scrollIntoView({ block: 'nearest' });
    this.#moved(upload);
  }

  #moved(upload) {
    const { name } = upload;
    this.#announce(this.#speech.say('position', { name, n: this.#place(upload) + 1, total: this.#uploads.length }));
    this.#settle(true);
  }

  #onKey(event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const row = [...this.#rows.values()].find(({ element }) => element.contains(event.target));
    if (!event.altKey || !by || !row) return;
    event.preventDefault();
    this.#step(row.upload, by);
  }

  #onGrip(event) {
    const row = event.target.classList.contains('grip') && [...this.#rows.values()].find(({ element }) => element.contains(event.target));
    if (!row || event.button) return;
    const { element, upload } = row;
    const from = this.#place(upload);
    event.preventDefault();
    event.target.setPointerCapture(event.pointerId);
    element.classList.add('dragged');
    event.target.onpointermove = ({ clientY }) => this.#follow(upload, clientY);
    event.target.onlostpointercapture = () => {
      event.target.onpointermove = null;
      element.classList.remove('dragged');
      if (this.#place(upload) !== from) this.#moved(upload);
    };
  }

  /** Lets the row change places with each neighbour whose middle the pointer has passed. */
  #follow(upload, y) {
    const { list } = this.#parts;
    const frame = list.getBoundingClientRect();
    if (y < frame.top + 32) list.scrollBy(0, -12);
    if (y > frame.bottom - 32) list.scrollBy(0, 12);
    const middle = (index) => {
      const { top, height } = this.#rows.get(this.#uploads[index]).element.getBoundingClientRect();
      return top + height / 2;
    };
    let at = this.#place(upload);
    while (at > 0 && y < middle(at - 1)) this.#move(upload, --at);
    while (at < this.#uploads.length - 1 && y > middle(at + 1)) this.#move(upload, ++at);
  }

  /** Removes the file with this key, as its button does. */
  remove(key) {
    const upload = this.#uploads.find((each) => each.key === key);
    if (upload) this.#removeRow(upload);
  }

  #removeRow(upload) {
    const row = this.#rows.get(upload);
    const next = this.#rows.get(this.#uploads[this.#place(upload) + 1]);
    const hadFocus = row.element.contains(this.#root.activeElement);
    this.#drop(upload);
    if (hadFocus) (next?.buttons.remove ?? this.#parts.zone).focus();
    this.#announce(this.#speech.say('removed', { name: upload.name }));
    this.#keepFiles();
    this.#settle(true);
    this.#pump();
  }

  #drop(upload) {
    upload.terminate();
    this.#rows.get(upload).element.remove();
    this.#rows.delete(upload);
    this.#uploads.splice(this.#place(upload), 1);
  }

  /** Tries again what has failed. */
  retry() {
    this.#failed.filter(({ isFinal }) => !isFinal).forEach((upload) => upload.retry());
    if (this.#root.activeElement === this.#parts.again) this.#parts.zone.focus();
    this.#pump();
  }

  // Uploading

  #pump() {
    if (!this.isConnected || this.#isDisabled) return;
    const running = this.#uploads.filter(({ state }) => state === 'uploading').length;
    this.#uploads.filter(({ state }) => state === 'waiting').slice(0, Math.max(0, AT_ONCE - running)).forEach((upload) => upload.run());
  }

  #pauseAll() {
    this.#uploads.forEach((upload) => upload.pause());
  }

  /** Is told whenever something about an upload has changed. */
  #changed(upload) {
    if (!this.#rows.has(upload)) return;
    this.#dirty.add(upload);
    this.#timer ??= setTimeout(() => this.#draw(), 50);
    if (upload.known === upload.state) return;
    upload.known = upload.state;
    this.#tell(upload);
    this.#settle();
    this.#pump();
  }

  #tell(upload) {
    const { state, receipt, problem } = upload;
    const detail = this.files[this.#place(upload)];
    if (receipt && !upload.told) {
      upload.told = true;
      this.#dispatch('receipt', detail);
      this.#fire('input');
    }
    if (state === 'processing') this.#dispatch('processing', detail);
    if (state === 'failed') {
      this.#dispatch('error', detail);
      this.#announce(`${upload.name}: ${problem.text(this.#speech)}`, true);
    }
  }

  #dispatch(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #fire(type) {
    this.dispatchEvent(new Event(type, { bubbles: true, composed: true }));
  }

  /** Brings value, validity, and what waits for them up to date. */
  #settle(byPerson = false) {
    this.#setValue();
    this.#timer ??= setTimeout(() => this.#draw(), 50);
    if (byPerson) this.#fire('input');
    const settled = !this.#isPending;
    if (settled && (byPerson || this.wasPending)) this.#finished();
    this.wasPending = !settled;
  }

  #finished() {
    const n = this.#uploads.length;
    if (this.wasPending && n && !this.#failed.length) this.#announce(this.#speech.say('all', { n }));
    this.#fire('change');
    this.#release();
  }

  // The form

  #setValue() {
    const { name, value } = this;
    const state = JSON.stringify(this.#uploads.map(({ name: title, size, type, modified, path, receipt, url, processing, state: at }) => (
      { name: title, size, type, modified, path, receipt, url, processing: processing && at !== 'done' })));
    const data = new FormData();
    if (name && !this.light) value.forEach((receipt) => data.append(name, receipt));
    this.#internals.setFormValue(this.light ? null : data, state);
    this.#setLight(this.light && name ? value : []);
    this.#validate();
  }

  /** For scripts that read the fields of a form by themselves: hidden inputs in the place of a value. */
  #setLight(value) {
    this.querySelectorAll(':scope > input[type=hidden][slot=value]').forEach((input) => input.remove());
    this.append(...value.map((receipt) => node('input', { type: 'hidden', slot: 'value', name: this.name, value: receipt })));
  }

  #validate() {
    const { pending, required, maxFiles } = this;
    const speech = this.#speech;
    const invalid = (flag, text) => this.#internals.setValidity({ [flag]: true }, text, this.#parts.zone);
    const failed = this.#failed.length;
    if (failed && pending !== 'ignore') invalid('customError', speech.say('failed', { n: failed }));
    else if (this.#isPending && pending === 'block') invalid('customError', speech.say('pending'));
    else if (required && !this.#uploads.length) invalid('valueMissing', speech.say('required', { n: maxFiles === 1 ? 1 : 2 }));
    else this.#internals.setValidity({});
  }

  /** Holds the form until the files are there. */
  #onSubmit(event) {
    if (event.target !== this.form || this.pending === 'ignore' || !this.#isPending) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (this.pending === 'block') {
      this.reportValidity();
      return;
    }
    if (!this.#held) this.#announce(this.#speech.say('held'));
    this.#held = { submitter: event.submitter };
    this.#draw();
  }

  #release() {
    const { form } = this;
    const held = this.#held;
    this.#held = null;
    if (!held || !form) return;
    if (this.#failed.length) this.reportValidity();
    else form.requestSubmit(held.submitter?.form === form ? held.submitter : null);
  }

  /** The input still has its name, but its files are not sent: their receipts are. */
  #onFormData({ target, formData }) {
    if (target === this.form && this.#input.form === target && this.#input.name) formData.delete(this.#input.name);
  }

  formResetCallback() {
    this.#held = null;
    this.#uploads.slice().forEach((upload) => this.#drop(upload));
    this.#refuse([]);
    this.#keepFiles();
    this.#settle();
  }

  formDisabledCallback(isDisabled) {
    this.#isDisabled = isDisabled;
    this.#parts.body.inert = isDisabled;
    this.#parts.zone.disabled = isDisabled;
    if (isDisabled) this.#pauseAll();
    else this.#pump();
  }

  /** After a reload, or back and forward: receipts are there at once, and files that are not uploaded are missing. */
  formStateRestoreCallback(state) {
    const restored = JSON.parse(state).map(({ processing, ...facts }) => new Upload(this.#client, {
      ...facts, processing, told: true, sent: facts.receipt ? facts.size : 0,
      state: !facts.receipt ? 'missing' : processing ? 'processing' : 'done',
    }));
    this.#uploads.push(...restored);
    this.#addRows(restored);
    restored.filter(({ processing }) => processing).forEach(verdicts.await);
    this.#settle();
    if (this.#input.files.length) this.add(this.#input.files);
  }

  // Words and looks

  #drawAll() {
    const { pill, drop, folder, again } = this.#parts;
    const n = this.maxFiles === 1 ? 1 : 2;
    pill.textContent = this.#speech.say('choose', { n });
    drop.textContent = this.#speech.say('drop', { n });
    folder.textContent = this.#speech.say('folder');
    again.textContent = this.#speech.say('retryAll');
    folder.hidden = !this.folders;
    this.#rows.forEach((row) => row.draw(this.#speech, true));
    this.#draw();
  }

  #draw() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#dirty.forEach((upload) => this.#rows.get(upload)?.draw(this.#speech));
    if (this.#dirty.size) this.#dispatch('progress', this.#sum());
    this.#dirty.clear();
    const failed = this.#failed;
    this.#parts.status.textContent = this.#status();
    this.#parts.empty.hidden = Boolean(this.#uploads.length);
    this.#parts.again.hidden = failed.filter(({ state, isFinal }) => state === 'failed' && !isFinal).length < 2;
    this.#sayProgress();
  }

  #sum() {
    let sent = 0;
    let total = 0;
    for (const upload of this.#uploads) {
      sent += upload.sent;
      total += upload.size;
    }
    return { sent, total };
  }

  #status() {
    const n = this.#uploads.length;
    const done = this.#uploads.filter(({ state }) => state === 'done').length;
    const failed = this.#failed.length;
    const say = (key, values) => this.#speech.say(key, values);
    if (!n) return say('none');
    if (this.#held) return say('held');
    const text = done === n ? say('all', { n }) : say('uploaded', { done, n });
    return failed ? `${text}. ${say('failed', { n: failed })}.` : text;
  }

  /** At 25, 50 and 75 %, but no more often than every ten seconds. */
  #sayProgress() {
    const { sent, total } = this.#sum();
    const quarter = total ? Math.floor((4 * sent) / total) : 0;
    const isTime = Date.now() - this.#said > 10_000;
    if (!this.#isPending || quarter <= this.#quarter || quarter > 3 || !isTime) return;
    this.#quarter = quarter;
    this.#said = Date.now();
    this.#announce(this.#speech.say('percent', { percent: this.#speech.percent(sent / total) }));
  }

  /** Each announcement is a node of its own, so that none takes the place of another before it is read. */
  #announce(text, urgent = false) {
    const line = node('p', {}, text);
    this.#parts[urgent ? 'urgent' : 'polite'].append(line);
    setTimeout(() => line.remove(), 15_000);
  }
}

for (const attribute of TEXTS) {
  Object.defineProperty(UploadReceipts.prototype, camel(attribute), {
    get() { return this.getAttribute(attribute) ?? ''; },
    set(value) {
      if (value === null || value === undefined) this.removeAttribute(attribute);
      else this.setAttribute(attribute, value);
    },
    enumerable: true,
    configurable: true,
  });
}
for (const attribute of FLAGS) {
  Object.defineProperty(UploadReceipts.prototype, camel(attribute), {
    get() { return this.hasAttribute(attribute); },
    set(value) { this.toggleAttribute(attribute, Boolean(value)); },
    enumerable: true,
    configurable: true,
  });
}

if (globalThis.customElements && !customElements.get('upload-receipts')) customElements.define('upload-receipts', UploadReceipts);
