// Uploads with every feature of tus-js-client, and prints the outcomes: one line of JSON for every scenario.
//
// usage: node tus.mjs ENDPOINT[,ENDPOINT...] SCENARIO...  (each request goes to any of the endpoints)

import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as tus from 'tus-js-client';

const KIB = 1024;
const MIB = 1024 * KIB;
const PATIENCE_MILLIS = 300_000;
const STALL_MILLIS = 5_000;

/** A file name as people choose it, and other metadata as programs add it. */
const METADATA = {
  filename: '👩‍👩‍👧 "свадьба" – שלום العالم 写真 d\'été.jpg',
  filetype: 'image/jpeg',
  caption: 'two\nlines, a comma; "quotes" and \\ backslashes',
  rtl: 'مرحبا בעולם',
  cjk: '漢字かな交じり文 한글',
  astral: '𝕏😀',
  empty: '',
};

const scenarios = {
  oneChunk: () => upload(17 * MIB + 3),
  chunksOf8MiB: () => upload(17 * MIB + 3, { chunkSize: 8 * MIB }),
  chunksOf64KiBAndOne: () => upload(MIB + 7, { chunkSize: 64 * KIB + 1 }),
  chunksThatFit: () => upload(MIB, { chunkSize: 256 * KIB }),
  file: uploadFile,
  overridePatchMethod: () => upload(MIB + 1, { chunkSize: 300 * KIB, overridePatchMethod: true }),
  dataDuringCreation: () => upload(MIB + 5, { chunkSize: 400 * KIB, uploadDataDuringCreation: true }),
  allDuringCreation: () => upload(MIB + 5, { uploadDataDuringCreation: true }),
  empty: () => upload(0),
  emptyDuringCreation: () => upload(0, { uploadDataDuringCreation: true }),
  deferredLength: () => uploadStream(3 * MIB + 11, { chunkSize: 256 * KIB + 1 }),
  deferredLengthOverride: () => uploadStream(MIB + 1, { chunkSize: 512 * KIB, overridePatchMethod: true }),
  parallel: () => upload(5 * MIB + 2, { parallelUploads: 3 }),
  parallelInChunks: () => upload(5 * MIB + 2, { parallelUploads: 3, chunkSize: 512 * KIB + 1 }),
  parallelDuringCreation: () => upload(2 * MIB + 2, { parallelUploads: 4, uploadDataDuringCreation: true }),
  metadata: () => upload(5, { metadata: METADATA }),
  abortBetweenChunks: () => abortAndStart(5 * MIB + 1, { chunkSize: MIB }),
  abortInChunk: () => abortAndStart(17 * MIB + 1),
  abortInParallel: () => abortAndStart(17 * MIB + 1, { parallelUploads: 3 }),
  resumeByFingerprint: () => resumeByFingerprint(),
  resumeParallelByFingerprint: () => resumeByFingerprint({ parallelUploads: 3 }),
  resumeByUrl,
  resumeFinished,
  terminate,
  ietf: () => upload(MIB + 7, { ...IETF, chunkSize: 300 * KIB }),
  ietfAbortInChunk: () => abortAndStart(17 * MIB + 1, IETF),
  faulty: () => upload(6 * MIB + 1, PERSISTENT),
  faultyChunks: () => upload(4 * MIB + 1, { ...PERSISTENT, chunkSize: 700 * KIB }),
  faultyDuringCreation: () => upload(3 * MIB + 1, { ...PERSISTENT, chunkSize: 900 * KIB, uploadDataDuringCreation: true }),
  faultyParallel: () => upload(6 * MIB + 1, { ...PERSISTENT, chunkSize: MIB, parallelUploads: 3 }),
  faultyIetf: () => upload(4 * MIB + 1, { ...PERSISTENT, ...IETF, chunkSize: 700 * KIB }),
};

/** Resumable Uploads for HTTP, interop version 6. */
const IETF = {
  protocol: 'ietf-draft-05',
  headers: { 'Content-Disposition': 'inline; filename="a picture.png"', 'Content-Type': 'image/png' },
};

const PERSISTENT = { retryDelays: Array(1000).fill(30) };

const [endpointsText, ...chosen] = process.argv.slice(2);
const endpoints = endpointsText.split(',');
const [endpoint] = endpoints;
const directory = await mkdtemp(join(tmpdir(), 'tus-'));

