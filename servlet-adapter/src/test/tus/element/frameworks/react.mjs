// React has no module for browsers, so its CommonJS modules are loaded as they are.
const urls = {
  react: '/lib/react/cjs/react.production.js',
  'react-dom': '/lib/react-dom/cjs/react-dom.production.js',
  'react-dom/client': '/lib/react-dom/cjs/react-dom-client.production.js',
  scheduler: '/lib/scheduler/cjs/scheduler.production.js',
};
const loaded = {};
const sources = Object.fromEntries(await Promise.all(
  Object.entries(urls).map(async ([name, url]) => [name, await (await fetch(url)).text()])));

function require(name) {
  if (!loaded[name]) {
    loaded[name] = { exports: {} };
    new Function('require', 'module', 'exports', sources[name])(require, loaded[name], loaded[name].exports);
  }
  return loaded[name].exports;
}

const { createElement: h, useActionState, useState } = require('react');

function Order() {
  const [stored, setStored] = useState(0);
  const [answer, send] = useActionState(
    async (_, data) => (await fetch('/orders', { method: 'POST', body: data })).text(), '');
  return h('div', {},
    h('form', { action: send },
      h('input', { name: 'title', defaultValue: 'Holidays' }),
      h('upload-receipts', { name: 'receipt', endpoint: '/uploads', maxFiles: 9, required: true, onreceipt: () => setStored((n) => n + 1) },
        h('label', {}, 'Photos ', h('input', { type: 'file', name: 'file', multiple: true }))),
      h('button', { id: 'send' }, 'Order')),
    h('output', { id: 'result' }, answer),
    h('output', { id: 'stored' }, stored));
}

require('react-dom/client').createRoot(document.querySelector('#app')).render(h(Order));
