// The Cahn–Hilliard equation in the browser. Equation, scheme, steps and units are those of
// vae_course.physics._phase_field, which says where they come from; a test compares the two.
//
// Fields lie at the centres of n × n cells, n a power of two. Modes are kept transposed, which no
// formula here can tell: all depend on |q|² alone.
import FFT from "./runtime/fft.js"

const FIRST_STEP = 2e-7
const SMALLEST_STEP = 1e-13
const RUNG = 2 ** 0.25 // steps grow and shrink by this, so that their weights can be kept
const TOLERANCE = 4e-4
const SERIES = 14 // terms of φ₃ near 0

/** Cosine transform (DCT-II, orthonormal) of n × n cells, two rows by one complex transform. */
class Cosine {
  constructor(n) {
    this.n = n
    this.fft = new FFT(n)
    this.rows = this.fft.createComplexArray()
    this.turned = this.fft.createComplexArray()
    this.half = new Float64Array(n * n)
    const angles = Array.from({ length: n }, (_, k) => (Math.PI * k) / (2 * n))
    this.cos = Float64Array.from(angles, Math.cos)
    this.sin = Float64Array.from(angles, Math.sin)
    this.scale = Float64Array.from(angles, (_, k) => Math.sqrt((k ? 2 : 1) / n))
    // Even places of a row, then odd ones from behind (J. Makhoul, 1980).
    this.place = Int32Array.from(angles, (_, k) => (2 * k < n ? 2 * k : 2 * (n - k) - 1))
  }

  modes(field, into) {
    this.forwardRows(field, this.half)
    this.forwardRows(this.half, into)
  }

  field(modes, into) {
    this.inverseRows(modes, this.half)
    this.inverseRows(this.half, into)
  }

  /** Transform each row, and write it as a column. */
  forwardRows(from, into) {
    const { n, fft, rows, turned, cos, sin, scale, place } = this
    for (let r = 0; r < n; r += 2) {
      const one = r * n
      const other = one + n
      for (let k = 0; k < n; k++) {
        rows[2 * k] = from[one + place[k]]
        rows[2 * k + 1] = from[other + place[k]]
      }
      fft.transform(turned, rows)
      for (let k = 0; k < n; k++) {
        const j = k ? n - k : 0
        const a = turned[2 * k]
        const b = turned[2 * k + 1]
        const c = turned[2 * j]
        const d = turned[2 * j + 1]
        into[k * n + r] = (scale[k] / 2) * ((a + c) * cos[k] + (b - d) * sin[k])
        into[k * n + r + 1] = (scale[k] / 2) * ((b + d) * cos[k] - (a - c) * sin[k])
      }
    }
  }

  /** Transform each row back, and write it as a column. */
  inverseRows(from, into) {
    const { n, fft, rows, turned, cos, sin, scale, place } = this
    for (let r = 0; r < n; r += 2) {
      const one = r * n
      const other = one + n
      rows[0] = from[one] / scale[0]
      rows[1] = from[other] / scale[0]
      for (let k = 1; k < n; k++) {
        const a = from[one + k]
        const b = from[one + n - k]
        const c = from[other + k]
        const d = from[other + n - k]
        // (a − i b) and (c − i d), turned by exp(i π k / 2n); the second row is the imaginary part
        rows[2 * k] = ((a + d) * cos[k] + (b - c) * sin[k]) / scale[1]
        rows[2 * k + 1] = ((a + d) * sin[k] + (c - b) * cos[k]) / scale[1]
      }
      fft.inverseTransform(turned, rows)
      for (let k = 0; k < n; k++) {
        into[place[k] * n + r] = turned[2 * k]
        into[place[k] * n + r + 1] = turned[2 * k + 1]
      }
    }
  }
}

/** The split equation û′ = L û − q² ĝ of modes, ĝ the transform of f′(c) − shift · c. */
class Splitting {
  constructor(cosine, b, lam, shift) {
    Object.assign(this, { cosine, b, shift, kept: new Map() })
    const { n } = cosine
    const square = (k) => (Math.PI * k) ** 2
    this.mobility = Float64Array.from({ length: n * n }, (_, i) => square(i % n) + square(Math.floor(i / n)))
    this.linear = this.mobility.map((q2) => -q2 * (lam * q2 + shift))
    this.c = new Float64Array(n * n)
  }

  nonlinear(u) {
    const { cosine, c, b, shift } = this
    cosine.field(u, c)
    for (let i = 0; i < c.length; i++) c[i] *= ((c[i] - 1.5) * c[i] * 4 * b + (2 * b - shift))
    const g = new Float64Array(c.length)
    cosine.modes(c, g)
    return g
  }

  /** Weights of Krogstad's scheme for a step h, each times −q². */
  weights(h) {
    if (!this.kept.has(h)) {
      if (this.kept.size >= 16) this.kept.clear()
      const names = ["half", "a1", "b2", "full", "c1", "c3", "w1", "w23", "w4"]
      const w = Object.fromEntries(names.map((name) => [name, new Float64Array(this.linear.length)]))
      this.linear.forEach((z, i) => {
        const [full, p1, p2, p3] = phi(z * h)
        const [half, half1, half2] = phi((z * h) / 2)
        const scale = -h * this.mobility[i]
        w.half[i] = half
        w.a1[i] = (scale / 2) * half1
        w.b2[i] = scale * half2
        w.full[i] = full
        w.c1[i] = scale * (p1 - 2 * p2)
        w.c3[i] = scale * 2 * p2
        w.w1[i] = scale * (p1 - 3 * p2 + 4 * p3)
        w.w23[i] = scale * (2 * p2 - 4 * p3)
        w.w4[i] = scale * (4 * p3 - p2)
      })
      this.kept.set(h, w)
    }
    return this.kept.get(h)
  }

