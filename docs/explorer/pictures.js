// Pictures: 64 × 64 values of 0 (dark) to 1 (light), row by row. How they are drawn, read and counted.
export const SIDE = 64
const SHOWN = 512 // pixels along a side of a downloaded picture
const LARGEST_FILE = 50e6
const MARK = [213, 94, 0] // where two pictures differ: the second colour of vae_course.plotting
const SIGNS = [[0, 114, 178], [255, 255, 255], MARK] // a number of a code: below 0, 0, above
const DARKEST = 2 // a number of a code that is drawn as dark as can be, as in vae_course.diagrams
let colours

/** Draw with these from now on: 256 colours from dark to light. */
export const drawWith = (given) => (colours = given)

export const cut = (picture) => picture.map((value) => Number(value > 0.5))
export const share = (picture) => cut(picture).reduce((sum, value) => sum + value) / picture.length
export const light = (picture) => `${(100 * share(picture)).toFixed(0)} % light`

/** The part of the pixels in which two pictures of 0 and 1 agree. */
export const agreement = (a, b) => a.filter((value, i) => value === b[i]).length / a.length
export const percent = (part) => `${(100 * part).toFixed(1)} %`

export function canvas(side = SIDE) {
  return Object.assign(document.createElement("canvas"), { width: side, height: side })
}

/** Draw a picture pixel by pixel, or nothing; where `other` differs, in the colour of marks. */
export function paint(target, picture, other = null) {
  const context = target.getContext("2d")
  const image = context.createImageData(SIDE, SIDE)
  picture?.forEach((value, i) => {
    const colour = other && other[i] !== value ? MARK : colours[Math.round(255 * value)]
    image.data.set([...colour, 255], 4 * i)
  })
  context.putImageData(image, 0, 0)
}

/** Draw numbers as cells, blue below 0 and orange above: a code of 8 × 8 places of four, say. */
export function paintNumbers(target, values) {
  const side = Math.sqrt(values.length)
  target.width = target.height = side
  const context = target.getContext("2d")
  const image = context.createImageData(side, side)
  values.forEach((value, i) => {
    const depth = Math.min(1, Math.abs(value) / DARKEST)
    const end = SIGNS[value < 0 ? 0 : 2]
    const [place, part] = [i >> 2, i & 3] // the four of a place stand in a square
    const row = 2 * Math.floor((2 * place) / side) + (part >> 1)
    const at = row * side + ((2 * place) % side) + (part & 1)
    image.data.set([...SIGNS[1].map((white, k) => white + depth * (end[k] - white)), 255], 4 * at)
  })
  context.putImageData(image, 0, 0)
}

/** How many islands of the dark phase there are: pixels joined by their sides. */
export function islands(picture) {
  const seen = Uint8Array.from(picture, (value) => value > 0.5)
  let count = 0
  for (let first = 0; first < seen.length; first++) {
    if (seen[first]) continue
    count++
    const left = [first]
    while (left.length) {
      const at = left.pop()
      if (seen[at]) continue
      seen[at] = 1
      if (at % SIDE) left.push(at - 1)
      if ((at + 1) % SIDE) left.push(at + 1)
      if (at >= SIDE) left.push(at - SIDE)
      if (at < seen.length - SIDE) left.push(at + SIDE)
    }
  }
  return count
}

/** Read a picture of any size: its central square, in 64 × 64 pixels, cut into two phases. */
export async function read(file) {
  if (file.size > LARGEST_FILE) throw new Error(`${file.name} has more than 50 MB`)
  let bitmap
  try {
    bitmap = await createImageBitmap(file)
  } catch {
    throw new Error(`${file.name} is no picture that this browser can read`)
  }
  const side = Math.min(bitmap.width, bitmap.height)
  const context = new OffscreenCanvas(SIDE, SIDE).getContext("2d")
  context.imageSmoothingQuality = "high"
  const corner = [(bitmap.width - side) / 2, (bitmap.height - side) / 2]
  context.drawImage(bitmap, ...corner, side, side, 0, 0, SIDE, SIDE)
  const { data } = context.getImageData(0, 0, SIDE, SIDE)
  const grey = Array.from({ length: SIDE * SIDE }, (_, i) => Math.round((data[4 * i] + data[4 * i + 1] + data[4 * i + 2]) / 3))
  const level = otsu(grey)
  const picture = Float32Array.from(grey, (value) => Number(value > level))
  if (share(picture) === 0 || share(picture) === 1) throw new Error(`${file.name} has one shade only`)
  return picture
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

/** Save what a canvas shows as a file of 512 × 512 pixels. */
export function download(source) {
  const large = canvas(SHOWN)
  const context = large.getContext("2d")
  context.imageSmoothingEnabled = false
  context.drawImage(source, 0, 0, SHOWN, SHOWN)
  const anchor = document.createElement("a")
  anchor.href = large.toDataURL("image/png")
  anchor.download = "microstructure.png"
  anchor.click()
}
