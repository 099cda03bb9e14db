// The page of the Explorer: what is chosen, and what is drawn of it. networks.js does the rest.
const SIDE = 64
const SHOWN = 512 // pixels along a side of a downloaded picture
const LARGEST_FILE = 50e6
const FIRST = 6 // of the gallery
const ROUNDS = 6 // of a search
const TOLERANCE = 0.02 // of the volume fraction, as in vae_course.latent.evolution
const DRAG = 700 // milliseconds in which changes count as one
const MARK = [213, 94, 0] // where two pictures differ: the second colour of vae_course.plotting
const part = (name) => document.getElementById(`explorer-${name}`)
const page = document.getElementById("explorer")
const say = (text) => (part("status").textContent = text)
let networks
let coarsening
let solver
let content

// What is chosen. `gallery` is a number, or `picture` holds a picture of 0 and 1.
const state = { gallery: 0, picture: null, axes: Array(8).fill(0), ratio: 1, seed: 0 }
let family = null // numbers of the networks that know its volume fraction
let code = null // of the microstructure that was chosen
let shown = null // the picture that is drawn, values of 0 to 1
let truth = null // what physics says to it, if it has been asked or is known
let led = null // the present that a past was carried back to, if it was

start().catch((error) => {
  page.dataset.state = "failed"
  say(`The Explorer could not start: ${error.message}. The rest of the site does not need it.`)
})

async function start() {
  if (typeof WebAssembly !== "object") throw new Error("this browser has no WebAssembly")
  networks = await import("./networks.js")
  coarsening = await import("./coarsening.js")
  solver = await import("./solver.js")
  content = await networks.load()
  makeGallery()
  makeAxes()
  part("light").oninput = showLight
  showLight()
  part("time").oninput = () => change({ ratio: stops()[part("time").value] })
  part("another").onclick = () => change({ seed: state.seed + 1 })
  part("simulate").onclick = () => (solver.busy() ? solver.stop() : attempt(checkByPhysics))
  part("marks").onchange = showTruth
  part("reset").onclick = () => choose({ gallery: state.gallery, picture: state.picture })
  part("undo").onclick = () => attempt(undo)
  part("random").onclick = () => attempt(random)
  part("file").onchange = () => attempt(() => loadPicture(part("file").files[0]))
  part("link").onclick = copyLink
  part("download").onclick = download
  part("find").onsubmit = (event) => {
    event.preventDefault()
    attempt(() => find(Number(part("target").value)))
  }
  addEventListener("hashchange", () => location.hash.slice(1) !== link() && attempt(restore))
  try {
    await restore()
  } catch (error) {
    await choose({ gallery: FIRST })
    say(`The link cannot be read: ${error.message}.`)
  }
  document.querySelector(".explorer-parts").inert = false
  page.dataset.state = "ready"
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
  content.gallery.forEach((one, k) => {
    const button = document.createElement("button")
    button.type = "button"
    const canvas = document.createElement("canvas")
    canvas.width = canvas.height = SIDE
    paint(canvas, networks.fromBits(one.frames[one.present]))
    button.setAttribute("aria-label", `Microstructure ${k + 1} of ${content.gallery.length}`)
    button.append(canvas)
    button.onclick = () => choose({ gallery: k })
    part("gallery").append(button)
  })
}

function makeAxes() {
  content.families.case1.share.forEach((_, k) => {
    const label = document.createElement("label")
    const slider = document.createElement("input")
    const value = document.createElement("output")
    Object.assign(slider, { type: "range", min: -3, max: 3, step: 0.1, id: `explorer-axis-${k}` })
    label.htmlFor = value.htmlFor = slider.id
    const name = Object.assign(document.createElement("span"), { id: `explorer-share-${k}` })
    label.append(name, value)
    slider.oninput = () => {
      const axes = [...state.axes]
      axes[k] = Number(slider.value)
      change({ axes })
    }
    part("axes").append(label, slider)
  })
}

