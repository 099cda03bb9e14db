// What is chosen in the Explorer, and what networks and physics say to it; it draws nothing.
import * as coarsening from "./coarsening.js"
import * as networks from "./networks.js"
import { agreement, cut, drawWith, share } from "./pictures.js"
import * as solver from "./solver.js"

export const FIRST = 6 // of the gallery
const LOADED = [0.35, 0.5, 0.7, 1, 1.2, 1.5, 2, 2.5, 3.5, 5, 7, 10] // stops of what has no frames
export const END = 3 // of an axis, in units of the spread of training simulations
const TOLERANCE = 0.02 // of the volume fraction, as in vae_course.latent.evolution
const ROUNDS = 6 // of a search

export let content // all numbers of explorer.json
export let family // those of the networks that know the volume fraction of what is chosen
let nets // and these networks
export let cloud // means and deviations of the code of what was chosen

// What is chosen. `gallery` is a number, or else `picture` is the reader's own; of 0 and 1.
export const state = { gallery: 0, picture: null, axes: Array(8).fill(0), ratio: 1, seed: 0 }

// What has been found out about this present: predictions by ratio and seed, pictures simulated from
// it by ratio, and where its pasts lead by ratio and seed.
const predictions = new Map()
export const simulated = new Map()
const arrivals = new Map()
let presence = null
export let version = 0 // of the present: what was found out about another one is out of date

export async function load() {
  content = await networks.load()
  drawWith(content.colours)
}

export const bent = () => state.axes.some((value) => value)
const ofGallery = () => content.gallery[state.gallery] ?? null
const known = () => (bent() ? null : ofGallery())

/** Change what is chosen; what was found out about another present is forgotten. */
export function wish(changes) {
  Object.assign(state, changes)
  if ("axes" in changes || "picture" in changes || "gallery" in changes) forget()
}

function forget() {
  for (const found of [predictions, simulated, arrivals]) found.clear()
  presence = null
  version++
}

/** Find the code of what was chosen, by the family of networks that knows its volume fraction. */
export async function encode() {
  const chosen = ofGallery()
  if (chosen) state.picture = networks.fromBits(chosen.frames[chosen.present])
  const { lowest, highest } = content.families.case1.conservation
  const part = share(state.picture)
  const name = part >= lowest - TOLERANCE && part <= highest + TOLERANCE ? "case1" : "all-cases"
  family = content.families[name]
  nets = networks.family(name)
  cloud = await nets.encode(state.picture)
  forget() // what was asked meanwhile was asked of another code
}

/** The code of the present: that of what was chosen, moved along the axes. */
export function code(axes = state.axes) {
  const z = Float32Array.from(cloud.mean)
  axes.forEach((value, k) => value && family.axes[k].forEach((step, i) => (z[i] += value * step)))
  return z
}

/** Where a code lies along the first two axes, in units of the spread of training simulations. */
export function place(z) {
  return family.axes.slice(0, 2).map((axis, k) => {
    const square = axis.reduce((sum, step) => sum + step * step, 0)
    return axis.reduce((sum, step, i) => sum + step * z[i], 0) / square - family.centre[k]
  })
}

export const decoded = async (z) => networks.probabilities(await nets.decode(z))

/** The present as a picture of 0 and 1: as it was chosen, or as it was bent. */
export async function now() {
  return bent() ? cut(await shown()) : state.picture
}

const shown = () => (presence ??= decoded(code()))

/** What the networks predict at a ratio of the age: probabilities of phase 1. */
export function predict(ratio, seed) {
  const key = [ratio, ratio < 1 && seed].join()
  if (!predictions.has(key)) {
    const asked = predicted(ratio, seed)
    predictions.set(key, asked)
    asked.catch(() => predictions.delete(key)) // to be asked again
  }
  return predictions.get(key)
}

async function predicted(ratio, seed) {
  const z = code()
  if (ratio === 1) return shown()
  const { decode, forward, backward } = nets // of the moment when this was asked
  if (ratio > 1) return networks.probabilities(await decode(await forward(z, ratio)))
  const { conservation, temperature } = family
  const noise = networks.normals(z.length + 1, seed)
  const drift = conservation.base + conservation.growth * Math.abs(Math.log(ratio))
  const fraction = share(await shown()) + drift * noise[z.length]
  const start = noise.subarray(0, z.length).map((value) => temperature * value)
  const logits = await decode(await backward(z, ratio, start))
  return networks.probabilities(logits, Math.min(0.999, Math.max(0.001, fraction)))
}

