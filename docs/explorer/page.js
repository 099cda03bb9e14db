// The page of the Explorer: what is asked, and what is drawn of it. laboratory.js finds the answers.
import { button, part } from "./elements.js"
import * as lab from "./laboratory.js"
import * as mechanism from "./mechanism.js"
import { agreement, canvas, cut, download, light, paint, percent, read, share } from "./pictures.js"
import * as plane from "./plane.js"
import * as solver from "./solver.js"
import * as tasks from "./tasks.js"
import * as time from "./time.js"
import { fromBits } from "./networks.js"

const DRAG = 700 // milliseconds in which changes count as one
const QUIET = 200 // milliseconds without a wish, before what is less urgent is drawn
const page = document.getElementById("explorer")
const say = (text) => (part("status").textContent = text)
let shown = null // the picture that is drawn, values of 0 to 1
let predicted = null // its strain energy, by the networks
let asked = false // whether physics has been asked about what is shown

export async function open() {
  await lab.load()
  makeGallery()
  for (const made of [plane, tasks, time, mechanism]) made.make({ attempt, change, check, open: restore, settle })
  part("light").oninput = showLight
  showLight()
  part("simulate").onclick = () => (solver.busy() ? solver.stop() : check())
  part("marks").onchange = showBeside
  part("reset").onclick = () => attempt(() => choose({ gallery: lab.state.gallery, picture: lab.state.picture }))
  part("undo").onclick = () => attempt(undo)
  part("random").onclick = () => attempt(random)
  part("file").onchange = () => attempt(() => loadPicture(part("file").files[0]))
  part("link").onclick = copyLink
  part("download").onclick = () => download(part("prediction"))
  part("find").onsubmit = (event) => {
    event.preventDefault()
    attempt(() => find(Number(part("target").value)))
  }
  document.querySelectorAll(".explorer-tabs button").forEach((tab) => (tab.onclick = () => showPanel(tab.value)))
  addEventListener("hashchange", () => location.hash.slice(1) !== lab.link() && attempt(() => restore(location.hash.slice(1))))
  try {
    await restore(location.hash.slice(1))
  } catch (error) {
    await choose({ gallery: lab.FIRST })
    say(`The link cannot be read: ${error.message}.`)
  }
  document.querySelector(".explorer-parts").inert = false
}

/** Do something that may fail, and say so if it does. */
async function attempt(action) {
  try {
    await action()
  } catch (error) {
    say(`${error.message}.`)
  }
}

function makeGallery() {
  lab.content.gallery.forEach((one, k) => {
    const place = button()
    place.append(canvas())
    paint(place.firstChild, fromBits(one.frames[one.present]))
    place.setAttribute("aria-label", `Microstructure ${k + 1} of ${lab.content.gallery.length}`)
    place.onclick = () => attempt(() => choose({ gallery: k }))
    part("gallery").append(place)
  })
}

/** On a phone one panel is shown at a time. */
function showPanel(name) {
  page.dataset.panel = name
  document.querySelectorAll(".explorer-tabs button").forEach((tab) => tab.setAttribute("aria-pressed", tab.value === name))
}

/** Choose a microstructure, as it is. */
async function choose({ gallery = null, picture = null, axes = Array(8).fill(0) }) {
  lab.wish({ gallery, picture, axes, ratio: 1, seed: 0 })
  say("")
  await lab.encode()
  const [low, high] = lab.family.energies
  const { mean } = await lab.energy(lab.state.picture)
  Object.assign(part("meter"), { min: low, max: high })
  Object.assign(part("target"), { min: low.toFixed(2), max: high.toFixed(2), value: mean.toFixed(2) })
  await change({})
}

/** Change something, and draw it. While one picture is computed, only the last wish is kept. */
let wishes = 0
let drawing = null
function change(wish, plays = false) {
  if (solver.busy()) solver.stop()
  if (!plays) time.stop()
  part("found").textContent = ""
  lab.wish(wish)
  asked = false
  page.dataset.wishes = ++wishes
  drawing ??= drawAll(Object.keys(wish).join()).finally(() => (drawing = null))
  return drawing
}

async function drawAll(kind) {
  try {
    for (let done = -1; done !== wishes; ) {
      done = wishes
      await draw()
    }
  } catch (error) {
    say(`${error.message}.`)
    return
  }
  const place = lab.link()
  history.replaceState(null, "", `#${place}`)
  remember(place, kind)
  settle()
}