async function play(scenario) {
  let timer;
  const patience = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('takes too long')), PATIENCE_MILLIS);
  });
  try {
    return await Promise.race([scenario(), patience]);
  } catch (error) {
    return { error: `${error.stack}\n${error.exchanges?.join('\n') ?? ''}` };
  } finally {
    clearTimeout(timer);
  }
}

/** The stock HTTP client, but each request goes to any of the hosts. */
class AnyHost extends tus.DefaultHttpStack {
  createRequest(method, url) {
    return super.createRequest(method, routed(url));
  }
}

function routed(url) {
  const { origin } = new URL(endpoints[Math.floor(Math.random() * endpoints.length)]);
  return origin + new URL(url).pathname;
}

/** One upload. It records every response. */
class Sending {
  constructor(bytes, options = {}, body = bytes) {
    this.bytes = bytes;
    this.requests = [];
    this.exchanges = [];
    this.restarts = 0;
    this.chunkComplete = () => {};
    this.ended = new Promise((resolve, reject) => {
      this.upload = new tus.Upload(body, {
        endpoint,
        httpStack: new AnyHost(),
        retryDelays: [100, 300, 1000, 3000],
        metadata: { filename: 'a picture.png', filetype: 'image/png' },
        ...options,
        onBeforeRequest: (request) => { this.requests.push(request); },
        onAfterResponse: (request, response) => this.note(request, response),
        onChunkComplete: () => this.chunkComplete(),
        onSuccess: ({ lastResponse }) => resolve(lastResponse),
        onError: (error) => this.failed(error, reject),
      });
    });
    this.ended.catch(() => {}); // result() reports it
  }

  note(request, response) {
    this.moved = Date.now();
    const offset = response.getHeader('Upload-Offset');
    this.exchanges.push([request.getMethod(), response.getStatus(), offset === undefined ? null : Number(offset), new URL(request.getURL()).pathname.slice(-16)]);
  }

  /** The client itself never retries the last request of a parallel upload. */
  failed(error, reject) {
    if (this.upload.options.retryDelays === PERSISTENT.retryDelays && !error.originalResponse) {
      this.restarts++;
      pause().then(() => this.upload.start());
    } else {
      reject(Object.assign(error, { exchanges: this.exchanges.map(String) }));
    }
  }

  start() {
    this.upload.start();
    return this;
  }

  /** Waits for the end. The client never notices that a response breaks off, so an upload without progress is restarted. */
  async result() {
    this.moved = Date.now();
    const watch = setInterval(() => {
      if (Date.now() - this.moved > STALL_MILLIS) {
        this.moved = Date.now();
        this.restarts++;
        this.upload.abort().then(pause).then(() => this.upload.start());
      }
    }, 500);
    try {
      return await this.outcome(await this.ended);
    } finally {
      clearInterval(watch);
    }
  }

  async outcome(last) {
    const later = await head(this.upload.url);
    return {
      name: this.upload.options.metadata.filename,
      type: this.upload.options.metadata.filetype,
      size: this.bytes.length,
      sha256: createHash('sha256').update(this.bytes).digest('hex'),
      receipt: last.getHeader('Upload-Receipt') ?? null,
      laterReceipt: later.headers.get('Upload-Receipt'),
      laterOffset: later.headers.get('Upload-Offset'),
      laterMetadata: decoded(later.headers.get('Upload-Metadata')),
      metadata: this.upload.options.metadata,
      exchanges: this.exchanges,
      restarts: this.restarts,
    };
  }

  /** Starts the upload, and aborts it when it is partly sent. Returns false if a fast host had everything before. */
  async startAndAbort(shouldTerminate) {
    const abort = () => this.upload.abort(shouldTerminate).then(() => true);
    const aborted = this.upload.options.chunkSize === Infinity ? this.someBytes().then(abort) : this.oneChunk(abort);
    this.start();
    return Promise.race([aborted, this.ended.then(() => false)]);
  }

  oneChunk(then) {
    return new Promise((resolve) => {
      this.chunkComplete = () => {
        this.chunkComplete = () => {};
        resolve(then());
      };
    });
  }