/** Strain energy of a picture, and its standard deviation, by the ensemble. */
export async function energy(picture) {
  const { calibration } = family
  const { mean, spread } = await nets.energy(cut(picture))
  return { mean, deviation: Math.hypot(calibration.base, calibration.factor * spread) }
}

/** Ratios of times that can be asked for: those of the frames, where they are known. */
export function stops() {
  const chosen = ofGallery()
  if (!chosen) return LOADED
  const ratios = chosen.times.map((time) => time / chosen.times[chosen.present])
  return ratios.filter((ratio) => ratio > 0.3 && ratio <= content.largest)
}

/** The frame of the simulation at a ratio, { picture, energy }, where it is known. */
export function frame(ratio = state.ratio) {
  if (!known()) return null
  const { times, present, frames, energies } = known()
  const found = times.findIndex((time) => Math.abs(time / times[present] / ratio - 1) < 1e-6)
  return found < 0 ? null : { picture: networks.fromBits(frames[found]), energy: energies[found] }
}

/** Where a past leads by physics, { picture, led }, if that has been asked; so much is the present. */
export const arrival = (seed = state.seed) => arrivals.get([state.ratio, seed].join())

/** Constants and age of the present: its own, or typical ones and that of its domains. */
async function constants() {
  const own = known()
  if (own) return { ...own, time: own.times[own.present] }
  return { ...content.typical, time: coarsening.age(await now(), family.clock) }
}

/** Simulate the present to all stops up to the ratio, or the past that is shown to the present. */
export async function simulate(report) {
  const { ratio, seed } = state
  const { b, lam, time } = await constants()
  const wanted = ratio > 1 ? stops().filter((stop) => stop > 1 && stop <= ratio) : [ratio]
  const present = await now()
  const picture = ratio > 1 ? present : cut(await predict(ratio, seed))
  const times = wanted.map((stop) => Math.abs(stop - 1) * time)
  const found = await solver.solve({ picture, b, lam, times }, report)
  if (!found) throw new Error("Cancelled")
  if (ratio < 1) arrivals.set([ratio, seed].join(), { picture: found[0], led: agreement(found[0], present) })
  else wanted.forEach((stop, k) => simulated.set(stop, found[k]))
}

/** Strain energy of a picture by finite elements. */
export async function solved(picture) {
  const found = await solver.solve({ picture }, () => {})
  if (found === null) throw new Error("Cancelled")
  return found
}

/** Look for a picture of a strain energy, near another one. */
export async function find(target, picture, report) {
  const begin = (await nets.encode(picture)).mean
  let [z, aim, best] = [begin, target, null]
  for (let round = 0; round < ROUNDS; round++) {
    z = await networks.design(nets, begin, z, aim, (done) => report((round + done) / ROUNDS))
    const found = cut(await decoded(z))
    const { mean } = await energy(found)
    if (!best || Math.abs(mean - target) < Math.abs(best.mean - target)) best = { picture: found, mean }
    aim += target - mean // cutting grey into phases changes the energy: aim beside the target
  }
  return best
}

/** Follow the flow from noise: codes, the last one that of a new microstructure. */
export function follow(fraction, seed, chance) {
  return networks.sample(content.flow, fraction, chance, networks.normals(networks.CODE, seed))
}

/** The picture of a code of the flow; with a fraction, shifted to so much light. */
export async function pictured(z, fraction) {
  return networks.probabilities(await networks.family("all-cases").decode(z), fraction)
}

/** What is chosen, as the part of an address behind the #. */
export function link() {
  const fields = new URLSearchParams()
  if (state.gallery === null) fields.set("p", networks.toBits(state.picture))
  else fields.set("g", state.gallery + 1)
  if (bent()) fields.set("a", state.axes.join(","))
  if (state.ratio !== 1) fields.set("r", state.ratio.toFixed(6))
  if (state.ratio < 1) fields.set("s", state.seed)
  return fields.toString()
}

/** Read such a link: what to choose, and what to change then. What makes no sense is left out. */
export function readLink(text) {
  const fields = new URLSearchParams(text)
  const whole = (name, low, high, other) => {
    const value = Math.round(Number(fields.get(name) ?? other))
    return value >= low && value <= high ? value : other
  }
  const axes = (fields.get("a") ?? "").split(",").map(Number)
  const usable = axes.length === 8 && axes.every((value) => Math.abs(value) <= END)
  const bits = fields.get("p")
  const chosen = bits
    ? { picture: networks.fromBits(bits) }
    : { gallery: whole("g", 1, content.gallery.length, FIRST + 1) - 1 }
  return {
    chosen: usable ? { ...chosen, axes } : chosen,
    ratio: Number(fields.get("r")),
    seed: whole("s", 0, 1e6, 0),
  }
}
