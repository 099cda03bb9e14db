// The strain energy of a microstructure in the browser: law, elements, loading and load steps are
// those of vae_course.physics.hyperelasticity, which says where they come from; a test compares them.
//
// A square of n × n pixels, one bilinear quadrilateral each. Nodes are numbered upwards, column by
// column, and displacements are held as x and y of each node in turn.

const QUADRATURE = 1 / 3 // where the 2 × 2 points lie between the centre and the edges of a pixel
const TOLERANCE = 1e-12 // for the last fall of the energy, relative to it
const NEWTON_STEPS = 15
const LOAD_STEPS = 100
const SMALLEST_LOAD_STEP = 2 ** -12

class NotConverged extends Error {}

/** Lamé's parameters of a Young's modulus. */
function lame(young, poisson) {
  return [young / (2 * (1 + poisson)), (young * poisson) / ((1 + poisson) * (1 - 2 * poisson))]
}

class Body {
  constructor(picture, young, poisson) {
    const n = (this.n = Math.sqrt(picture.length))
    const parameters = young.map((one) => lame(one, poisson))
    const nodes = (n + 1) ** 2
    this.affine = new Float64Array(2 * nodes)
    this.unknown = new Int32Array(2 * nodes).fill(-1)
    this.count = 0
    for (let i = 0; i <= n; i++) {
      for (let j = 0; j <= n; j++) {
        const place = 2 * (i * (n + 1) + j)
        this.affine[place] = i / n - 0.5
        this.affine[place + 1] = j / n - 0.5
        if (i > 0 && i < n) this.unknown[place] = this.count++
        if (j > 0 && j < n) this.unknown[place + 1] = this.count++
      }
    }
    this.width = 2 * (n + 1) + 3 // of the band, at most
    this.band = new Float64Array(this.count * (this.width + 1))
    this.residual = new Float64Array(this.count)
    // Four shape functions, their gradients at four points.
    const places = [[-1, -1], [1, -1], [-1, 1], [1, 1]].map((point) => point.map((s) => 0.5 + (QUADRATURE / 2) * s))
    this.gradients = places.map(([x, y]) => [[y - 1, x - 1], [1 - y, -x], [y, x], [-y, 1 - x]].map((g) => g.map((value) => value * n)))
    this.elements = Array.from(picture, (phase, k) => {
      const [i, j] = [k % n, n - 1 - Math.floor(k / n)]
      const low = i * (n + 1) + j
      const [mu, lam] = parameters[phase].map((value) => value / (4 * n * n))
      return { mu, lam, nodes: [low, low + n + 1, low + n + 2, low + 1].map((node) => 2 * node) }
    })
  }

  /** Energy of a displacement; with `solve`, the residual and the tangent as well. */
  assemble(u, solve = true) {
    const { band, residual, unknown, width } = this
    if (solve) {
      band.fill(0)
      residual.fill(0)
    }
    let energy = 0
    const tangent = new Float64Array(64)
    const force = new Float64Array(8)
    const g = new Float64Array(8)
    for (const { mu, lam, nodes } of this.elements) {
      tangent.fill(0)
      force.fill(0)
      for (const gradients of this.gradients) {
        let [a, b, c, d] = [0, 0, 0, 0] // H = ∇u
        for (let k = 0; k < 4; k++) {
          const [gx, gy] = gradients[k]
          a += u[nodes[k]] * gx
          b += u[nodes[k]] * gy
          c += u[nodes[k] + 1] * gx
          d += u[nodes[k] + 1] * gy
        }
        const dilation = a + d + a * d - b * c
        if (!(dilation > -1)) throw new NotConverged()
        const log = Math.log1p(dilation)
        energy += (mu / 2) * (2 * (a + d) + a * a + b * b + c * c + d * d - 2 * log)
        energy += (lam / 2) * (dilation + dilation ** 2 / 2 - log)
        if (!solve) continue
        const j = 1 + dilation
        const [xx, xy, yx, yy] = [(1 + d) / j, -c / j, -b / j, (1 + a) / j] // F⁻ᵀ
        const pressure = (lam / 2) * (j * j - 1) - mu
        const [sxx, sxy] = [mu * (1 + a) + pressure * xx, mu * b + pressure * xy]
        const [syx, syy] = [mu * c + pressure * yx, mu * (1 + d) + pressure * yy]
        const stiff = lam * j * j
        for (let k = 0; k < 4; k++) {
          const [gx, gy] = gradients[k]
          force[2 * k] += sxx * gx + sxy * gy
          force[2 * k + 1] += syx * gx + syy * gy
          g[2 * k] = xx * gx + xy * gy
          g[2 * k + 1] = yx * gx + yy * gy
        }
        for (let p = 0; p < 8; p++) {
          const [one, i] = [p >> 1, p & 1]
          for (let q = 0; q <= p; q++) {
            const [other, k] = [q >> 1, q & 1]
            let value = stiff * g[p] * g[q] - pressure * g[2 * one + k] * g[2 * other + i]
            if (i === k) value += mu * (gradients[one][0] * gradients[other][0] + gradients[one][1] * gradients[other][1])
            tangent[8 * p + q] += value
          }
        }
      }
      if (!solve) continue
      for (let p = 0; p < 8; p++) {
        const row = unknown[nodes[p >> 1] + (p & 1)]
        if (row < 0) continue
        residual[row] += force[p]
        for (let q = 0; q < 8; q++) {
          const column = unknown[nodes[q >> 1] + (q & 1)]
          if (column < 0 || column > row) continue
          band[row * (width + 1) + column - row + width] += p >= q ? tangent[8 * p + q] : tangent[8 * q + p]
        }
      }
    }
    return energy
  }