async function draw() {
  shown = await lab.predict(lab.state.ratio, lab.state.seed)
  predicted = await lab.energy(shown)
  show()
  page.dataset.drawn = Number(page.dataset.drawn ?? 0) + 1
}

/** Once there has been quiet for a moment, draw what is less urgent: strip, ends of axes, diagrams. */
let quiet
function settle() {
  clearTimeout(quiet)
  quiet = setTimeout(() => attempt(fill), QUIET)
}

async function fill() {
  const mine = wishes
  for (const part_ of [time, plane, mechanism]) {
    for await (const _ of part_.fill()) if (mine !== wishes) return
  }
  page.dataset.filled = mine
}

/** Keep what was drawn, for `undo`; the stops of one drag of a slider count as one. */
const visited = []
let remembered = { at: 0, kind: "" }
function remember(place, kind) {
  if (visited.at(-1) !== place) {
    const at = performance.now()
    if (kind && kind === remembered.kind && at - remembered.at < DRAG) visited.pop()
    remembered = { at, kind }
    visited.push(place)
  }
  part("undo").disabled = visited.length < 2
}

async function undo() {
  visited.pop()
  const before = visited.pop()
  const kept = [...visited]
  await restore(before)
  visited.splice(0, visited.length, ...kept) // on its way back it was elsewhere, too
  remember(before, "")
}

function show() {
  const { ratio } = lab.state
  const age = time.ageOf(ratio)
  paint(part("prediction"), shown)
  const kind = ratio !== 1 ? "Prediction" : lab.bent() ? "Bent" : "Rebuilt from its code"
  part("says").textContent = `${kind}: ${light(shown)}`
  part("prediction").setAttribute("aria-label", `${part("says").textContent}, ${age}`)
  part("elements").textContent = ""
  const known = lab.frame()
  const found = `W = ${predicted.mean.toFixed(3)} ± ${predicted.deviation.toFixed(3)}`
  part("energy").textContent = known ? `${found} (true: ${known.energy.toFixed(3)})` : found
  part("meter").value = predicted.mean
  document.querySelectorAll("#explorer-gallery button").forEach((one, k) => one.setAttribute("aria-pressed", k === lab.state.gallery))
  time.show()
  plane.show()
  return showBeside()
}

/** What is drawn beside the prediction, and `other`, with which it should agree; `still` of the pixels
 * would if nothing had changed. Nothing, if nothing is known. */
async function beside() {
  const { ratio, picture } = lab.state
  const [own, now, known] = [cut(shown), await lab.now(), lab.frame()]
  const arrived = ratio < 1 && lab.arrival()
  const simulated = lab.simulated.get(ratio)
  const free = asked || !known
  if (arrived && free) return { drawn: arrived.picture, other: now, says: "Where this past leads", still: agreement(own, now), what: "present" }
  if (simulated && free) return { drawn: simulated, other: own, says: "Simulated here", still: agreement(now, simulated), what: "simulation" }
  if (ratio === 1 && lab.bent()) return { drawn: picture, other: own, says: "Before it was bent", what: "picture before" }
  if (ratio === 1 && lab.state.gallery === null) return { drawn: picture, other: own, says: "Your picture", what: "picture" }
  if (!known) return null
  const still = ratio === 1 ? undefined : agreement(picture, known.picture)
  return { drawn: known.picture, other: own, says: "Simulated truth", still, what: "truth" }
}

async function showBeside() {
  const mine = wishes
  const found = await beside()
  if (mine !== wishes) return
  paint(part("truth"), found?.drawn, part("marks").checked ? found?.other : null)
  part("true").textContent = found ? `${found.says}: ${light(found.drawn)}` : "The truth is not known"
  part("truth").setAttribute("aria-label", part("true").textContent)
  part("agreement").textContent = found ? agreements(found) : ""
}

function agreements({ drawn, other, still, what }) {
  const agree = `${percent(agreement(drawn, other))} of the pixels agree with the ${what}`
  return still === undefined ? agree : `${agree}; if nothing had changed, ${percent(still)}`
}

