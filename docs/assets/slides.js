// Slides of a lesson: formulas by KaTeX, the rest by reveal.js; both are the site's own copies.
renderMathInElement(document.body, {
  delimiters: [
    { left: "\\[", right: "\\]", display: true },
    { left: "\\(", right: "\\)", display: false },
  ],
})
Reveal.initialize({
  hash: true,
  plugins: [RevealNotes],
  slideNumber: true,
  transition: "none",
  width: 1120,
  height: 680,
})
