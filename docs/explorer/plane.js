// The latent space: eight axes, each with a picture of its two ends, and a map of the first two.
import * as lab from "./laboratory.js"
import { part } from "./elements.js"
import { canvas, paint } from "./pictures.js"

const RANGE = 3.8 // of the map
const LENGTH = 400 // pixels along a side of the map
const SHADES = [[68, 1, 84], [33, 145, 140], [253, 231, 37]] // from low to high
let change
const cloud = canvas(LENGTH) // the map without the present
let drawn = ""

export function make(page) {
  change = page.change
  lab.content.families.case1.axes.forEach((_, k) => {
    const label = document.createElement("label")
    const slider = document.createElement("input")
    const value = document.createElement("output")
    Object.assign(slider, { type: "range", min: -lab.END, max: lab.END, step: 0.1, id: `explorer-axis-${k}` })
    label.htmlFor = value.htmlFor = slider.id
    label.append(`Axis ${k + 1}`, value)
    slider.oninput = () => change({ axes: moved(k, Number(slider.value)) })
    const ends = [canvas(), canvas()]
    ends.forEach((end) => end.setAttribute("aria-hidden", true))
    const row = document.createElement("div")
    row.append(ends[0], label, slider, ends[1])
    part("axes").append(row)
  })
  part("colour").onchange = drawMap
  part("map").width = part("map").height = LENGTH
  part("map").onclick = ({ offsetX, offsetY, target }) => {
    const own = lab.place(lab.cloud.mean)
    const asked = [offsetX, target.clientHeight - offsetY].map((at) => (2 * at / target.clientWidth - 1) * RANGE)
    const value = (k) => Math.min(lab.END, Math.max(-lab.END, Math.round(10 * (asked[k] - own[k])) / 10))
    change({ axes: [value(0), value(1), ...lab.state.axes.slice(2)] })
  }
}

const moved = (k, value) => lab.state.axes.map((old, i) => (i === k ? value : old))

export function show() {
  lab.state.axes.forEach((value, k) => {
    const slider = part(`axis-${k}`)
    slider.value = value
    document.querySelector(`output[for="${slider.id}"]`).textContent = value.toFixed(1)
    slider.parentElement.classList.toggle("faded", slider.parentElement.dataset.of !== key(k))
  })
  drawMap()
}

const key = (k) => [lab.version, moved(k, 0)].join()

/** Draw the ends of the axes, one picture after the other. */
export async function* fill() {
  for (const [k, row] of [...part("axes").children].entries()) {
    if (row.dataset.of === key(k)) continue
    for (const [end, value] of [[row.firstElementChild, -lab.END], [row.lastElementChild, lab.END]]) {
      const picture = await lab.decoded(lab.code(moved(k, value)))
      yield
      paint(end, picture)
    }
    row.dataset.of = key(k)
    row.classList.remove("faded")
  }
}

const pixel = (value) => ((value / RANGE + 1) * LENGTH) / 2

function shade(part_) {
  const [from, to] = part_ < 0.5 ? SHADES : SHADES.slice(1)
  const rest = part_ < 0.5 ? 2 * part_ : 2 * part_ - 1
  return `rgb(${from.map((value, k) => Math.round(value + rest * (to[k] - value)))})`
}

function drawCloud() {
  const { map } = lab.family
  const values = map[part("colour").value]
  const rank = []
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b])
  order.forEach((i, place) => (rank[i] = place / values.length))
  const context = cloud.getContext("2d")
  context.clearRect(0, 0, LENGTH, LENGTH)
  map.places.forEach(([x, y], i) => {
    context.fillStyle = shade(rank[i])
    context.fillRect(pixel(x) - 2, pixel(-y) - 2, 4, 4)
  })
}

/** The codes of 2,000 pictures of training simulations, and where the present lies among them. */
function drawMap() {
  const wanted = [part("colour").value, lab.family.map.places[0]].join()
  if (wanted !== drawn) drawCloud()
  drawn = wanted
  const context = part("map").getContext("2d")
  context.clearRect(0, 0, LENGTH, LENGTH)
  context.drawImage(cloud, 0, 0)
  const [own, present] = [lab.cloud.mean, lab.code()].map((z) => lab.place(z))
  const dot = ([x, y], radius, fill) => {
    context.beginPath()
    context.arc(pixel(x), pixel(-y), radius, 0, 2 * Math.PI)
    Object.assign(context, { fillStyle: fill, strokeStyle: "#ffffff", lineWidth: 3 })
    context.fill()
    context.stroke()
  }
  dot(own, 7, "#8a8a8a")
  dot(present, 10, "#d55e00")
  const at = present.map((value) => value.toFixed(1)).join(" and ")
  part("map").setAttribute("aria-label", `Map of the first two axes: the present lies at ${at}. The sliders of axes 1 and 2 move it.`)
}