  /** Waits until every part is being sent, and a third of one was written. Its connection may have served other uploads before. */
  async someBytes() {
    const before = new Map();
    const sent = (socket) => {
      before.set(socket, before.get(socket) ?? socket.bytesWritten);
      return socket.bytesWritten - before.get(socket);
    };
    const sockets = () => this.requests.map((request) => request.getUnderlyingObject()?.socket).filter(Boolean);
    const parts = this.upload.options.parallelUploads;
    const begun = () => this.requests.filter((request) => request.getMethod() === 'PATCH').length >= parts;
    let over = false;
    this.ended.finally(() => { over = true; }).catch(() => {});
    while (!over && (Math.max(0, ...sockets().map(sent)) < this.bytes.length / 3 / parts || !begun())) {
      await new Promise(setImmediate);
    }
  }
}

/** Lets the client notice its aborted requests before it starts again. Otherwise it would retry them, too. */
function pause() {
  return new Promise((resolve) => setTimeout(resolve, 200));
}

/** Sends HEAD, and retries on a broken network. */
async function head(url, attempts = 200) {
  try {
    return await fetch(routed(url), { method: 'HEAD', headers: { 'Tus-Resumable': '1.0.0' } });
  } catch (error) {
    if (attempts === 0) {
      throw error;
    }
    await pause();
    return head(url, attempts - 1);
  }
}

function decoded(metadata) {
  return metadata === null ? null : Object.fromEntries(metadata.split(',').map((pair) => {
    const [key, value = ''] = pair.trim().split(' ');
    return [key, Buffer.from(value, 'base64').toString('utf8')];
  }));
}

function upload(size, options) {
  return new Sending(randomBytes(size), options).start().result();
}

async function uploadFile() {
  const bytes = randomBytes(3 * MIB + 1);
  const path = join(directory, 'file');
  await writeFile(path, bytes);
  return new Sending(bytes, { chunkSize: MIB }, createReadStream(path)).start().result();
}

function uploadStream(size, options) {
  const bytes = randomBytes(size);
  const chunks = function* () {
    for (let at = 0; at < size; at += 50_000) {
      yield bytes.subarray(at, at + 50_000);
    }
  };
  const stream = Readable.from(chunks(), { objectMode: false });
  return new Sending(bytes, { ...options, uploadLengthDeferred: true }, stream).start().result();
}

/** Starts the upload that `create` returns, and aborts it. Tries again with another one that ended before. */
async function stopped(create, shouldTerminate) {
  for (let attempt = 0; attempt < 5; attempt++) {
    const sending = create(attempt);
    if (await sending.startAndAbort(shouldTerminate)) {
      return sending;
    }
  }
  throw new Error('ended before it was stopped, each time');
}

async function abortAndStart(size, options) {
  const sending = await stopped(() => new Sending(randomBytes(size), options));
  await pause();
  return sending.start().result();
}

async function resumeByFingerprint(options) {
  const bytes = randomBytes(17 * MIB + 1);
  const path = join(directory, 'resumed');
  await writeFile(path, bytes);
  let remembered;
  await stopped((attempt) => {
    remembered = { ...options, urlStorage: new tus.FileUrlStorage(join(directory, `urls-${attempt}`)) };
    return new Sending(bytes, remembered, createReadStream(path));
  });

  const sending = new Sending(bytes, remembered, createReadStream(path));
  let previous = [];
  while (previous.length === 0) { // the client writes its storage in the background
    await pause();
    previous = await sending.upload.findPreviousUploads();
  }
  sending.upload.resumeFromPreviousUpload(previous[0]);
  return sending.start().result();
}

async function resumeByUrl() {
  const bytes = randomBytes(5 * MIB + 1);
  const first = await stopped(() => new Sending(bytes, { chunkSize: MIB }));
  return new Sending(bytes, { endpoint: null, uploadUrl: first.upload.url }).start().result();
}

async function resumeFinished() {
  const bytes = randomBytes(MIB);
  const first = new Sending(bytes);
  await first.start().result();
  return new Sending(bytes, { uploadUrl: first.upload.url }).start().result();
}

async function terminate() {
  const sending = await stopped(() => new Sending(randomBytes(5 * MIB), { chunkSize: MIB }), true);
  const later = await head(sending.upload.url);
  return { terminated: later.status, laterReceipt: later.headers.get('Upload-Receipt'), exchanges: sending.exchanges };
}

try {
  for (const name of chosen) {
    const start = Date.now();
    const seen = await play(scenarios[name]);
    console.log(JSON.stringify({ scenario: name, millis: Date.now() - start, ...seen }));
  }
} finally {
  await rm(directory, { recursive: true });
}
process.exit(); // even if sockets are open
