// What the theme leaves out for readers with a keyboard or a screen reader.
document$.subscribe(({ body }) => {
  body.querySelector(".md-search")?.setAttribute("aria-label", "Search")

  // A formula, table or block of code wider than the screen scrolls by itself: let the keyboard reach it.
  const boxes = body.querySelectorAll(
    "div.arithmatex, .md-typeset__scrollwrap, pre, pre > code, article figure",
  )
  const mark = (box) => {
    const scrolls = box.scrollWidth > box.clientWidth
    if (scrolls === (box.getAttribute("tabindex") === "0")) return
    if (scrolls) box.tabIndex = 0
    else box.removeAttribute("tabindex")
  }
  const reach = new ResizeObserver((changed) => changed.forEach(({ target }) => mark(target)))
  // On a screen without a mouse the theme takes code out of the keyboard's way again.
  const keep = new MutationObserver((changed) => changed.forEach(({ target }) => mark(target)))
  boxes.forEach((box) => {
    reach.observe(box)
    keep.observe(box, { attributeFilter: ["tabindex"] })
  })
  // The letters of a formula come later, and change its width, but not that of its box.
  document.fonts.addEventListener("loadingdone", () => boxes.forEach(mark))
})
