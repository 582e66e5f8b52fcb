// Uploads files as they are chosen, in turn to each instance, as round-robin DNS would do. The order sends receipts.

const form = document.getElementById("order");
const input = document.getElementById("files");
const photos = document.getElementById("photos");
const send = document.getElementById("send");
const problem = document.getElementById("problem");
const instances = form.dataset.instances.split(",");
let turn = 0;
let running = 0;

function update() {
  send.disabled = running > 0 || photos.querySelector("[name=receipt]") === null;
}

function csrfToken() {
  return decodeURIComponent(document.cookie.match(/(?:^|; )XSRF-TOKEN=([^;]*)/)?.[1] ?? "");
}

function entry(file) {
  const item = document.createElement("li");
  const image = Object.assign(document.createElement("img"), { alt: "", src: URL.createObjectURL(file) });
  const name = Object.assign(document.createElement("span"), { className: "name", textContent: file.name });
  const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
  bar.setAttribute("aria-label", `Upload of ${file.name}`);
  const note = Object.assign(document.createElement("span"), { className: "note" });
  const remove = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "Remove" });
  remove.addEventListener("click", () => { item.remove(); update(); });
  item.append(image, name, bar, note, remove);
  photos.append(item);
  return { item, bar, note };
}

function upload(file) {
  const { item, bar, note } = entry(file);
  const instance = instances[turn++ % instances.length];
  const request = new XMLHttpRequest();
  request.open("POST", `${instance}/uploads`);
  request.withCredentials = true;
  request.responseType = "json";
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-XSRF-TOKEN", csrfToken());
  request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
  request.setRequestHeader("Content-Disposition", `inline; filename*=UTF-8''${encodeURIComponent(file.name)}`);
  request.upload.addEventListener("progress", ({ loaded, total }) => { bar.value = total ? loaded / total : 0; });
  request.addEventListener("loadend", () => {
    running--;
    bar.remove();
    if (request.status === 201) {
      const receipt = Object.assign(document.createElement("input"),
          { type: "hidden", name: "receipt", value: request.response.receipts[0].receipt });
      item.append(receipt);
      note.textContent = `sent to ${new URL(instance).host}`;
    } else {
      item.classList.add("refused");
      note.textContent = request.response?.title ?? "could not be sent; remove it and try again";
    }
    update();
  });
  running++;
  request.send(file);
}

input.addEventListener("change", () => {
  for (const file of input.files) {
    upload(file);
  }
  input.value = ""; // or the order would send the files once more
  update();
});

// A refused order leaves the page, and the receipts in it, as they are.
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  send.disabled = true;
  try {
    const response = await fetch(form.action,
        { method: "POST", body: new FormData(form), headers: { "X-XSRF-TOKEN": csrfToken() } });
    if (response.ok) {
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      document.querySelector("main").replaceWith(page.querySelector("main"));
      document.title = page.title;
    } else {
      const { title, detail } = await response.json();
      problem.textContent = [title, detail].filter(Boolean).join(". ");
    }
  } catch {
    problem.textContent = "The order could not be sent. Try again.";
  }
  update();
});

update();
