// Guided tasks: each starts somewhere, and is reached by what physics says.
import * as lab from "./laboratory.js"
import { button, part } from "./elements.js"
import { agreement, islands, percent } from "./pictures.js"

const KEPT = "vae-course/explorer/tasks" // where the browser keeps what was reached
const signed = (value) => `${value > 0 ? "+" : "−"}${Math.abs(100 * value).toFixed(1)} %`

// `begin` is the link that a task starts from. `judge` gets what has just been checked by physics,
// and what the task has noted since it began; it returns what to say, and whether that is enough.
export const TASKS = [
  {
    id: "stiffer",
    title: "Ten per cent stiffer",
    text: "Make this microstructure 10 % stiffer by finite elements, and change as few pixels as you can: at most one in five. Bend it, or let Find look; then check by physics.",
    begin: () => "g=4",
    judge({ picture, energy, ratio }, { start }) {
      if (ratio !== 1) return null
      const gain = energy / start.energy - 1
      const changed = 1 - agreement(picture, start.picture)
      const says = `W = ${energy.toFixed(3)} by finite elements, ${signed(gain)}, with ${percent(changed)} of the pixels changed`
      return { reached: gain >= 0.1 && changed <= 0.2, says, score: changed }
    },
  },
  {
    id: "past",
    title: "A past that leads here",
    text: "Go back to 0.7 × the age of this one or less, and find a past that physics carries here: 95 % of the pixels agree, and fewer would if nothing had changed. Not every past that the network draws is good enough.",
    begin: () => "g=4",
    judge({ ratio, led, still }) {
      if (ratio >= 1) return null
      const says = `A past at ${ratio.toFixed(2)} × the age leads to ${percent(led)} of this present; if nothing had changed, ${percent(still)}`
      return { reached: ratio < 0.72 && led >= 0.95 && led > still, says }
    },
  },
  {
    id: "two",
    title: "Two pasts, one present",
    text: "Find two pasts of one age that differ in 10 % of the pixels or more, and that physics carries to this present, both: 94 % of the pixels.",
    begin: () => "g=11",
    judge({ picture, ratio, led }, notes) {
      if (ratio >= 1) return null
      notes.pasts ??= []
      const others = notes.pasts.filter((one) => one.ratio === ratio && Math.min(one.led, led) >= 0.94)
      const far = (one) => 1 - agreement(one.picture, picture)
      const best = others.sort((a, b) => far(b) - far(a))[0]
      notes.pasts.push({ picture, ratio, led })
      if (!best) return { reached: false, says: `This one leads to ${percent(led)} of the present. Now another one` }
      const says = `Two pasts that differ in ${percent(far(best))} of the pixels lead to ${percent(best.led)} and ${percent(led)} of one present`
      return { reached: far(best) >= 0.1, says }
    },
  },
  {
    id: "fool",
    title: "Fool the network",
    text: "Find a picture for which the network's strain energy is 3 % off that of finite elements. Bend far, or load something that it has never seen, such as fine stripes.",
    begin: () => "g=1",
    judge({ energy, predicted }) {
      const off = predicted / energy - 1
      const says = `The network says ${predicted.toFixed(3)}, finite elements ${energy.toFixed(3)}: it is ${signed(off)} off`
      return { reached: Math.abs(off) >= 0.03, says }
    },
  },
  {
    id: "islands",
    title: "How long do islands live?",
    text: "There are twelve dark islands. When are half of them gone? Move time to the first stop at which you think they are, and check by physics.",
    begin: () => new URLSearchParams({ p: lab.content.islands }).toString(),
    judge({ ratio, simulated }, { start }) {
      if (ratio <= 1) return null
      const many = islands(start.picture)
      const counts = [[1, many], ...[...simulated].map(([stop, picture]) => [stop, islands(picture)])]
      const said = counts.slice(-3).map(([stop, count]) => `${count} at × ${stop.toFixed(1)}`).join(", ")
      const gone = counts.map(([, count]) => count <= many / 2)
      const judged = !gone.at(-1) ? "Look later" : gone.at(-2) ? "Half of them were gone before" : "Half are gone"
      return { reached: gone.at(-1) && !gone.at(-2), says: `Islands by simulation: ${said}. ${judged}` }
    },
  },
  {
    id: "axis",
    title: "One axis, two microstructures",
    text: "Bend one axis, and check. Then choose another microstructure of the gallery, bend the same axis as far, and check. Find an axis that makes one stiffer and another softer, by 1 % or more each.",
    begin: () => "g=3",
    judge({ gallery, axes, ratio, energy }, notes) {
      const used = axes.flatMap((value, k) => (value ? [k] : []))
      if (gallery === null || ratio !== 1 || used.length !== 1) return null
      const one = lab.content.gallery[gallery]
      const gain = energy / one.energies[one.present] - 1
      const bend = `Axis ${used[0] + 1} at ${axes[used[0]].toFixed(1)}`
      notes[bend] ??= {}
      notes[bend][gallery] = gain
      const seen = Object.entries(notes[bend])
      const says = `${bend}: ${seen.map(([k, value]) => `microstructure ${Number(k) + 1} ${signed(value)}`).join(", ")}`
      const gains = seen.map(([, value]) => value)
      return { reached: Math.max(...gains) >= 0.01 && Math.min(...gains) <= -0.01, says }
    },
  },
]

let chosen = null
let notes = null // of the task that has begun
let reached = {}

export function make(page) {
  reached = kept()
  TASKS.forEach((task) => {
    const one = Object.assign(button(), { id: `explorer-task-${task.id}` })
    one.onclick = () => choose(task)
    part("tasks").append(one)
  })
  part("begin").onclick = async () => {
    notes = null
    await page.open(chosen.begin())
    const start = lab.frame(1)
    notes = { start: { picture: lab.state.picture, energy: start?.energy } }
    part("reached").textContent = "Begun."
  }
  part("forget").onclick = () => {
    reached = {}
    keep()
    choose(chosen)
  }
  choose(TASKS[0])
}

function choose(task) {
  if (task !== chosen) notes = null
  chosen = task
  part("task").textContent = task.text
  part("reached").textContent = reached[task.id] ? `Reached: ${reached[task.id].says}.` : ""
  show()
}

function show() {
  TASKS.forEach((task) => {
    const one = part(`task-${task.id}`)
    one.textContent = reached[task.id] ? `✓ ${task.title}` : task.title
    one.setAttribute("aria-pressed", task === chosen)
  })
  const count = Object.keys(reached).length
  part("count").textContent = `${count} of ${TASKS.length} reached`
  part("forget").hidden = !count
}

/** Judge what has just been checked by physics, by the task that has begun. */
export function judge(fact) {
  const found = notes && chosen.judge(fact, notes)
  if (!found) return
  part("reached").textContent = `${found.reached ? "Reached" : "Not yet"}: ${found.says}.`
  const before = reached[chosen.id]
  if (!found.reached || (before && !(found.score < before.score))) return
  reached[chosen.id] = { says: found.says, score: found.score }
  keep()
  show()
}

function kept() {
  try {
    const read = JSON.parse(localStorage.getItem(KEPT)) ?? {}
    const usable = TASKS.filter(({ id }) => typeof read[id]?.says === "string")
    return Object.fromEntries(usable.map(({ id }) => [id, read[id]]))
  } catch {
    return {} // kept by another version, or nothing may be kept
  }
}

function keep() {
  try {
    localStorage.setItem(KEPT, JSON.stringify(reached))
  } catch {
    part("reached").textContent += " This browser keeps nothing, so it will be forgotten with the page."
  }
}
