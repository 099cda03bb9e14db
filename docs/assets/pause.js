// The picture on Home moves: whoever reads beside it can make it stand still.
document$.subscribe(({ body }) => {
  const button = body.querySelector("#home-pause")
  if (!button) return
  const image = body.querySelector("#home-picture img")
  const moving = image.getAttribute("src")
  const still = body.querySelector("#home-picture source").getAttribute("srcset")
  const show = (moves) => {
    body.querySelector("#home-picture source")?.remove() // from now on the button decides
    image.src = moves ? moving : still
    button.textContent = moves ? "Pause" : "Play"
    button.dataset.moves = moves
  }
  button.onclick = () => show(button.dataset.moves !== "true")
  show(!matchMedia("(prefers-reduced-motion: reduce)").matches)
  button.hidden = false
})