/** Ratios of times that the slider stops at: those of the frames, where they are known. */
function stops() {
  if (state.gallery === null) return [0.35, 0.5, 0.7, 1, 1.4, 2, 3, 5, 10]
  const { times, present } = content.gallery[state.gallery]
  const ratios = times.map((time) => time / times[present])
  return ratios.filter((ratio) => ratio > 0.3 && ratio <= content.largest)
}

const bent = () => state.axes.some((value) => value)

/** The frame of the simulation that is asked for, if it is known. */
function frame() {
  if (state.gallery === null || bent()) return null
  const { times, present } = content.gallery[state.gallery]
  const found = times.findIndex((time) => Math.abs(time / times[present] / state.ratio - 1) < 1e-6)
  return found < 0 ? null : found
}

/** Choose a microstructure, as it is. */
async function choose({ gallery = null, picture = null, axes = Array(8).fill(0) }) {
  Object.assign(state, { gallery, picture, axes, ratio: 1, seed: 0 })
  say("")
  await encodeChosen()
  await change({})
}

async function encodeChosen() {
  const one = content.gallery[state.gallery]
  if (one) state.picture = networks.fromBits(one.frames[one.present])
  const { lowest, highest } = content.families.case1.conservation
  const light = share(state.picture)
  const name = light >= lowest - TOLERANCE && light <= highest + TOLERANCE ? "case1" : "all-cases"
  networks.use(name)
  family = content.families[name]
  code = await networks.encode(state.picture)
  const [low, high] = family.energies
  Object.assign(part("meter"), { min: low, max: high })
  const { mean } = await networks.energy(state.picture)
  Object.assign(part("target"), { min: low.toFixed(2), max: high.toFixed(2), value: mean.toFixed(2) })
  family.share.forEach((part_, k) => {
    part(`share-${k}`).textContent = `Axis ${k + 1} (${(100 * part_).toFixed(0)} %)`
  })
}

/** Change something, and draw it. While one picture is computed, only the last wish is kept. */
let wishes = 0
let drawing = null
function change(wish) {
  if (solver.busy()) solver.stop()
  Object.assign(state, wish)
  wishes++
  drawing ??= (async () => {
    let done = -1
    while (done !== wishes) {
      done = wishes
      await draw()
    }
    drawing = null
    const place = link()
    history.replaceState(null, "", `#${place}`)
    remember(place, Object.keys(wish).join())
  })()
  return drawing
}

/** Keep what was drawn, for `undo`; the stops of one drag of a slider count as one. */
const visited = []
let remembered = { at: 0, kind: "" }
function remember(place, kind) {
  if (visited.at(-1) === place) return
  const at = performance.now()
  if (kind && kind === remembered.kind && at - remembered.at < DRAG) visited.pop()
  remembered = { at, kind }
  visited.push(place)
  part("undo").disabled = visited.length < 2
}

async function undo() {
  visited.pop()
  const before = visited.at(-1)
  const kept = [...visited]
  history.replaceState(null, "", `#${before}`)
  await restore()
  visited.splice(0, visited.length, ...kept) // on its way back it was elsewhere, too
  remembered.kind = ""
  part("undo").disabled = visited.length < 2
}

/** The code of the present: that of the microstructure, moved along the axes. */
function present() {
  const z = Float32Array.from(code)
  state.axes.forEach((value, k) => value && family.axes[k].forEach((step, i) => (z[i] += value * step)))
  return z
}

async function draw() {
  const { ratio, seed } = state
  let z = present()
  let fraction
  if (ratio > 1) z = await networks.forward(z, ratio)
  if (ratio < 1) {
    const now = networks.probabilities(await networks.decode(z))
    const noise = networks.normals(z.length + 1, seed)
    const { base, growth } = family.conservation
    const drift = (base + growth * Math.abs(Math.log(ratio))) * noise[z.length]
    fraction = Math.min(0.999, Math.max(0.001, share(now) + drift))
    const start = noise.subarray(0, z.length).map((value) => family.temperature * value)
    z = await networks.backward(z, ratio, start)
  }
  shown = networks.probabilities(await networks.decode(z), fraction)
  const { mean, spread } = await networks.energy(cut(shown))
  show(mean, Math.hypot(family.calibration.base, family.calibration.factor * spread))
}

