import { createApp } from '/lib/vue/dist/vue.esm-browser.prod.js';

const app = createApp({
  data: () => ({ title: 'Holidays', answer: '', stored: 0 }),
  methods: {
    async send({ target }) {
      const response = await fetch('/orders', { method: 'POST', body: new FormData(target) });
      this.answer = await response.text();
    },
  },
});
app.config.compilerOptions.isCustomElement = (tag) => tag === 'upload-receipts';
app.mount('#app');