  /** Solve tangent · change = residual, by Cholesky's factors of the band, row by row. */
  change() {
    const { band, count, width } = this
    const long = width + 1
    for (let i = 0; i < count; i++) {
      const row = i * long + width - i // of column 0
      const first = Math.max(0, i - width)
      for (let j = first; j <= i; j++) {
        const other = j * long + width - j
        let sum = band[row + j]
        for (let k = Math.max(first, j - width); k < j; k++) sum -= band[row + k] * band[other + k]
        if (j < i) band[row + j] = sum / band[other + j]
        else if (sum > 0) band[row + j] = Math.sqrt(sum)
        else throw new NotConverged() // the tangent is not positive definite
      }
    }
    const x = Float64Array.from(this.residual)
    for (let i = 0; i < count; i++) {
      const row = i * long + width - i
      for (let k = Math.max(0, i - width); k < i; k++) x[i] -= band[row + k] * x[k]
      x[i] /= band[row + i]
    }
    for (let i = count - 1; i >= 0; i--) {
      const row = i * long + width - i
      x[i] /= band[row + i]
      for (let k = Math.max(0, i - width); k < i; k++) x[k] -= band[row + k] * x[i]
    }
    return x
  }

  /** The equilibrium with the sides where they are in the guess. */
  newton(guess) {
    const u = Float64Array.from(guess)
    for (let step = 0; step < NEWTON_STEPS; step++) {
      const energy = this.assemble(u)
      const change = this.change()
      const fall = change.reduce((sum, value, i) => sum + value * this.residual[i], 0)
      this.unknown.forEach((place, i) => place >= 0 && (u[i] -= change[place]))
      if (fall <= TOLERANCE * energy) return u
    }
    throw new NotConverged()
  }
}

/** Guess the displacement at d: u/d is extrapolated by a parabola through the last solutions. */
function extrapolated(solved, d, affine) {
  if (!solved.length) return affine.map((value) => d * value)
  const known = [solved.at(-1)]
  for (const other of solved.slice(-3, -1).reverse()) {
    if (Math.abs(known.at(-1).d - other.d) < Math.abs(d - solved.at(-1).d) / 2) break
    known.push(other)
  }
  const guess = new Float64Array(affine.length)
  for (const one of known) {
    const weight = known.reduce((product, other) => (other === one ? product : (product * (d - other.d)) / (one.d - other.d)), 1)
    one.u.forEach((value, i) => (guess[i] += ((weight * d) / one.d) * value))
  }
  return guess
}

/** Strain energy W of a picture of 0 and 1 whose four sides are pulled apart by d. */
export function strainEnergy(picture, level = 0.5, young = [10, 1], poisson = 0.3, report = () => {}) {
  const body = new Body(picture, young, poisson)
  const solved = []
  let [d, step] = [0, level]
  for (let attempt = 0; d !== level; attempt++) {
    if (attempt === LOAD_STEPS || Math.abs(step) < Math.abs(level) * SMALLEST_LOAD_STEP) {
      throw new Error(`finite elements found no equilibrium beyond d = ${d.toFixed(3)}`)
    }
    const target = Math.abs(level - d) <= 1.5 * Math.abs(step) ? level : d + step
    try {
      solved.push({ d: target, u: body.newton(extrapolated(solved, target, body.affine)) })
      d = target
      step = 2 * target
      report(d / level)
    } catch (error) {
      if (!(error instanceof NotConverged)) throw error
      step = (target - d) / 2
    }
  }
  return body.assemble(solved.at(-1).u, false)
}
