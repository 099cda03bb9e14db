// Starts the Explorer, where the browser can run it; page.js is the page.
const page = document.getElementById("explorer")

start().catch((error) => {
  page.dataset.state = "failed"
  const said = `The Explorer could not start: ${error.message}. The rest of the site does not need it.`
  document.getElementById("explorer-status").textContent = said
})

async function start() {
  if (typeof WebAssembly !== "object") throw new Error("this browser has no WebAssembly")
  if (typeof DecompressionStream !== "function") throw new Error("this browser is of before 2023")
  const { open } = await import("./page.js")
  await open()
  page.dataset.state = "ready"
}
