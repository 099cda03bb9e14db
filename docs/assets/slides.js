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
// A formula that is wider than its slide gets smaller letters, when it is first shown.
const fit = ({ currentSlide }) => {
  for (const formula of currentSlide.querySelectorAll(".katex-display")) {
    const part = formula.clientWidth / formula.scrollWidth
    if (part < 1) formula.style.fontSize = `${Math.floor(76 * part) / 100}em`
  }
}
Reveal.on("ready", fit)
Reveal.on("slidechanged", fit)
