// Sends each file as a request of its own, and puts its receipt into the order.
export function uploadByScript(csrfHeader) {
  const upload = document.getElementById("upload");
  const order = document.getElementById("order");

  upload.addEventListener("submit", async (event) => {
    event.preventDefault();
    for (const file of upload.elements.file.files) {
      const response = await fetch(upload.action, {
        method: "POST",
        body: file,
        headers: {
          ...csrfHeader(),
          "Content-Type": file.type || "application/octet-stream",
          "Content-Disposition": `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
        },
      });
      if (!response.ok) {
        throw new Error(`${file.name} was not stored: ${response.status}`);
      }
      const { receipts } = await response.json();
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name: "receipt", value: receipts[0].receipt });
      order.append(input);
    }
    upload.reset();
    order.hidden = false;
  });
}
