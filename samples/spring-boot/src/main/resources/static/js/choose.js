// What is the shop's own beside <upload-receipts>: small pictures in the list, and an order that is refused in place.

const form = document.getElementById("order");
const photos = document.getElementById("photos");
const problem = document.getElementById("problem");
const send = form.querySelector("button");

function picture({ key, file }) {
  const image = Object.assign(document.createElement("img"), { alt: "", slot: `row-${key}`, src: URL.createObjectURL(file) });
  image.addEventListener("load", () => URL.revokeObjectURL(image.src));
  photos.append(image);
}

for (const type of ["progress", "input", "change"]) {
  photos.addEventListener(type, () => {
    const slots = new Map(Array.from(photos.querySelectorAll("img"), (image) => [image.slot, image]));
    photos.files.filter(({ file, key }) => file && !slots.delete(`row-${key}`)).forEach(picture);
    slots.forEach((image) => image.remove()); // those of removed photos
  });
}

// A refused order leaves the page, and the receipts in it, as they are.
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.textContent = "";
  send.disabled = true; // a second order would find the photos used
  try {
    const response = await fetch(form.action, { method: "POST", body: new FormData(form) });
    if (response.ok && !response.redirected) {
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      document.querySelector("main").replaceWith(page.querySelector("main"));
      document.title = page.title;
      return;
    }
    const { title, detail } = await response.json();
    problem.textContent = [title, detail].filter(Boolean).join(". ") || "The order was refused.";
  } catch {
    problem.textContent = "The order could not be sent. Try again, or sign in again in another tab.";
  }
  send.disabled = false;
});