const cut = (picture) => picture.map((value) => Number(value > 0.5))
const share = (picture) => cut(picture).reduce((sum, value) => sum + value) / picture.length

function show(energy, deviation) {
  paint(part("prediction"), shown)
  page.dataset.drawn = Number(page.dataset.drawn ?? 0) + 1
  const known = frame()
  const one = content.gallery[state.gallery]
  truth = known === null ? null : networks.fromBits(one.frames[known])
  led = null
  showTruth()
  part("agreement").textContent = truth ? agreements(truth, cut(shown), "truth", state.ratio === 1 ? null : state.picture) : ""
  part("elements").textContent = ""
  const age = state.ratio === 1 ? "now" : `${state.ratio.toFixed(2)} × as old as now`
  part("says").textContent = `Prediction: ${light(shown)}`
  part("true").textContent = truth ? `Simulated truth: ${light(truth)}` : "The truth is not known"
  part("prediction").setAttribute("aria-label", `${part("says").textContent}, ${age}`)
  part("truth").setAttribute("aria-label", part("true").textContent)
  const found = `W = ${energy.toFixed(3)} ± ${deviation.toFixed(3)}`
  part("energy").textContent = truth ? `${found} (true: ${one.energies[known].toFixed(3)})` : found
  part("meter").value = energy
  const times = stops()
  const place = times.reduce((best, r, k) => (Math.abs(Math.log(r / state.ratio)) < Math.abs(Math.log(times[best] / state.ratio)) ? k : best), 0)
  Object.assign(part("time"), { max: times.length - 1, value: place })
  part("time").setAttribute("aria-valuetext", age)
  part("age").textContent = age
  part("another").disabled = state.ratio >= 1
  state.axes.forEach((value, k) => {
    const slider = part(`axis-${k}`)
    slider.value = value
    document.querySelector(`output[for="${slider.id}"]`).textContent = value.toFixed(1)
  })
  document.querySelectorAll("#explorer-gallery button").forEach((button, k) => button.setAttribute("aria-pressed", k === state.gallery))
}

const light = (picture) => `${(100 * share(picture)).toFixed(0)} % light`

/** Draw a picture pixel by pixel, or nothing; where `other` differs, in the colour of marks. */
function paint(canvas, picture, other = null) {
  const context = canvas.getContext("2d")
  const image = context.createImageData(SIDE, SIDE)
  picture?.forEach((value, i) => {
    const colour = other && other[i] !== value ? MARK : content.colours[Math.round(255 * value)]
    image.data.set([...colour, 255], 4 * i)
  })
  context.putImageData(image, 0, 0)
}

function showTruth() {
  // compared with the prediction, or with the present that a past leads to
  paint(part("truth"), truth, part("marks").checked ? (led ?? cut(shown)) : null)
}

/** How many pixels agree, in words, beside those that agree if nothing had changed. */
function agreements(known, predicted, what, still) {
  const agree = (picture) => `${((100 * picture.filter((value, i) => value === known[i]).length) / known.length).toFixed(1)} %`
  const beside = still ? `; if nothing had changed, ${agree(still)}` : ""
  return `${agree(predicted)} of the pixels agree with the ${what}${beside}`
}

/** Ask physics: where the present goes, or where the past that is shown leads; and its energy. */
async function checkByPhysics() {
  const asked = wishes
  const { ratio } = state
  const picture = ratio === 1 && !bent() ? state.picture : cut(shown)
  part("simulate").textContent = "Cancel"
  try {
    const said = ratio === 1 ? "" : await simulate(picture, ratio, asked)
    const from = performance.now()
    say("Solving finite elements …")
    const energy = await solver.solve({ picture }, () => {})
    if (asked !== wishes) return
    if (energy === null) throw new Error("Cancelled")
    part("elements").textContent = `By finite elements: W = ${energy.toFixed(3)}`
    say(`${said}Finite elements, solved in this page in ${seconds(from)} s.`)
  } finally {
    part("simulate").textContent = "Check by physics"
  }
}

