// The same album with Uppy's dashboard: it uploads by tus, and each upload's receipt becomes a field of the form.

import { Dashboard, Tus, Uppy } from '/uppy/uppy.min.mjs';

const form = document.getElementById('make');
const endpoints = document.getElementById('dashboard').dataset.endpoint.split(' ');
const receipts = new Map(); // id of a file → its receipt
let turn = 0;

const uppy = new Uppy()
  .use(Dashboard, { target: '#dashboard', inline: true, width: '100%', height: '26rem', theme: 'auto', doneButtonHandler: null })
  .use(Tus, { endpoint: endpoints[0] })
  .on('file-added', ({ id }) => uppy.setFileState(id, { tus: { endpoint: endpoints[turn++ % endpoints.length] } }))
  .on('upload-success', ({ id }, { body }) => {
    receipts.set(id, body.xhr.getResponseHeader('Upload-Receipt'));
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
