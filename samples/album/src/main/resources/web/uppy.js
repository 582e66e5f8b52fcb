// The same album with Uppy's dashboard: it uploads by tus, or each file as a form, by its plug-in xhr-upload. Either way
// each upload's receipt becomes a field of the form.

import { Dashboard, Tus, Uppy, XHRUpload } from '/uppy/uppy.min.mjs';

const form = document.getElementById('make');
const endpoints = document.getElementById('dashboard').dataset.endpoint.split(' ');
const receipts = new Map(); // id of a file → its receipt
const byXhr = location.search === '?xhr';
let turn = 0;

const uppy = new Uppy()
  .use(Dashboard, { target: '#dashboard', inline: true, width: '100%', height: '26rem', theme: 'auto', doneButtonHandler: null })
  .use(...(byXhr ? [XHRUpload, { endpoint: endpoints[0], allowedMetaFields: [] }] : [Tus, { endpoint: endpoints[0] }]))
  .on('file-added', ({ id }) => {
    const next = { endpoint: endpoints[turn++ % endpoints.length] };
    uppy.setFileState(id, { tus: next, xhrUpload: next });
  })
  .on('upload-success', ({ id }, { body }) => {
    receipts.set(id, byXhr ? body.receipts[0].receipt : body.xhr.getResponseHeader('Upload-Receipt'));
    fill();
  })
  .on('file-removed', fill);

/** The order of the files is the order of the album. */
function fill() {
  const inputs = uppy.getFiles().filter(({ id }) => receipts.has(id))
    .map(({ id }) => Object.assign(document.createElement('input'), { type: 'hidden', name: 'receipt', value: receipts.get(id) }));
  form.querySelectorAll('[name=receipt]').forEach((input) => input.remove());
  form.append(...inputs);
  form.querySelector('button').disabled = !inputs.length || inputs.length < uppy.getFiles().length;
}
