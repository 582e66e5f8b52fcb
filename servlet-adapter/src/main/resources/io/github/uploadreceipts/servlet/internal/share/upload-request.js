// Gets a ticket for the files when the form is sent, because only then it is known who sends which. The element sends
// them, and then the form goes with their receipts. Without the element, the form goes with the files.
const form = document.querySelector('form');
const element = form.querySelector('upload-receipts');
const button = form.querySelector('button');
const alert = form.querySelector('[role=alert]');

element.messages = {
  uploaded: { one: '{n} file chosen', other: '{n} files chosen' }, // which is said before the form is sent
  waiting: '',
  held: 'Sending…',
};

let hasFailed = false;

/** A file keeps its slot of the ticket under which it has failed, and the next ticket may not have that one. */
function chooseAgain() {
  const again = element.files.filter(({ file, receipt }) => file && !receipt);
  again.forEach(({ key }) => element.removeFile(key));
  element.addFiles(again.map(({ file }) => file));
  hasFailed = false;
}

async function requestTicket() {
  const files = element.files.filter(({ receipt }) => !receipt).map(({ name, type, size }) => ({ name, type, size }));
  const response = await fetch('?ticket', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify({ sender: form.elements.sender?.value, files }),
  });
  const answer = await response.json().catch(() => ({})); // perhaps a page of a proxy
  if (!response.ok) throw new Error(answer.detail ?? answer.title ?? 'The files cannot be sent now. Try again later.');
  return answer.ticket;
}

addEventListener('submit', async (event) => { // before the element sees it
  if (!element.files?.length || element.ticket) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (hasFailed) chooseAgain();
  button.disabled = true;
  alert.textContent = '';
  try {
    element.ticket = await requestTicket();
    form.classList.add('sending');
    form.elements.sender?.setAttribute('readonly', '');
    form.requestSubmit();
  } catch (problem) {
    alert.textContent = problem instanceof TypeError ? 'There is no connection. Try again.' : `${problem.message}`;
    button.disabled = false;
  }
}, true);

// A file that failed can be tried again, or another one chosen in its place, which needs a ticket of its own.
element.addEventListener('change', () => {
  button.disabled = false;
  const states = new Set(element.files.map(({ state }) => state));
  if (states.has('waiting') || states.has('uploading') || (states.size && !states.has('failed'))) return;
  form.classList.remove('sending');
  element.ticket = '';
  hasFailed = true;
});
