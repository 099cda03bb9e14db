// What the theme leaves out for readers with a keyboard or a screen reader.
document$.subscribe(({ body }) => {
  body.querySelector(".md-search")?.setAttribute("aria-label", "Search")

  // A formula, table or block of code wider than the screen scrolls by itself: let the keyboard reach it.
  const boxes = body.querySelectorAll("div.arithmatex, .md-typeset__scrollwrap, pre")
  const mark = (box) => {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0
    else box.removeAttribute("tabindex")
  }
  const reach = new ResizeObserver((changed) => changed.forEach(({ target }) => mark(target)))
  boxes.forEach((box) => reach.observe(box))
  // The letters of a formula come later, and change its width, but not that of its box.
  document.fonts.addEventListener("loadingdone", () => boxes.forEach(mark))
})
