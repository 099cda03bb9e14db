// The networks of the course in the browser: exported from Keras, run by onnxruntime-web.
//
// A code is a Float32Array of 256 numbers, a picture one of 64 × 64 values of 0 to 1. There are two
// families of networks: of Case 1 (both phases equally common), and of all cases.
import * as ort from "./runtime/ort.wasm.min.mjs"

const here = (name) => new URL(`./${name}`, import.meta.url).href

ort.env.wasm.numThreads = 1 // more would need headers that a plain web server does not send
ort.env.wasm.wasmPaths = here("runtime/")

export const SIDE = 64
export const CODE = 256
const STEPS = 8 // of the flow from noise to a past, as in vae_course.latent.evolution
const SAMPLE_STEPS = 12 // of the flow from noise to a microstructure, as in vae_course.latent.flow
const NEAREST = 30 // conditions of the data, of which one is told to it
const sessions = {}
const tensor = (values, ...shape) => new ort.Tensor("float32", values, shape)

async function fetched(name) {
  const answer = await fetch(here(name)).catch(() => {
    throw new Error(`${name} could not be fetched; is this computer offline?`)
  })
  if (!answer.ok) throw new Error(`${name} could not be fetched (${answer.status})`)
  return answer
}

/** Start onnxruntime, and read the gallery, the axes and all other numbers. */
export async function load() {
  const packed = await fetched("runtime/ort-wasm-simd-threaded.wasm.packed")
  const binary = packed.body.pipeThrough(new DecompressionStream("gzip"))
  ort.env.wasm.wasmBinary = await new Response(binary).arrayBuffer()
  return (await fetched("networks/explorer.json")).json()
}

/** Run one network; it is fetched when it is first needed. Calls wait for each other. */
let last = Promise.resolve()
function run(name, ...inputs) {
  sessions[name] ??= session(name)
  const result = last.then(async () => {
    const network = await sessions[name]
    const outputs = await network.run(
      Object.fromEntries(network.inputNames.map((input, k) => [input, inputs[k]])),
    )
    return network.outputNames.map((output) => outputs[output].data)
  })
  last = result.catch(() => {})
  return result
}

async function session(name) {
  try {
    const bytes = await (await fetched(`networks/${name}.onnx`)).arrayBuffer()
    return await ort.InferenceSession.create(new Uint8Array(bytes))
  } catch (error) {
    delete sessions[name] // to be asked for again
    throw error
  }
}

/** The networks of a family, "case1" or "all-cases". */
export function family(name) {
  /** The cloud of codes of a picture: means and standard deviations. */
  async function encode(picture) {
    const input = tensor(Float32Array.from(picture), 1, SIDE, SIDE, 1)
    const [mean, logVariance] = await run(`${name}-encoder`, input)
    return { mean, deviation: logVariance.map((value) => Math.exp(value / 2)) }
  }

  /** Logits of phase 1. */
  async function decode(code) {
    return (await run(`${name}-decoder`, tensor(code, 1, CODE)))[0]
  }

  /** The code at `ratio` times the age, 1 to 10. */
  async function forward(code, ratio) {
    const log = tensor([Math.log(ratio)], 1, 1)
    return (await run(`${name}-forward`, tensor(code, 1, CODE), log))[0]
  }

  /** The code of a past at `ratio` times the age. */
  async function backward(code, ratio, noise) {
    const velocity = async (x, tau) => {
      const place = tensor([tau, Math.log(ratio)], 1, 2)
      return (await run(`${name}-past`, tensor(x, 1, CODE), tensor(code, 1, CODE), place))[0]
    }
    return (await heun(velocity, noise, STEPS)).at(-1)
  }

  /** Strain energy of a picture of 0 and 1: mean and spread of the ensemble that reads pictures. */
  async function energy(picture) {
    const [members] = await run(`${name}-energy`, tensor(Float32Array.from(picture), 1, SIDE, SIDE))
    const mean = average(members)
    return { mean, spread: Math.sqrt(average(members.map((value) => (value - mean) ** 2))) }
  }

  /** Strain energy of a code, and its gradient, by the ensemble that reads codes: for a search. */
  async function slope(code) {
    const [members, gradient] = await run(`${name}-slope`, tensor(code, 1, CODE))
    return { mean: average(members), gradient }
  }

  return { encode, decode, forward, backward, energy, slope }
}