const seconds = (from) => ((performance.now() - from) / 1000).toFixed(1)

async function simulate(picture, ratio, asked) {
  const now = bent() ? cut(networks.probabilities(await networks.decode(present()))) : state.picture
  const one = bent() ? null : content.gallery[state.gallery]
  const time = one ? one.times[one.present] : coarsening.age(now, family.clock)
  const { b, lam } = one ?? content.typical
  const future = ratio > 1
  const wish = future ? { picture: now, elapsed: (ratio - 1) * time } : { picture, elapsed: (1 - ratio) * time }
  const from = performance.now()
  const found = await solver.solve({ ...wish, b, lam }, (done) => say(`Solving the Cahn–Hilliard equation: ${Math.round(100 * done)} %`))
  if (!found || asked !== wishes) throw new Error("Cancelled")
  truth = found
  led = future ? null : now
  showTruth()
  part("true").textContent = `${future ? "Simulated here" : "Where this past leads"}: ${light(found)}`
  part("truth").setAttribute("aria-label", part("true").textContent)
  part("agreement").textContent = future ? agreements(found, picture, "simulation", now) : agreements(now, found, "present", picture)
  const clock = one ? "its own constants and time" : "typical constants, and its age by the size of its domains"
  return `Cahn–Hilliard, solved in this page in ${seconds(from)} s, with ${clock}. `
}

function showLight() {
  part("share").textContent = `${(100 * part("light").value).toFixed(0)} %`
}

/** Draw a new microstructure by the flow, with the share of the light phase that is asked for. */
async function random() {
  const fraction = Number(part("light").value)
  const seed = Math.floor(2 ** 31 * Math.random())
  part("random").disabled = true
  say("Drawing one that nobody has seen …")
  try {
    const logits = await networks.sample(content.flow, fraction, Math.random(), networks.normals(256, seed))
    await choose({ picture: cut(networks.probabilities(logits, fraction)) })
    say("Drawn by a flow from noise: no simulation made it.")
  } finally {
    part("random").disabled = false
  }
}

/** Read a picture of any size: its central square, in 64 × 64 pixels, cut into two phases. */
async function loadPicture(file) {
  if (!file) return
  if (file.size > LARGEST_FILE) throw new Error(`${file.name} has more than 50 MB`)
  let bitmap
  try {
    bitmap = await createImageBitmap(file)
  } catch {
    throw new Error(`${file.name} is no picture that this browser can read`)
  }
  const side = Math.min(bitmap.width, bitmap.height)
  const canvas = new OffscreenCanvas(SIDE, SIDE)
  const context = canvas.getContext("2d")
  context.imageSmoothingQuality = "high"
  const corner = [(bitmap.width - side) / 2, (bitmap.height - side) / 2]
  context.drawImage(bitmap, ...corner, side, side, 0, 0, SIDE, SIDE)
  const { data } = context.getImageData(0, 0, SIDE, SIDE)
  const grey = Array.from({ length: SIDE * SIDE }, (_, i) => Math.round((data[4 * i] + data[4 * i + 1] + data[4 * i + 2]) / 3))
  const level = otsu(grey)
  const picture = Float32Array.from(grey, (value) => Number(value > level))
  if (share(picture) === 0 || share(picture) === 1) throw new Error(`${file.name} has one shade only`)
  await choose({ picture })
  const { lowest, highest } = content.families["all-cases"].conservation
  const light = share(picture)
  const percent = (value) => (100 * value).toFixed(0)
  say(
    light < lowest || light > highest
      ? `${percent(light)} % of ${file.name} is light. The networks know ${percent(lowest)} to ${percent(highest)} %: do not trust them here.`
      : `${file.name}: its central square, cut into two phases.`,
  )
}

