// How the models work, on the reader's own picture: a cloud of codes, and a flow from noise.
import * as lab from "./laboratory.js"
import { canvas, paint, paintNumbers, percent, agreement, cut } from "./pictures.js"
import { CODE, normals } from "./networks.js"

const part = (name) => document.getElementById(`mechanism-${name}`)
let seed = 0
let drawn = "" // of which code and noise the cloud is drawn
let way = [] // codes from noise to a microstructure, and the picture of each
let visible = false

export function make(page) {
  new IntersectionObserver(([entry]) => {
    visible = entry.isIntersecting
    if (visible) page.settle()
  }).observe(document.getElementById("mechanism"))
  part("noise").oninput = page.settle
  part("draw").onclick = () => {
    seed++
    page.settle()
  }
  part("flow").onclick = () => page.attempt(follow)
  part("step").oninput = showStep
}

/** Draw how the code of the reader's picture is made, and what becomes of it. */
export async function* fill() {
  const amount = Number(part("noise").value)
  const key = [lab.version, amount, seed].join()
  if (!visible || key === drawn) return
  const { mean, deviation } = lab.cloud
  const noise = normals(CODE, seed)
  const code = mean.map((value, i) => value + amount * deviation[i] * noise[i])
  const rebuilt = await lab.decoded(code)
  yield
  drawn = key
  paint(part("picture"), lab.state.picture)
  paintNumbers(part("mean"), mean)
  paintNumbers(part("deviation"), deviation)
  paintNumbers(part("epsilon"), noise)
  paintNumbers(part("code"), code)
  paint(part("rebuilt"), rebuilt)
  part("amount").textContent = `${amount.toFixed(1)} × σ`
  const sorted = [...deviation].sort((a, b) => a - b)
  part("spread").textContent = `spreads σ, ${sorted[0].toFixed(2)} to ${sorted.at(-1).toFixed(2)}`
  part("agreement").textContent = `${percent(agreement(cut(rebuilt), lab.state.picture))} of the pixels agree`
}

/** Follow the flow from new noise, and keep every step. */
async function follow() {
  part("flow").disabled = true
  try {
    const codes = await lab.follow(Number(document.getElementById("explorer-light").value), seed++, 0.5)
    way = []
    part("way").replaceChildren()
    for (const code of codes) {
      const picture = await lab.pictured(code)
      way.push({ code, picture })
      const small = canvas()
      paint(small, picture)
      part("way").append(small)
    }
    Object.assign(part("step"), { max: way.length - 1, value: way.length - 1, disabled: false })
    showStep()
  } finally {
    part("flow").disabled = false
  }
}

function showStep() {
  const at = Number(part("step").value)
  paintNumbers(part("point"), way[at].code)
  paint(part("seen"), way[at].picture)
  part("tau").textContent = `τ = ${(at / (way.length - 1)).toFixed(2)}`
  ;[...part("way").children].forEach((small, k) => small.classList.toggle("now", k === at))
}