/** Follow a velocity from noise to a code, by Heun's method; all points on the way. */
async function heun(velocity, noise, steps) {
  const way = [Float32Array.from(noise)]
  for (let k = 0; k < steps; k++) {
    const x = way.at(-1)
    const first = await velocity(x, k / steps)
    const second = await velocity(x.map((value, i) => value + first[i] / steps), (k + 1) / steps)
    way.push(x.map((value, i) => value + (first[i] + second[i]) / (2 * steps)))
  }
  return way
}

/**
 * Codes from noise to a new microstructure of all cases, to be cut at a volume fraction.
 *
 * `flow` holds what the flow is told by: scales, and times and volume fractions of the data, of
 * which one of those near `fraction` gives the age; `chance`, 0 to 1, says which.
 */
export async function sample(flow, fraction, chance, noise) {
  const near = [...flow.seen].sort((a, b) => Math.abs(a[1] - fraction) - Math.abs(b[1] - fraction))
  const time = near[Math.floor(NEAREST * chance)][0]
  const scaled = (value, [mean, deviation]) => (value - mean) / deviation
  const told = [scaled(Math.log(time), flow.log_time), 1, scaled(fraction, flow.volume_fraction), 1, 0, 0]
  const velocity = async (x, tau) =>
    (await run("all-cases-flow", tensor(x, 1, CODE), tensor([tau, ...told], 1, 7)))[0]
  return heun(velocity, noise, SAMPLE_STEPS)
}

const average = (values) => values.reduce((sum, value) => sum + value, 0) / values.length

/**
 * Move a code z downhill until networks say that it has a strain energy; near the start.
 *
 * Adam on ((W − target) / 0.01)² + |z − start|² / 50, with a rate that falls to zero.
 */
export async function design(networks, start, z, target, progress, steps = 40) {
  const first = new Float32Array(CODE)
  const second = new Float32Array(CODE)
  for (let k = 1; k <= steps; k++) {
    const { mean, gradient } = await networks.slope(z)
    const rate = 0.04 * (1 + Math.cos((Math.PI * k) / steps))
    z = z.map((value, i) => {
      const fall = (2 * (mean - target) * gradient[i]) / 0.01 ** 2 + (value - start[i]) / 25
      first[i] = 0.9 * first[i] + 0.1 * fall
      second[i] = 0.999 * second[i] + 0.001 * fall ** 2
      const step = first[i] / (1 - 0.9 ** k) / (Math.sqrt(second[i] / (1 - 0.999 ** k)) + 1e-8)
      return value - rate * step
    })
    progress(k / steps)
  }
  return z
}

/** Probabilities of phase 1 from logits, shifted so that a fraction of the pixels is above ½. */
export function probabilities(logits, fraction) {
  let level = 0
  if (fraction !== undefined) {
    const place = (1 - fraction) * (logits.length - 1)
    const sorted = Float32Array.from(logits).sort()
    const below = Math.floor(place)
    const above = Math.min(below + 1, logits.length - 1)
    level = sorted[below] + (place - below) * (sorted[above] - sorted[below])
  }
  return Float32Array.from(logits, (value) => 1 / (1 + Math.exp(level - value)))
}

/** Standard normal numbers that a seed determines (Mulberry32, Box and Muller). */
export function normals(count, seed) {
  let state = (seed + 1) * 0x9e3779b9
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return Float32Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()))
    return radius * Math.cos(2 * Math.PI * uniform())
  })
}

/** A picture of 0 and 1 from its bits in base64, eight pixels a byte, and back. */
export function fromBits(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  if (bytes.length !== (SIDE * SIDE) / 8) throw new Error("a picture has 4,096 bits")
  return Float32Array.from({ length: SIDE * SIDE }, (_, i) => (bytes[i >> 3] >> (7 - (i & 7))) & 1)
}

export function toBits(picture) {
  const bytes = new Uint8Array((SIDE * SIDE) / 8)
  picture.forEach((value, i) => (bytes[i >> 3] |= (value > 0.5) << (7 - (i & 7))))
  return btoa(String.fromCharCode(...bytes))
}
