// Time: a slider, a strip of what is predicted at all its stops, which plays, and a row of pasts.
import * as lab from "./laboratory.js"
import { button, part } from "./elements.js"
import { agreement, canvas, cut, paint, percent } from "./pictures.js"

const PASTS = 4
const FRAME = 450 // milliseconds a stop while the strip plays
const SLOW = 1300 // for readers who want less motion
const whole = (value) => (100 * value).toFixed(0)
let change // what the page does at a wish
let stops = []
let playing = null

export const ageOf = (ratio) => (ratio === 1 ? "now" : `${ratio.toFixed(2)} × as old as now`)

export function make(page) {
  change = page.change
  part("time").oninput = () => change({ ratio: stops[part("time").value] })
  part("play").onclick = () => (playing ? stop() : play())
  part("another").onclick = () => change({ seed: firstPast() + PASTS })
  for (let k = 0; k < PASTS; k++) {
    const [choose, ask] = [button(), button()]
    choose.append(canvas())
    choose.onclick = () => change({ seed: firstPast() + k })
    ask.onclick = async () => {
      await change({ seed: firstPast() + k })
      page.check()
    }
    const place = document.createElement("div")
    place.append(choose, ask)
    part("pasts").append(place)
  }
}

const firstPast = () => lab.state.seed - (lab.state.seed % PASTS)

/** Go from stop to stop, to the last one; any other wish ends it. */
async function play() {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches
  const mine = (playing = {})
  part("play").textContent = "Pause"
  const at = stops.indexOf(lab.state.ratio)
  for (let k = at === stops.length - 1 ? 0 : at + 1; k < stops.length && playing === mine; k++) {
    await change({ ratio: stops[k] }, true)
    await new Promise((resolve) => setTimeout(resolve, still ? SLOW : FRAME))
  }
  if (playing === mine) stop()
}

export function stop() {
  playing = null
  part("play").textContent = "Play"
}

/** Say where in time we are; pictures of another present fade until they are drawn anew. */
export function show() {
  const { ratio, seed } = lab.state
  const wanted = lab.stops()
  if (wanted.join() !== stops.join()) makeStrip(wanted)
  const place = stops.reduce((best, stop, k) => (distance(stop) < distance(stops[best]) ? k : best), 0)
  Object.assign(part("time"), { max: stops.length - 1, value: place })
  part("time").setAttribute("aria-valuetext", ageOf(ratio))
  part("age").textContent = ageOf(ratio)
  columns().forEach((column, k) => {
    column.setAttribute("aria-pressed", k === place)
    if (fade(column, stripKey(stops[k]))) say(column, ageOf(stops[k]))
  })
  part("past").hidden = ratio >= 1
  pasts().forEach(([choose, ask], k) => {
    choose.setAttribute("aria-pressed", firstPast() + k === seed)
    choose.setAttribute("aria-label", `Past ${firstPast() + k + 1}`)
    fade(choose, pastKey(k))
    const arrived = lab.arrival(firstPast() + k)
    ask.textContent = arrived ? percent(arrived.led) : "simulate"
    ask.setAttribute("aria-label", `Past ${firstPast() + k + 1}: ${arrived ? `${ask.textContent} agree with the present` : "simulate it to the present"}`)
  })
}

const distance = (stop) => Math.abs(Math.log(stop / lab.state.ratio))
const columns = () => [...part("strip").children]
const pasts = () => [...part("pasts").children].map((place) => [...place.children])
const stripKey = (stop) => [lab.version, stop, stop < 1 && lab.state.seed].join()
const pastKey = (k) => [lab.version, lab.state.ratio, firstPast() + k].join()
const fade = (column, key) => column.classList.toggle("faded", column.dataset.of !== key)

function makeStrip(wanted) {
  stops = wanted
  const made = stops.map((stop) => {
    const column = button()
    const name = document.createElement("span")
    name.textContent = stop === 1 ? "now" : `× ${stop.toFixed(2)}`
    column.append(canvas(), name, document.createElement("small"))
    say(column, ageOf(stop))
    column.onclick = () => change({ ratio: stop })
    return column
  })
  part("strip").replaceChildren(...made)
}

/** Say what a column of the strip shows, aloud and below it. */
function say(column, words, short = "") {
  column.lastElementChild.textContent = short
  column.setAttribute("aria-label", words)
}

/** Below each stop: how many per cent agree with what is known, and how many if nothing had changed. */
export const compare = () => columns().forEach((column, k) => compared(column, stops[k]))

async function compared(column, stop) {
  const known = stop === 1 ? null : (lab.frame(stop)?.picture ?? lab.simulated.get(stop))
  const key = stripKey(stop)
  if (!known || column.dataset.of !== key) return
  const [picture, now] = [await lab.predict(stop, lab.state.seed), await lab.now()]
  if (key !== stripKey(stop)) return
  const [agree, still] = [agreement(known, cut(picture)), agreement(known, now)].map(whole)
  say(column, `${ageOf(stop)}: ${agree} % agree, ${still} % if nothing had changed`, `${agree} | ${still}`)
}

/** Draw what is missing of strip and pasts, one picture after the other. */
export async function* fill() {
  const places = columns().map((column, k) => [column, stripKey(stops[k]), stops[k], lab.state.seed])
  if (lab.state.ratio < 1) pasts().forEach(([choose], k) => places.push([choose, pastKey(k), lab.state.ratio, firstPast() + k]))
  for (const [place, key, ratio, seed] of places) {
    if (place.dataset.of === key) continue
    const picture = await lab.predict(ratio, seed)
    yield
    paint(place.querySelector("canvas"), picture)
    place.dataset.of = key
    place.classList.remove("faded")
    if (place.parentElement === part("strip")) compared(place, ratio)
  }
}