  /** One step from u, where g1 = nonlinear(u): the new u, its g, its relative local error. */
  step(u, g1, h) {
    const w = this.weights(h)
    const size = u.length
    const stage = new Float64Array(size)
    for (let i = 0; i < size; i++) stage[i] = w.half[i] * u[i] + w.a1[i] * g1[i]
    const g2 = this.nonlinear(stage)
    for (let i = 0; i < size; i++) stage[i] += w.b2[i] * (g2[i] - g1[i])
    const g3 = this.nonlinear(stage)
    for (let i = 0; i < size; i++) stage[i] = w.full[i] * u[i] + w.c1[i] * g1[i] + w.c3[i] * g3[i]
    const g4 = this.nonlinear(stage)
    const fresh = stage
    let squares = 0
    for (let i = 0; i < size; i++) {
      fresh[i] = w.full[i] * u[i] + w.w1[i] * g1[i] + w.w23[i] * (g2[i] + g3[i]) + w.w4[i] * g4[i]
      if (i) squares += fresh[i] ** 2
    }
    const g5 = this.nonlinear(fresh)
    let off = 0
    for (let i = 0; i < size; i++) off += (w.w4[i] * (g4[i] - g5[i])) ** 2
    const { n } = this.cosine
    const contrast = Math.max(Math.sqrt(squares) / n, 1e-14) // ½ for two pure phases
    const strictness = Math.max(0.05, Math.min(1, 2 * contrast))
    return [fresh, g5, Math.sqrt(off) / n / (contrast * strictness)]
  }
}

/** exp(z), φ₁ = (eᶻ − 1)/z, φ₂ = (φ₁ − 1)/z, φ₃ = (φ₂ − ½)/z for z ≤ 0, without cancellation. */
function phi(z) {
  const full = Math.exp(z)
  if (z <= -0.5) {
    const p1 = Math.expm1(z) / z
    const p2 = (p1 - 1) / z
    return [full, p1, p2, (p2 - 0.5) / z]
  }
  let p3 = 0
  for (let k = SERIES; k > 2; k--) p3 = (p3 * z + 1) / k
  p3 /= 2
  const p2 = 0.5 + z * p3
  return [full, 1 + z * p2, p2, p3]
}

/** Yield the field of n × n cells at ascending times. */
export function* integrate(initial, b, lam, times, report = () => {}) {
  const cosine = new Cosine(Math.sqrt(initial.length))
  const coarsening = new Splitting(cosine, b, lam, b)
  let scheme = new Splitting(cosine, b, lam, b / 2)
  let u = new Float64Array(initial.length)
  cosine.modes(initial, u)
  let g = scheme.nonlinear(u)
  let [time, h] = [0, FIRST_STEP]
  for (const target of times) {
    while (time < target) {
      if (scheme !== coarsening && h > (2 * lam) / b ** 2) { // half the fastest growth time
        scheme = coarsening
        g = scheme.nonlinear(u)
      }
      const left = target - time
      const trial = left > 2 * h ? h : left <= h ? left : left / 2
      const [fresh, next, error] = scheme.step(u, g, trial)
      const factor = 0.9 * (TOLERANCE / Math.max(error, 1e-300)) ** 0.25
      if (!(factor >= 0.9)) { // also where the error is not a number
        h = Math.min(h, trial) / 2
        if (h < SMALLEST_STEP) throw new Error(`the time step has shrunk to nothing at t = ${time}`)
        continue
      }
      u = fresh
      g = next
      time = trial === left ? target : time + trial
      if (trial === h && (factor < 1 || factor > RUNG)) h *= factor > RUNG ? RUNG : 1 / RUNG
      report(time / times[times.length - 1])
    }
    const field = new Float64Array(u.length)
    cosine.field(u, field)
    yield field
  }
}

/** Simulate a picture of 0 and 1 on, on twice as many cells: pictures of 0 and 1 at the times. */
export function simulate(picture, b, lam, times, report) {
  const side = Math.sqrt(picture.length)
  const fine = 2 * side
  const initial = Float64Array.from({ length: fine * fine }, (_, i) => {
    const [row, column] = [Math.floor(i / fine), i % fine]
    return picture[(row >> 1) * side + (column >> 1)]
  })
  return Array.from(integrate(initial, b, lam, times, report), (field) =>
    Float32Array.from(picture, (_, i) => {
      const corner = 2 * Math.floor(i / side) * fine + 2 * (i % side)
      return Number(field[corner] + field[corner + 1] + field[corner + fine] + field[corner + fine + 1] > 2)
    }),
  )
}

/** Age of a picture by its domain size: vae_course.latent.coarsening.Clock. */
export function age(picture, { slope, offset, uneven, widest }) {
  const side = Math.sqrt(picture.length)
  const mean = picture.reduce((sum, value) => sum + value, 0) / picture.length
  const waves = new Float64Array(picture.length)
  new Cosine(side).modes(Float64Array.from(picture, (value) => value - mean), waves)
  const [power, count] = [new Float64Array(side), new Float64Array(side)]
  waves.forEach((value, i) => {
    const shell = Math.round(Math.hypot(i % side, Math.floor(i / side)))
    if (shell > 0 && shell < side) {
      power[shell] += value ** 2
      count[shell] += 1
    }
  })
  const means = power.map((sum, shell) => (shell ? sum / count[shell] : 0))
  const total = means.reduce((sum, value) => sum + value)
  const moment = means.reduce((sum, value, shell) => sum + Math.PI * shell * value, 0)
  const size = (2 * Math.PI * total) / moment
  const u = Math.min((mean - 0.5) ** 2, widest ** 2)
  return Math.exp(offset + slope * Math.log(size) + uneven[0] * u + uneven[1] * u * u)
}