/** Otsu's threshold: the one that leaves the least variance within both classes. */
function otsu(values) {
  const count = Array(256).fill(0)
  values.forEach((value) => count[value]++)
  const total = values.reduce((sum, value) => sum + value, 0)
  let [best, level, below, sum] = [-1, 0, 0, 0]
  for (let t = 0; t < 255; t++) {
    below += count[t]
    sum += t * count[t]
    const above = values.length - below
    if (!below || !above) continue
    const between = below * above * (sum / below - (total - sum) / above) ** 2
    if (between > best) [best, level] = [between, t]
  }
  return level
}

/** Look for a microstructure of a strain energy, near the one that is shown. */
async function find(target) {
  const [low, high] = family.energies
  if (!(target >= low && target <= high)) throw new Error(`W must lie between ${low.toFixed(2)} and ${high.toFixed(2)}`)
  const before = shown
  const begin = await networks.encode(cut(before))
  let z = begin
  let best = null
  part("find").inert = true
  try {
    let aim = target
    for (let round = 0; round < ROUNDS; round++) {
      z = await networks.design(begin, z, aim, (done) => say(`Looking for W = ${target}: ${Math.round((100 * (round + done)) / ROUNDS)} %`))
      const picture = cut(networks.probabilities(await networks.decode(z)))
      const { mean } = await networks.energy(picture)
      if (!best || Math.abs(mean - target) < Math.abs(best.mean - target)) best = { picture, mean }
      aim += target - mean // cutting grey into phases changes the energy: aim beside the target
    }
  } finally {
    part("find").inert = false
  }
  await choose({ picture: best.picture })
  const moved = best.picture.filter((value, i) => value > 0.5 !== before[i] > 0.5).length / before.length
  const found = `Found: the networks say W = ${best.mean.toFixed(3)}; ${(100 * moved).toFixed(0)} % of the pixels have changed.`
  say(`${found} Asking finite elements …`)
  await checkByPhysics()
  say(found)
}

/** What is chosen, as the part of an address behind the #. */
function link() {
  const fields = new URLSearchParams()
  if (state.gallery === null) fields.set("p", networks.toBits(state.picture))
  else fields.set("g", state.gallery + 1)
  if (bent()) fields.set("a", state.axes.join(","))
  if (state.ratio !== 1) fields.set("r", state.ratio.toFixed(6))
  if (state.ratio < 1) fields.set("s", state.seed)
  return fields.toString()
}

async function restore() {
  const fields = new URLSearchParams(location.hash.slice(1))
  const whole = (name, low, high, other) => {
    const value = Math.round(Number(fields.get(name) ?? other))
    return value >= low && value <= high ? value : other
  }
  const axes = (fields.get("a") ?? "").split(",").map(Number)
  const usable = axes.length === 8 && axes.every((value) => Math.abs(value) <= 3)
  const wish = usable ? { axes } : {}
  const bits = fields.get("p")
  if (bits) await choose({ picture: networks.fromBits(bits), ...wish })
  else await choose({ gallery: whole("g", 1, content.gallery.length, FIRST + 1) - 1, ...wish })
  const ratio = Number(fields.get("r"))
  const near = stops().find((stop) => Math.abs(stop / ratio - 1) < 1e-3)
  if (near) await change({ ratio: near, seed: whole("s", 0, 1e6, 0) })
}

async function copyLink() {
  try {
    await navigator.clipboard.writeText(location.href)
    say("The link is copied.")
  } catch {
    say(`Copy the address of this page: ${location.href}`)
  }
}

function download() {
  const canvas = document.createElement("canvas")
  canvas.width = canvas.height = SHOWN
  const context = canvas.getContext("2d")
  context.imageSmoothingEnabled = false
  context.drawImage(part("prediction"), 0, 0, SHOWN, SHOWN)
  const anchor = document.createElement("a")
  anchor.href = canvas.toDataURL("image/png")
  anchor.download = "microstructure.png"
  anchor.click()
}