/** Ask physics: where the present goes, or where the past that is shown leads; and its energy. */
const check = () => attempt(checkByPhysics)
async function checkByPhysics() {
  const mine = wishes
  const { ratio, seed, gallery, axes } = lab.state
  const picture = ratio === 1 ? await lab.now() : cut(await lab.predict(ratio, seed))
  part("simulate").textContent = "Cancel"
  try {
    let said = ""
    if (ratio !== 1) {
      const from = performance.now()
      await lab.simulate((done) => say(`Solving the Cahn–Hilliard equation: ${Math.round(100 * done)} %`))
      if (mine !== wishes) throw new Error("Cancelled")
      asked = true
      time.show()
      time.compare()
      await showBeside()
      const clock = lab.frame() ? "its own constants and time" : "typical constants, its age by the size of its domains"
      said = `Cahn–Hilliard, solved here in ${seconds(from)} s (${clock}). `
    }
    const from = performance.now()
    say(`${said}Solving finite elements …`)
    const energy = await lab.solved(picture)
    if (mine !== wishes) return
    part("elements").textContent = `By finite elements: W = ${energy.toFixed(3)}`
    say(`${said}Finite elements, solved here in ${seconds(from)} s.`)
    const leads = ratio < 1 && { led: lab.arrival().led, still: agreement(picture, await lab.now()) }
    const simulated = new Map([...lab.simulated].filter(([stop]) => stop <= ratio).sort(([a], [b]) => a - b))
    tasks.judge({ picture, energy, ratio, gallery, axes, predicted: (await lab.energy(picture)).mean, simulated, ...leads })
  } finally {
    part("simulate").textContent = "Check by physics"
  }
}

const seconds = (from) => ((performance.now() - from) / 1000).toFixed(1)

function showLight() {
  part("share").textContent = `${(100 * part("light").value).toFixed(0)} %`
}

/** Draw a new microstructure by the flow, with the share of the light phase that is asked for. */
async function random() {
  part("random").disabled = true
  say("Drawing one that nobody has seen …")
  try {
    const seed = Math.floor(2 ** 31 * Math.random())
    const fraction = Number(part("light").value)
    const way = await lab.follow(fraction, seed, Math.random())
    await choose({ picture: cut(await lab.pictured(way.at(-1), fraction)) })
    say("Drawn by a flow from noise: no simulation made it.")
  } finally {
    part("random").disabled = false
  }
}

async function loadPicture(file) {
  if (!file) return
  const picture = await read(file)
  await choose({ picture })
  const { lowest, highest } = lab.content.families["all-cases"].conservation
  const whole = (value) => (100 * value).toFixed(0)
  say(
    share(picture) < lowest || share(picture) > highest
      ? `${whole(share(picture))} % of ${file.name} is light. The networks know ${whole(lowest)} to ${whole(highest)} %: do not trust them here.`
      : `${file.name}: its central square, cut into two phases.`,
  )
}

/** Look for a microstructure of a strain energy, near the one that is shown. */
async function find(target) {
  const [low, high] = lab.family.energies
  if (!(target >= low && target <= high)) throw new Error(`W must lie between ${low.toFixed(2)} and ${high.toFixed(2)}`)
  const before = cut(shown)
  const answer = (text) => (part("found").textContent = text)
  part("find").inert = true
  let best
  try {
    best = await lab.find(target, before, (done) => answer(`Looking for W = ${target}: ${Math.round(100 * done)} %`))
  } finally {
    part("find").inert = false
    answer("")
  }
  await choose({ picture: best.picture })
  const moved = 1 - agreement(best.picture, before)
  const found = `Found: the networks say W = ${best.mean.toFixed(3)}; ${(100 * moved).toFixed(0)} % of the pixels have changed.`
  answer(`${found} Asking finite elements …`)
  await checkByPhysics()
  answer(found)
}

/** Choose what a link says. */
async function restore(text) {
  const { chosen, ratio, seed } = lab.readLink(text)
  await choose(chosen)
  const near = lab.stops().find((stop) => Math.abs(stop / ratio - 1) < 1e-3)
  if (near) await change({ ratio: near, seed })
}

async function copyLink() {
  try {
    await navigator.clipboard.writeText(location.href)
    say("The link is copied.")
  } catch {
    say(`Copy the address of this page: ${location.href}`)
  }
}
