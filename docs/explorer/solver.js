// Asks worker.js to solve the physics: one question at a time, which can be stopped.
let worker = null
let dismiss = null

export const busy = () => worker !== null

/** Ask where a picture goes, { picture, b, lam, times }, or for its strain energy, { picture }.
 *
 * What comes back are the pictures at these times, or the energy; nothing if it is stopped. */
export function solve(wish, report) {
  const mine = new Worker(new URL("./worker.js", import.meta.url), { type: "module" })
  worker = mine
  return new Promise((resolve, reject) => {
    dismiss = () => resolve(null)
    mine.onerror = (event) => reject(new Error(event.message ?? "the solver did not start"))
    mine.onmessage = ({ data: { done, result, failed } }) => {
      if (result) resolve(result)
      else if (failed) reject(new Error(failed))
      else report(done)
    }
    mine.postMessage(wish)
  }).finally(() => {
    mine.terminate()
    if (worker === mine) worker = null // else a newer question is being solved
  })
}

export const stop = () => dismiss()
