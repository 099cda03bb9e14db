// What the theme leaves out for readers with a keyboard or a screen reader.
document$.subscribe(({ body }) => {
  body.querySelector(".md-search")?.setAttribute("aria-label", "Search")

  // A formula or table wider than the screen scrolls by itself: let the keyboard reach it.
  const boxes = body.querySelectorAll("div.arithmatex, .md-typeset__scrollwrap")
  const reach = new ResizeObserver((changed) => {
    for (const { target } of changed) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0
      else target.removeAttribute("tabindex")
    }
  })
  boxes.forEach((box) => reach.observe(box))
})
